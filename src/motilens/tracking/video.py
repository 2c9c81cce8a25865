"""Tracks of one video: where the stage moves, which frames to look at, heads, and who is who from frame to frame.

The video is decoded twice. The first time every frame is seen as a thumbnail, which finds the stage moves, and a few at
full size, which say from which mass on a candidate is a head. The second time the frames of ``spans.spread`` are
tracked. To decode once, a gigabyte of frames would have to wait until the last stage move is known; a second decoding
costs a thirtieth of finding the heads.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from pydantic import Field, model_validator

from motilens.arrays import GreyFrame
from motilens.config import Settings
from motilens.errors import TrackError
from motilens.files import digest_of
from motilens.tracking.spans import Span, spread, stretches
from motilens.tracks.detect import LeastMass, find_heads, head_mass
from motilens.tracks.link import link_heads
from motilens.tracks.settings import DetectConfig, LinkConfig
from motilens.tracks.values import Scale, Tracks
from motilens.video.frame import Frame
from motilens.video.moves import MoveDetector
from motilens.video.reader import VideoReader
from motilens.video.scan import Scan

TRACKS_VERSION = 1
"""Raised when the same settings give other tracks."""

RATE_TOLERANCE = 0.02
"""A video's rate further than this share from the scale's is told."""


class TrackingConfig(Settings):
    """How much of a video is tracked, and how."""

    seconds: float = Field(default=24.0, gt=0)
    """Of each video, spread over its stretches between stage moves; all of it, where it is shorter."""
    least_stretch_s: float = Field(default=1.0, gt=0)
    """Shorter stretches are passed over."""
    mass_frames: int = Field(default=16, ge=1)
    """Frames, spread over the video, whose candidates say which mass a head has."""
    detect: DetectConfig = DetectConfig()
    link: LinkConfig = LinkConfig(drift="none")

    @model_validator(mode="after")
    def _without_drift(self) -> "TrackingConfig":
        if self.link.drift != "none":
            raise ValueError(f"drift is {self.link.drift!r}; allowed: 'none': each method takes off its own")
        return self

    @property
    def digest(self) -> str:
        """The same for the same tracks."""
        return digest_of({"version": TRACKS_VERSION, **self.model_dump()})


@dataclass(frozen=True)
class Followed:
    """Tracks of one video.

    Attributes:
        tracks: of each span, their drift 0; empty ones where nothing could be followed.
        spans: frames [first, stop) that were tracked, each within one stretch between stage moves.
        mass: from which mass on a candidate was a head; None where no frame was looked at.
        n_stretches: between stage moves, gaps and frames that cannot be decoded.
        n_short: of them, too short to follow a cell in; passed over.
        problems: what is wrong, a line each.
    """

    tracks: tuple[Tracks, ...]
    spans: tuple[Span, ...]
    mass: LeastMass | None
    n_stretches: int
    n_short: int
    problems: tuple[str, ...]


def track_video(video: Path, scale: Scale, config: TrackingConfig) -> Followed:
    """Track a part of each stretch of a video.

    Args:
        video: the file.
        scale: of its pixels, and of its frames as they are decoded.
        config: settings.

    Raises:
        MissingError: no such file.
        UndecodableError: not a video, or nothing in it decodes.
    """
    looked = _look(video, config.mass_frames)
    info = looked.scan.info
    found = stretches(looked.scan.times_s, info.fps_hz, moving=looked.moving, lost=looked.lost)
    long = [(first, stop) for first, stop in found if stop - first >= config.least_stretch_s * info.fps_hz]
    spans = spread(long, round(config.seconds * info.fps_hz))
    problems = [*looked.problems]
    if abs(info.fps_hz / scale.fps_hz - 1) > RATE_TOLERANCE:
        problems.append(f"{info.fps_hz:g} frames a second, tracked as {scale.fps_hz:g}")
    if not spans:
        problems.append(_too_short(found, config))
        return Followed((), (), None, len(found), len(found) - len(long), tuple(problems))
    mass = head_mass(looked.sample, config.detect)
    tracks = []
    with VideoReader(looked.scan, threads=1, read_ahead=False) as reader:
        frames = iter(reader)
        for first, stop in spans:
            pictures = (frame.grey() for frame in _of_span(frames, first, stop))
            heads = find_heads(pictures, scale=scale, least_mass=mass.mass, config=config.detect)
            try:
                tracks.append(link_heads(heads, scale=scale, config=config.link))
            except TrackError as error:
                problems.append(f"frames {first}-{stop - 1} have no tracks: {error}")
                tracks.append(_nothing(stop - first, scale))
    return Followed(tuple(tracks), tuple(spans), mass, len(found), len(found) - len(long), tuple(problems))


class _Looked(NamedTuple):
    """What the first decoding tells."""

    scan: Scan
    moving: list[int]
    lost: list[int]
    sample: list[GreyFrame]
    problems: tuple[str, ...]


def _look(video: Path, n_sample: int) -> _Looked:
    detector = MoveDetector()
    moving, sample = [], []
    with VideoReader(video, threads=1, read_ahead=False) as reader:
        n = reader.scan.info.n_packets
        wanted = set(np.linspace(0, n - 1, min(n, n_sample)).round().astype(int).tolist())
        for frame in reader:
            if detector.feed(frame.thumbnail()):
                moving.append(frame.index)
            if frame.index in wanted:
                sample.append(frame.grey())
    return _Looked(reader.scan, moving, reader.lost, sample, (*reader.scan.problems, *reader.problems))


def _of_span(frames: Iterator[Frame], first: int, stop: int) -> Iterator[Frame]:
    """Pass over frames up to ``first``, and leave those from ``stop`` on to the next span."""
    for frame in frames:
        if frame.index >= first:
            yield frame
        if frame.index == stop - 1:
            return


def _too_short(found: list[Span], config: TrackingConfig) -> str:
    longest = max((stop - first for first, stop in found), default=0)
    return f"no stretch of {config.least_stretch_s:g} s between stage moves; the longest has {longest} frames"


def _nothing(n_frames: int, scale: Scale) -> Tracks:
    numbers, values = np.empty(0, np.int64), np.empty(0)
    return Tracks(numbers, numbers, values, values, values, np.zeros((n_frames, 2)), scale)


@cache
def compile_once() -> None:
    """Let numba compile before time is taken: it does so once in a process, not in every video."""
    y, x = np.mgrid[:64, :64]
    blob = np.rint(200 * np.exp(-((x - 32) ** 2 + (y - 32) ** 2) / 18)).astype(np.uint8)
    scale = Scale(1.0, 50.0)
    link_heads(find_heads([blob] * 3, scale=scale, least_mass=0.0), scale=scale)
