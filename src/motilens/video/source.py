"""Where videos lie: one file, a folder, VISEM's own root, or the organisers' ``fold_N`` folders."""

import re
from itertools import pairwise
from pathlib import Path

from motilens.errors import DataError, MissingError

ENDINGS = (".avi", ".mp4", ".mov", ".mkv", ".m4v", ".mpg", ".mpeg", ".wmv", ".webm", ".mjpg", ".mjpeg", ".ogv", ".ts")
"""Endings that a folder is searched for. A file that is named directly may have any."""


def video_id_of(path: Path) -> str:
    """The id of a video: its file name without its ending."""
    return path.stem


def natural_order(name: str) -> list[tuple[int, int, str]]:
    """Sort key that puts ``2_x`` before ``10_x``."""
    parts = re.findall(r"\d+|\D+", name.casefold())
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts]


def find_videos(path: Path) -> list[Path]:
    """List the videos of a data set.

    A folder ``videos/`` inside ``path`` (VISEM's root) is taken alone; so are folders ``fold_1``, ``fold_2``, ...; any
    other folder is searched with all below it. Names that begin with a dot are passed over.

    Args:
        path: a video file (with any ending) or a folder.

    Returns:
        Paths, sorted naturally by video id; ids are unique.

    Raises:
        MissingError: no such file or folder, or a folder without videos.
        DataError: two videos with one id.
    """
    if path.is_file():
        return [path]
    if not path.exists():
        raise MissingError(f"no such file or folder: {path}; name a video or a folder with videos")
    found = [
        file
        for root in _roots(path)
        for file in root.rglob("*")
        if file.suffix.lower() in ENDINGS and not _hidden(file, root) and file.is_file()
    ]
    if not found:
        raise MissingError(
            f"no video in {path}; looked, in all folders below it, for files that end in {', '.join(ENDINGS)}"
        )
    found.sort(key=lambda file: (natural_order(video_id_of(file)), str(file)))
    for one, other in pairwise(found):
        if video_id_of(one) == video_id_of(other):
            raise DataError(
                f"two videos with the id {video_id_of(one)!r}: {one.relative_to(path)} and {other.relative_to(path)}; "
                "rename or remove one of them"
            )
    return found


def _roots(path: Path) -> list[Path]:
    if (path / "videos").is_dir():
        return [path / "videos"]
    folds = sorted(child for child in path.iterdir() if child.is_dir() and re.fullmatch(r"fold_\d+", child.name))
    return folds or [path]


def _hidden(file: Path, root: Path) -> bool:
    return any(part.startswith(".") for part in file.relative_to(root).parts)
