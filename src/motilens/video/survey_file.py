"""Keeps surveys as JSON files, so that each video is surveyed once for all that is made of it."""

import json
from dataclasses import fields
from pathlib import Path

import numpy as np

from motilens.files import disk_name, write_json
from motilens.progress import Progress
from motilens.video.info import VideoInfo
from motilens.video.source import VideoFile
from motilens.video.survey import Survey, survey

SURVEY_VERSION = 3
"""Raised when a survey of the same file would say something else."""


def surveyed(video: VideoFile, folder: Path | None, *, progress: Progress | None = None) -> Survey:
    """Read the kept survey of a video, or survey it and keep the survey.

    Args:
        video: the video.
        folder: where surveys are kept; None keeps nothing.
        progress: reports every frame.

    Raises:
        MissingError: the file does not exist.
        UndecodableError: the file is not a video, or none of its frames can be decoded.
        StorageError: the disk is full or may not be written.
    """
    if folder is None:
        return survey(video.path, video.reading, progress=progress)
    file = folder / f"{disk_name(video.video_id)}.json"
    found = _read(file, video)
    if found is None:
        found = survey(video.path, video.reading, progress=progress)
        _write(file, found, video.fingerprint)
    return found


def _write(file: Path, found: Survey, fingerprint: str) -> None:
    values: dict[str, object] = {"survey_version": SURVEY_VERSION, "fingerprint": fingerprint}
    for each in fields(found):
        value = getattr(found, each.name)
        if isinstance(value, np.ndarray):
            value = value.tolist()
        elif isinstance(value, frozenset):
            value = sorted(value)
        elif isinstance(value, VideoInfo):
            value = value.model_dump(mode="json")
        if each.name not in ("path", "reading"):
            values[each.name] = value
    write_json(file, values)


def _read(file: Path, video: VideoFile) -> Survey | None:
    """Read a survey; None if it does not exist, is damaged, or is that of another content."""
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
        if (values["survey_version"], values["fingerprint"]) != (SURVEY_VERSION, video.fingerprint):
            return None
        return Survey(
            path=video.path,
            reading=video.reading,
            strict=values["strict"],
            info=VideoInfo.model_validate(values["info"]),
            alone=values["alone"],
            packet=np.array(values["packet"], dtype=np.int64),
            number=np.array(values["number"], dtype=np.int64),
            time_s=np.array(values["time_s"], dtype=np.float64),
            moved=np.array(values["moved"], dtype=bool),
            gap=np.array(values["gap"], dtype=bool),
            skipped=frozenset(values["skipped"]),
            repeated=tuple(values["repeated"]),
            lost=tuple((first, stop) for first, stop in values["lost"]),
            problems=tuple(values["problems"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
