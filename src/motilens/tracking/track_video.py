"""Tracks one video: finds its segments, chooses frames, finds heads, and links them.

The survey of the video tells where the stage moved. It is then read twice: a few frames tell the least mass of a head,
and the frames that ``segments.choose_frames`` chose are tracked. Reading once would keep a gigabyte of frames in
memory; reading costs a thirtieth of finding the heads.
"""

from dataclasses import dataclass
from functools import cache
from itertools import islice

import numpy as np

from motilens.config import TrackingConfig
from motilens.errors import TrackError
from motilens.shapes import GreyFrame
from motilens.tracking.detect import LeastMass, find_heads, head_mass
from motilens.tracking.link import link_heads
from motilens.tracking.segments import FrameRange, choose_frames, find_segments
from motilens.tracking.tracks import Scale, Tracks
from motilens.video.reader import VideoReader
from motilens.video.survey import Survey


@dataclass(frozen=True)
class VideoTracks:
    """Tracks of one video.

    Attributes:
        tracks: of each tracked range, without drift; empty where no cell could be followed.
        tracked: ranges [first, stop) of usable frames that were tracked, each within one segment.
        mass: from which mass on a candidate was taken as a head; None where no frame was looked at.
        n_segments: runs of frames between stage moves, gaps, and missing or repeated frames.
        n_short: segments that were too short to follow a cell in, and were skipped.
        problems: what is wrong, one line each.
    """

    tracks: tuple[Tracks, ...]
    tracked: tuple[FrameRange, ...]
    mass: LeastMass | None
    n_segments: int
    n_short: int
    problems: tuple[str, ...]


def track_video(found: Survey, um_per_px: float, config: TrackingConfig) -> VideoTracks:
    """Track a part of each segment of a video, or all of it.

    Args:
        found: the surveyed video.
        um_per_px: width of a pixel.
        config: settings.

    Raises:
        MissingError: no such file.
        UndecodableError: the file has changed since the survey.
        InputError: a width of a pixel that is not above 0.
    """
    fps_hz = found.info.fps_hz
    scale = Scale(um_per_px, fps_hz)
    segments = find_segments(found)
    long = [(first, stop) for first, stop in segments if stop - first >= config.least_segment_s * fps_hz]
    n_long = sum(stop - first for first, stop in long)
    ranges = choose_frames(long, n_long if config.seconds is None else round(config.seconds * fps_hz))
    problems = [*found.problems]
    if not ranges:
        problems.append(_too_short(segments, config))
        return VideoTracks((), (), None, len(segments), len(segments) - len(long), tuple(problems))
    mass = head_mass(_sample(found, config.mass_frames), config.detect)
    tracks = []
    positions = [at for first, stop in ranges for at in range(first, stop)]
    with VideoReader(found, positions=positions, read_ahead=False) as reader:
        frames = iter(reader)
        for first, stop in ranges:
            pixels = (frame.grey() for frame in islice(frames, stop - first))
            heads = find_heads(pixels, scale=scale, least_mass=mass.mass, config=config.detect)
            try:
                tracks.append(link_heads(heads, scale=scale, config=config.link))
            except TrackError as error:
                problems.append(f"no tracks in frames {found.number[first]}-{found.number[stop - 1]}: {error}")
                tracks.append(_no_tracks(stop - first, scale))
    tracked = tuple((first, stop) for first, stop in ranges)
    return VideoTracks(tuple(tracks), tracked, mass, len(segments), len(segments) - len(long), tuple(problems))


def _sample(found: Survey, n_sample: int) -> list[GreyFrame]:
    """Read a few frames, spread evenly over the video."""
    n = len(found.number)
    wanted = np.linspace(0, n - 1, min(n, n_sample)).round().astype(int).tolist()
    with VideoReader(found, positions=wanted, read_ahead=False) as reader:
        return [frame.grey() for frame in reader]


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
