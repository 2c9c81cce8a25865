"""Reads ``videos.csv``: to whom each video belongs, and how many frames of it were recorded in a second."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from motilens.data.names import composed, participant_id, video_path
from motilens.data.tables import ID_COLUMN, MISSING_WORDS, number, read_table
from motilens.errors import LabelError

FILE_COLUMN = ("video", "file_name", "file", "video file", "video name")
"""Headers of the column with names of video files."""

FPS_COLUMN = ("fps", "frame rate", "frames per second", "frames per s", "fps Hz", "frame rate Hz")
"""Headers of the column with frame rates; units in brackets are ignored."""


@dataclass(frozen=True)
class VideoList:
    """The videos that ``videos.csv`` names, by their ids.

    An id is a file name without ending, letters composed; with its folders where videos of several participants have
    the same name.

    Attributes:
        participants: participant of each video.
        fps_hz: frame rate of each video for which one is given, in Hz; finite and above 0.
    """

    participants: Mapping[str, str]
    fps_hz: Mapping[str, float]

    def find(self, video_id: str) -> str | None:
        """Find the id under which a video is listed: its own, with as many folders as both have, in any case."""
        folders = composed(video_id).split("/")
        for first in range(len(folders)):
            name = "/".join(folders[first:])
            if name in self.participants:
                return name
            alike = self._by_case.get(name.casefold(), [])
            if len(alike) == 1:
                return alike[0]
            longer = [listed for listed in self.participants if listed.endswith(f"/{name}")]
            if len(longer) == 1:
                return longer[0]
        return None

    @cached_property
    def _by_case(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for name in self.participants:
            found.setdefault(name.casefold(), []).append(name)
        return found


def read_video_list(path: Path) -> VideoList:
    """Read ``videos.csv``; a row with an ID and no video says nothing.

    Raises:
        LabelError: a column is missing, a video has no participant or two, or a frame rate is not a number above 0.
    """
    table = read_table(path, (*ID_COLUMN, *FILE_COLUMN, *FPS_COLUMN))
    id_column, file_column = table.column(*ID_COLUMN), table.column(*FILE_COLUMN)
    fps_column = table.find_column(*FPS_COLUMN)
    # Where a row stands, its video with folders, its participant, and the frame rate.
    rows: list[tuple[str, str, str, float | None]] = []
    for line in table.lines:
        where = f"{table.name}, line {line.number}"
        video, participant = video_path(line.fields[file_column]), participant_id(line.fields[id_column])
        if video.casefold() in MISSING_WORDS:
            continue
        if not participant:
            raise LabelError(
                f"{where}: no {id_column} beside video {_name(video)!r}; add its participant or remove the line"
            )
        rate = None if fps_column is None else _rate(f"{where}: {fps_column}", line.fields[fps_column])
        rows.append((where, video, participant, rate))
    owners: dict[str, set[str]] = {}
    for _, video, participant, _ in rows:
        owners.setdefault(_name(video), set()).add(participant)
    participants: dict[str, str] = {}
    fps_hz: dict[str, float] = {}
    for where, listed, participant, rate in rows:
        # Videos of one name that belong to several participants are told apart by their folders.
        video = _name(listed) if len(owners[_name(listed)]) == 1 else listed
        if participants.setdefault(video, participant) != participant:
            raise LabelError(
                f"{where}: video {video!r} is given to participants {participants[video]} and {participant}; "
                "allowed: one; remove a line"
            )
        if rate is not None and fps_hz.setdefault(video, rate) != rate:
            raise LabelError(
                f"{where}: video {video!r} has frame rates {fps_hz[video]:g} and {rate:g}; allowed: one; remove a line"
            )
    return VideoList(participants, fps_hz)


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _rate(where: str, text: str) -> float | None:
    """Parse a frame rate in Hz; None if there is none. Raises LabelError if it is not finite or not above 0."""
    try:
        rate = number(text)
    except ValueError:
        rate = math.nan
    if rate is not None and not (math.isfinite(rate) and rate > 0):
        raise LabelError(
            f"{where} is {text!r}; allowed: a finite number above 0, in frames per second, or nothing where it is not "
            "known"
        )
    return rate
