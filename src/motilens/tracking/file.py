"""Tracks of one participant on disk: one ``.npz`` file that holds the arrays and where they come from.

::

    record                      JSON: TrackRecord
    track, frame, x_px, y_px    points of all spans, one span after the other
    beat
    bounds                      (span + 1,) where each span's points begin

Drift is not in it: each method takes off another, and it follows from the places (``tracks.link.drift``).
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
from motilens.tracks.values import Scale, Tracks

_POINTS = ("track", "frame", "x_px", "y_px", "beat")


class TrackRecord(Settings):
    """What the tracks of one participant come from."""

    participant: str
    file: str
    """The video's name."""
    fingerprint: str
    """Of the video's content."""
    config_digest: str
    um_per_px: float
    fps_hz: float
    least_mass: float | None
    """From which mass on a candidate was a head; None where no frame was looked at."""
    mass_how: Literal["given", "valley", "published"] | None
    """See ``tracks.detect.LeastMass``."""
    spans: tuple[tuple[int, int], ...]
    """Frames [first, stop) that were tracked, each within one stretch between stage moves."""
    n_stretches: int
    """Between stage moves, gaps and frames that cannot be decoded."""
    n_short: int
    """Of them, too short to follow a cell in; passed over."""
    n_tracks: int
    cpu_s: float
    """Processor time that the video took, decoding included."""
    problems: tuple[str, ...]
    """What is wrong, a line each; empty is well."""

    @property
    def scale(self) -> Scale:
        """Of pixels and frames."""
        return Scale(self.um_per_px, self.fps_hz)


def write_tracks(path: Path, record: TrackRecord, tracks: Sequence[Tracks]) -> None:
    """Write the file whole.

    Args:
        path: where.
        record: what the tracks come from; its spans are those of the tracks.
        tracks: of each span; their drift is not kept.

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
        DataError: not such a file.
    """
    return _read(path)[0]


def read_tracks(path: Path) -> tuple[Tracks, ...]:
    """Read the tracks of each span, their drift 0.

    Raises:
        MissingError: no such file.
        DataError: not such a file.
    """
    record, points, bounds = _read(path)
    found = []
    for k, (first, stop) in enumerate(record.spans):
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
        with np.load(path, allow_pickle=False) as arrays:
            record = TrackRecord.model_validate(json.loads(str(arrays["record"])))
            points = {name: arrays[name] for name in _POINTS}
            bounds = arrays["bounds"].tolist()
    except (ValidationError, ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise DataError(
            f"{path} does not hold tracks that this version wrote; remove it and track the video again"
        ) from error
    return record, points, bounds
