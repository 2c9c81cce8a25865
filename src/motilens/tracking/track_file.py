"""Tracks of one video on disk: one ``.npz`` file that holds the arrays and where they come from.

::

    record                      JSON: TrackRecord
    track, frame, x_px, y_px    points of all tracked ranges, one range after the other
    beat
    bounds                      (range + 1,) where the points of each range begin

Drift is not kept: each method corrects it in its own way, and it follows from the positions (``tracking.link.drift``).
"""

import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import ValidationError

from motilens.config import Settings
from motilens.errors import DataError, MissingError
from motilens.files import written_whole
from motilens.tracking.tracks import Scale, Tracks

_POINTS = ("track", "frame", "x_px", "y_px", "beat")


class TrackRecord(Settings):
    """Where the tracks of one video come from."""

    video_id: str
    file: str
    """The file's path from the folder that was given."""
    fingerprint: str
    """Hash of the video's content and of how it is read."""
    config_digest: str
    """Hash of the ``TrackingConfig``."""
    um_per_px: float
    fps_hz: float
    least_mass: float | None
    """Mass from which on a candidate was taken as a head; None where no frame was looked at."""
    mass_how: Literal["given", "valley", "published"] | None
    """See ``tracking.detect.LeastMass``."""
    tracked: tuple[tuple[int, int], ...]
    """Ranges [first, stop) of usable frames that were tracked, each within one segment."""
    n_segments: int
    """Runs of frames between stage moves, gaps, and missing or repeated frames."""
    n_short: int
    """Segments that were too short to follow a cell in, and were skipped."""
    n_tracks: int
    cpu_s: float
    """Processor time spent on the video, decoding included."""
    problems: tuple[str, ...]
    """What is wrong, one line each; empty if nothing is."""

    @property
    def scale(self) -> Scale:
        """Width of a pixel and frame rate."""
        return Scale(self.um_per_px, self.fps_hz)


def write_tracks(path: Path, record: TrackRecord, tracks: Sequence[Tracks]) -> None:
    """Write the file whole or not at all.

    Args:
        path: the file to write.
        record: where the tracks come from; its tracked ranges are those of ``tracks``.
        tracks: one for each tracked range; their drift is not kept.

    Raises:
        StorageError: the disk is full or may not be written.
    """
    arrays = {name: np.concatenate([np.empty(0, np.int64), *(getattr(t, name) for t in tracks)]) for name in _POINTS}
    arrays["record"] = np.array(record.model_dump_json())
    arrays["bounds"] = np.cumsum([0, *(len(t.track) for t in tracks)])
    with written_whole(path) as temporary, temporary.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)


def read_record(path: Path) -> TrackRecord:
    """Read where a file's tracks come from.

    Raises:
        MissingError: no such file.
        DataError: the file is damaged, or of another version.
    """
    return _read(path)[0]


def read_tracks(path: Path) -> tuple[Tracks, ...]:
    """Read the tracks of each tracked range, without drift.

    Raises:
        MissingError: no such file.
        DataError: the file is damaged, or of another version.
    """
    record, points, bounds = _read(path)
    found = []
    for k, (first, stop) in enumerate(record.tracked):
        track, frame, x_px, y_px, beat = (points[name][bounds[k] : bounds[k + 1]] for name in _POINTS)
        found.append(
            Tracks(
                track=track.astype(np.int64),
                frame=frame.astype(np.int64),
                x_px=x_px.astype(np.float64),
                y_px=y_px.astype(np.float64),
                beat=beat.astype(np.float64),
                drift_px=np.zeros((stop - first, 2)),
                scale=record.scale,
            )
        )
    return tuple(found)


def _read(path: Path) -> tuple[TrackRecord, dict[str, np.ndarray], list[int]]:
    if not path.is_file():
        raise MissingError(f"no tracks at {path}; track the video first")
    try:
        # Opened here: np.load leaves the file open if it is no archive.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            record = TrackRecord.model_validate(json.loads(str(arrays["record"])))
            points = {name: arrays[name] for name in _POINTS}
            bounds = arrays["bounds"].tolist()
    except (ValidationError, ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise DataError(
            f"{path} does not hold tracks written by this version; remove it and track the video again"
        ) from error
    return record, points, bounds
