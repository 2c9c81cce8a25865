"""Clips: the frames of a video that are measured, all of one field."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from motilens.errors import InputError, MissingError, TooShortError
from motilens.files import fingerprint
from motilens.video.moves import MoveDetector
from motilens.video.reader import VideoReader

ENDINGS = (".avi", ".mp4", ".mov", ".mkv")
LEAST_FRAMES = 25
DEFAULT_UM_PER_PX = 0.495


@dataclass(frozen=True)
class Clip:
    """Successive frames of one field.

    Attributes:
        name: the file's name.
        frames: (t, y, x), uint8 grey.
        fps_hz: frames a second.
        um_per_px: micrometres that a pixel shows.
        first_frame: number of the first frame in the file.
        fingerprint: of the file; empty where there is none.
    """

    name: str
    frames: np.ndarray = field(repr=False)
    fps_hz: float
    um_per_px: float = DEFAULT_UM_PER_PX
    first_frame: int = 0
    fingerprint: str = ""

    def __post_init__(self) -> None:
        if self.frames.ndim != 3 or self.frames.dtype != np.uint8:
            raise InputError(f"{self.name}: {self.frames.dtype} {self.frames.shape} came; frames are uint8 (t, y, x)")
        if len(self.frames) < LEAST_FRAMES or min(self.frames.shape[1:]) < 96:
            raise TooShortError(
                f"{self.name}: {len(self.frames)} frames of {self.frames.shape[2]}x{self.frames.shape[1]} came without"
                f" a stage move; at least {LEAST_FRAMES} of 96x96 are needed; choose a longer or larger video"
            )
        if not (np.isfinite(self.fps_hz) and self.fps_hz > 0 and np.isfinite(self.um_per_px) and self.um_per_px > 0):
            raise InputError(
                f"{self.name}: {self.fps_hz} frames a second and {self.um_per_px} um a pixel came; both must be above 0"
            )

    @property
    def duration_s(self) -> float:
        """How long the frames last."""
        return len(self.frames) / self.fps_hz

    def some(self, n_frames: int) -> np.ndarray:
        """Numbers of about ``n_frames`` frames, spread evenly."""
        return np.unique(np.linspace(0, len(self.frames) - 1, n_frames).round().astype(int))


def find_videos(paths: list[Path]) -> list[Path]:
    """The videos named, and those in the folders named, sorted.

    Raises:
        MissingError: a path is not there, or a folder holds no video.
        InputError: a file has the ending of no video.
    """
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(file for file in path.rglob("*") if file.suffix.lower() in ENDINGS and file.is_file())
            if not inside:
                raise MissingError(f"{path} holds no video; looked for {', '.join(ENDINGS)}; name another folder")
            found += inside
        elif not path.exists():
            raise MissingError(f"{path} is not there; name a video or a folder of videos")
        elif path.suffix.lower() not in ENDINGS:
            raise InputError(f"{path} is no video by its ending; allowed are {', '.join(ENDINGS)} and folders")
        else:
            found.append(path)
    return list(dict.fromkeys(found))


def read_clip(path: Path, *, seconds: float = 15.0, um_per_px: float = DEFAULT_UM_PER_PX) -> Clip:
    """Read the start of a video, and keep the longest stretch of it without a stage move.

    Args:
        path: the video.
        seconds: how much of its start is read.
        um_per_px: micrometres that a pixel shows.

    Raises:
        InputError: ``seconds`` is not above 0.
        VideoError: not a video, or too short.
    """
    if not seconds > 0:
        raise InputError(f"{seconds} seconds came; must be above 0")
    frames: list[np.ndarray] = []
    starts = [0]
    moves = MoveDetector()
    with VideoReader(path) as reader:
        fps_hz = reader.survey.info.fps_hz
        for frame in reader:
            if frame.time_s >= seconds:
                break
            if moves.feed(frame.thumbnail()):
                starts.append(len(frames))
            frames.append(frame.grey())
    lengths = np.diff([*starts, len(frames)])
    start = starts[int(np.argmax(lengths))]
    return Clip(
        path.name,
        np.stack(frames[start : start + int(lengths.max())]) if frames else np.zeros((0, 0, 0), np.uint8),
        fps_hz,
        um_per_px,
        start,
        fingerprint(path),
    )
