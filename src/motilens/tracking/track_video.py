"""Tracks one video: finds its segments, chooses frames, finds heads, and links them.

The video is decoded twice. The first pass sees every frame as a thumbnail, which finds the stage moves, and a few at
full size, which tell the least mass of a head. The second pass tracks the frames that ``segments.choose_frames`` chose.
Decoding once would keep a gigabyte of frames waiting until the last stage move is known; the second decoding costs a
thirtieth of finding the heads.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from motilens.config import TrackingConfig
from motilens.errors import TrackError
from motilens.shapes import GreyFrame
from motilens.tracking.detect import LeastMass, find_heads, head_mass
from motilens.tracking.link import link_heads
from motilens.tracking.segments import FrameRange, choose_frames, find_segments
from motilens.tracking.tracks import Scale, Tracks
from motilens.video.frame import Frame
from motilens.video.moves import MoveDetector
from motilens.video.reader import VideoReader
from motilens.video.scan import Scan

RATE_TOLERANCE = 0.02
"""A video whose frame rate differs from the scale's by more than this share has a problem listed."""


@dataclass(frozen=True)
class VideoTracks:
    """Tracks of one video.

    Attributes:
        tracks: of each tracked range, without drift; empty where no cell could be followed.
        tracked: ranges of frames [first, stop) that were tracked, each within one segment.
        mass: from which mass on a candidate was taken as a head; None where no frame was looked at.
        n_segments: runs of frames between stage moves, gaps and frames that could not be decoded.
        n_short: segments that were too short to follow a cell in, and were skipped.
        problems: what is wrong, one line each.
    """

    tracks: tuple[Tracks, ...]
    tracked: tuple[FrameRange, ...]
    mass: LeastMass | None
    n_segments: int
    n_short: int
    problems: tuple[str, ...]


def track_video(video: Path, scale: Scale, config: TrackingConfig) -> VideoTracks:
    """Track a part of each segment of a video, or all of it.

    Args:
        video: the file.
        scale: width of a pixel, and rate of the frames as they are decoded.
        config: settings.

    Raises:
        MissingError: no such file.
        UndecodableError: not a video, or nothing in it decodes.
    """
    survey = _survey(video, config.mass_frames)
    info = survey.scan.info
    segments = find_segments(survey.scan.times_s, info.fps_hz, moving=survey.moving, lost=survey.lost)
    long = [(first, stop) for first, stop in segments if stop - first >= config.least_segment_s * info.fps_hz]
    n_long = sum(stop - first for first, stop in long)
    tracked = choose_frames(long, n_long if config.seconds is None else round(config.seconds * info.fps_hz))
    problems = [*survey.problems]
    if abs(info.fps_hz / scale.fps_hz - 1) > RATE_TOLERANCE:
        problems.append(f"{info.fps_hz:g} frames/s, tracked as {scale.fps_hz:g} frames/s")
    if not tracked:
        problems.append(_too_short(segments, config))
        return VideoTracks((), (), None, len(segments), len(segments) - len(long), tuple(problems))
    mass = head_mass(survey.sample, config.detect)
    tracks = []
    with VideoReader(survey.scan, read_ahead=False) as reader:
        frames = iter(reader)
        for first, stop in tracked:
            pixels = (frame.grey() for frame in _frames_between(frames, first, stop))
            heads = find_heads(pixels, scale=scale, least_mass=mass.mass, config=config.detect)
            try:
                tracks.append(link_heads(heads, scale=scale, config=config.link))
            except TrackError as error:
                problems.append(f"no tracks in frames {first}-{stop - 1}: {error}")
                tracks.append(_no_tracks(stop - first, scale))
    return VideoTracks(tuple(tracks), tuple(tracked), mass, len(segments), len(segments) - len(long), tuple(problems))


class _Survey(NamedTuple):
    """What the first decoding tells."""

    scan: Scan
    moving: list[int]
    lost: list[int]
    sample: list[GreyFrame]
    problems: tuple[str, ...]


def _survey(video: Path, n_sample: int) -> _Survey:
    detector = MoveDetector()
    moving, sample = [], []
    with VideoReader(video, read_ahead=False) as reader:
        n = reader.scan.info.n_packets
        wanted = set(np.linspace(0, n - 1, min(n, n_sample)).round().astype(int).tolist())
        for frame in reader:
            if detector.feed(frame.thumbnail()):
                moving.append(frame.index)
            if frame.index in wanted:
                sample.append(frame.grey())
    return _Survey(reader.scan, moving, reader.lost, sample, (*reader.scan.problems, *reader.problems))


def _frames_between(frames: Iterator[Frame], first: int, stop: int) -> Iterator[Frame]:
    """Skip frames up to ``first``, and leave those from ``stop`` on to the next range."""
    for frame in frames:
        if frame.index >= first:
            yield frame
        if frame.index == stop - 1:
            return


def _too_short(segments: list[FrameRange], config: TrackingConfig) -> str:
    longest = max((stop - first for first, stop in segments), default=0)
    return f"no segment of {config.least_segment_s:g} s between stage moves; the longest has {longest} frames"


def _no_tracks(n_frames: int, scale: Scale) -> Tracks:
    numbers, values = np.empty(0, np.int64), np.empty(0)
    return Tracks(numbers, numbers, values, values, values, np.zeros((n_frames, 2)), scale)


@cache
def compile_once() -> None:
    """Let numba compile before time is measured: it does so once in a process, not for every video."""
    y, x = np.mgrid[:64, :64]
    blob = np.rint(200 * np.exp(-((x - 32) ** 2 + (y - 32) ** 2) / 18)).astype(np.uint8)
    scale = Scale(1.0, 50.0)
    link_heads(find_heads([blob] * 3, scale=scale, least_mass=0.0), scale=scale)
