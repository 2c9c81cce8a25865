"""Finds the videos of a data set: a file, a folder, VISEM's root, or the challenge's ``fold_N`` folders."""

import re
from itertools import pairwise
from pathlib import Path

from motilens.errors import DataError, MissingError

ENDINGS = (".avi", ".mp4", ".mov", ".mkv", ".m4v", ".mpg", ".mpeg", ".wmv", ".webm", ".mjpg", ".mjpeg", ".ogv", ".ts")
"""File extensions that a folder is searched for. A file that is given directly may have any extension."""


def video_id_of(path: Path) -> str:
    """Return the id of a video: its file name without its extension."""
    return path.stem


def natural_order(name: str) -> list[tuple[int, int, str]]:
    """Make a sort key that puts ``2_x`` before ``10_x``."""
    parts = re.findall(r"\d+|\D+", name.casefold())
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts]


def find_videos(path: Path) -> list[Path]:
    """List the videos of a data set.

    If ``path`` has a folder ``videos/`` (VISEM's root), only that one is searched; likewise for ``fold_1``, ``fold_2``,
    ... Otherwise ``path`` itself is searched. All subfolders are included; names that begin with a dot are skipped.

    Args:
        path: a video file (with any extension) or a folder.

    Returns:
        The paths, in natural order of the video ids, which are unique.

    Raises:
        MissingError: the file or folder does not exist, or the folder has no videos.
        DataError: two videos have the same id.
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
