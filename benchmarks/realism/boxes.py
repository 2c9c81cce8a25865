"""Boxes around heads: annotated in a real video, or recorded while a simulated one was drawn.

Both in VISEM-Tracking's formats: a table, or text files of lines ``track class cx cy w h`` in shares of the frame.
"""

import re
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from motilens.errors import InputError
from motilens.simulate.real_tracks import FRAME_PX, frame_files
from motilens.simulate.truth import labels_path

SPERM, CLUSTER, SMALL = 0, 1, 2
"""VISEM-Tracking's classes."""

Boxes = Mapping[int, np.ndarray]
"""By frame number in the file: (n, 5), class, x and y of the centre, width and height, in shares of the frame."""

_COLUMNS = ["class", "cx_px", "cy_px", "w_px", "h_px"]


def annotated(tracks: Path | None, video: Path) -> Boxes | None:
    """Read the boxes of a real video whose name begins with its participant's number; None if there are none.

    Args:
        tracks: a table or folder, as for ``motilens simulate along``.
        video: the video.
    """
    participant = participant_of(video)
    if tracks is None or participant is None:
        return None
    if tracks.is_dir():
        files = [file for file in frame_files(tracks) if participant_of(file) == participant]
        return {_frame(file.name): _lines(file.read_text(encoding="utf-8-sig")) for file in files} or None
    table = pd.read_csv(tracks)
    missing = {"video_id", "frame", *_COLUMNS} - {*table.columns}
    if missing:
        raise InputError(f"{tracks.name} has no column {', '.join(sorted(missing))}, which boxes need; add it")
    table = table[table["video_id"] == participant]
    size = np.array([1, *FRAME_PX, *FRAME_PX])
    return {int(str(frame)): np.asarray(rows[_COLUMNS], float) / size for frame, rows in table.groupby("frame")} or None


def drawn(video: Path) -> Boxes | None:
    """Read the boxes of a simulated video from its data set's folder ``truth``; None if there is none.

    Args:
        video: in the data set's folder ``videos``, or, if this benchmark made it, in ``encoded`` beside the data set.
    """
    participant = participant_of(video)
    if participant is None:
        return None
    for folder in (video.parent.parent, video.parent.parent / "drawn"):
        path = labels_path(folder, participant)
        if path.is_file():
            with zipfile.ZipFile(path) as file:
                return {_frame(name): _lines(file.read(name).decode("ascii")) for name in file.namelist()}
    return None


def participant_of(video: Path) -> int | None:
    """The number that a name begins with; None if it begins with none."""
    number = re.match(r"\d+", video.name)
    return int(number[0]) if number else None


def _frame(name: str) -> int:
    number = re.search(r"_frame_(\d+)_", name)
    if number is None:
        raise InputError(f"{name} came among boxes; allowed is <id>_frame_<n>_with_ftid.txt; rename or remove it")
    return int(number[1])


def _lines(text: str) -> np.ndarray:
    return np.array([line.split()[1:6] for line in text.splitlines()], float).reshape(-1, 5)
