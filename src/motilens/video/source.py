"""Finds the videos of a data set: a file, a folder, VISEM's root, or the challenge's ``fold_N`` folders.

A folder is searched for files whose content is a video, whatever their names. A file that has the ending of a video but
cannot be opened is listed, too, so that it is left out by name and not in silence.
"""

import os
import re
import stat
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TypeAlias

from motilens.config import ReadingConfig
from motilens.errors import MissingError, MotilensError
from motilens.files import digest_of, fingerprint, path_text
from motilens.video.container import opened

_ENDINGS = "3gp asf avi divx flv m2ts m4v mj2 mjpeg mjpg mkv mov mp4 mpeg mpg mts mxf ogv ts vob webm wmv y4m"

VIDEO_ENDINGS = frozenset(f".{ending}" for ending in _ENDINGS.split(" "))
"""Endings of files that claim to be videos; they are listed even if they cannot be opened."""


@dataclass(frozen=True)
class VideoFile:
    """One video of a data set.

    Attributes:
        path: the file.
        video_id: identifies it among the videos of one command: its name without ending, or its path from the folder
            that was given if another one has the same name.
        name: its path from the folder that was given, with ending and forward slashes, for messages and tables.
        reading: how it is read.
    """

    path: Path
    video_id: str
    name: str
    reading: ReadingConfig = field(default_factory=ReadingConfig)

    @classmethod
    def of(cls, path: "Path | VideoFile", reading: ReadingConfig | None = None) -> "VideoFile":
        """Describe a file that stands alone by its own name; a ``VideoFile`` is returned as it is."""
        if isinstance(path, VideoFile):
            return path
        return cls(path, path_text(path.stem), path_text(path.name), reading or ReadingConfig())

    @cached_property
    def content(self) -> str:
        """Identify the file's content, however it is read.

        Raises:
            MissingError: the file does not exist.
        """
        if not self.path.is_file():
            raise MissingError(f"no such file: {self.path}; name a video that exists")
        return fingerprint(self.path)

    @cached_property
    def fingerprint(self) -> str:
        """Identify the file's content and how it is read. Raises MissingError if it does not exist."""
        return digest_of([self.content, self.reading.model_dump(mode="json", exclude_defaults=True)])


@dataclass(frozen=True)
class FoundVideos:
    """Result of a search.

    Attributes:
        videos: in the order given, and in natural order in each folder; their ids are unique.
        passed_over: names of the files that are no videos.
    """

    videos: tuple[VideoFile, ...]
    passed_over: tuple[str, ...]


def natural_order(name: str) -> list[tuple[int, int, str]]:
    """Make a sort key that puts ``2_x`` before ``10_x``."""
    parts = re.findall(r"\d+|\D+", name.casefold())
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts]


Videos: TypeAlias = FoundVideos | Path | Sequence[Path]
"""Videos as functions take them: files, folders, or the result of a search."""


def find_videos(videos: Videos, reading: ReadingConfig | None = None) -> FoundVideos:
    """List the videos of a data set.

    If a folder has a folder ``videos/`` (VISEM's root), only that one is searched; likewise for ``fold_1``, ``fold_2``,
    ... Otherwise the folder itself is searched. All subfolders are included, linked ones, too; names that begin with a
    dot are skipped. Links to files that do not exist are listed as videos, and found missing when they are read.

    Args:
        videos: video files (of any name) or folders; the result of a search is returned as it is.
        reading: how the videos are read.

    Raises:
        MissingError: a file or folder does not exist, or nothing given has a video.
    """
    if isinstance(videos, FoundVideos):
        return videos
    paths = [videos] if isinstance(videos, Path) else videos
    found: list[tuple[Path, Path]] = []  # the file, and its path from what was given
    passed_over: list[str] = []
    for given in paths:
        if not given.is_dir():
            if not given.exists() and not given.is_symlink():
                raise MissingError(f"no such file or folder: {given}; name a video or a folder with videos")
            found.append((given, Path(given.name)))
            continue
        inside: list[tuple[Path, Path]] = []
        for root in _roots(given):
            for file in _files(root):
                if _is_video(file):
                    inside.append((file, file.relative_to(given)))
                else:
                    passed_over.append(path_text(file.relative_to(given)))
        found += sorted(inside, key=lambda pair: (natural_order(path_text(pair[1].stem)), str(pair[1])))
    if not found:
        given = ", ".join(str(path) for path in paths)
        n = len(passed_over)
        why = (
            f"none of the {n} files in it is a video"
            if n > 1
            else "its only file is not a video"
            if n
            else "it is empty"
        )
        raise MissingError(f"no video in {given}: {why}; put videos there, such as .avi or .mp4 files")
    once: dict[Path, tuple[Path, Path]] = {}
    for file, relative in found:
        once.setdefault(file.absolute(), (file, relative))
    found = list(once.values())
    ids = _unique([(path_text(r.stem), path_text(r.with_suffix("")), path_text(r), path_text(f)) for f, r in found])
    names = _unique([(path_text(relative), path_text(file)) for file, relative in found])
    files = tuple(
        VideoFile(file, video_id, name, reading or ReadingConfig())
        for (file, _), video_id, name in zip(found, ids, names, strict=True)
    )
    return FoundVideos(files, tuple(passed_over))


def _unique(choices: list[tuple[str, ...]]) -> list[str]:
    """Choose a name for each file: its first choice, or later ones as long as another file has the same name."""
    at = [0] * len(choices)
    while True:
        chosen = [names[k] for names, k in zip(choices, at, strict=True)]
        counts = Counter(chosen)
        further = [
            min(k + (counts[name] > 1), len(names) - 1) for name, k, names in zip(chosen, at, choices, strict=True)
        ]
        if further == at:
            return chosen
        at = further


def _roots(path: Path) -> list[Path]:
    if (path / "videos").is_dir():
        return [path / "videos"]
    folds = sorted(child for child in path.iterdir() if child.is_dir() and re.fullmatch(r"fold_\d+", child.name))
    return folds or [path]


def _files(root: Path) -> Iterator[Path]:
    """List all files below a folder, in a fixed order; a folder that is linked into itself is entered once."""
    entered: set[tuple[int, int]] = set()
    for folder, subfolders, names in os.walk(root, followlinks=True):
        about = Path(folder).stat()
        if (about.st_dev, about.st_ino) in entered:
            subfolders.clear()
            continue
        entered.add((about.st_dev, about.st_ino))
        subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
        yield from (Path(folder, name) for name in sorted(names) if not name.startswith("."))


def _is_video(file: Path) -> bool:
    """Tell whether a file is a video by its content, or claims to be one by its name."""
    try:
        mode = file.stat().st_mode
    except OSError:
        return file.is_symlink()  # a link to nothing: it is told by name when it is read
    if not stat.S_ISREG(mode):
        return False
    if file.suffix.lower() in VIDEO_ENDINGS or not os.access(file, os.R_OK):
        return True
    try:
        with opened(file) as container:
            return any(stream.frames != 1 for stream in container.streams.video)
    except MotilensError:
        return False
