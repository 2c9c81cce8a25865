"""Selects a video's frames by time, so that stacks have the same frame rate whatever that of the camera.

Of a video with a constant rate near the wanted one, every frame is used, as the paper did with VISEM's 48 to 50.18 Hz.
Of any other video that is fast enough, the frame nearest to each tick of the wanted rate is used::

    a frame each 10 ms   0 1 2 3 4 5 6 7 8        frames at ms   0   22  41   64       98 104 120
    ticks, each 20 ms    |   |   |   |   |        ticks          |   |   |    |    |    |      |
    taken                0   2   4   6   8        taken          0   1   2    3   (-)   4      6

A tick without a frame within half a tick (-) becomes a break, and no stack spans it. Nor does a stack span a stage
move, a restart of the clock, or frames that were missing or repeated.

A slower video is refused, or its frames are repeated where the settings allow it: at each tick the nearest frame is
taken, if it is within half an interval of the video's own frames.
"""

from dataclasses import dataclass

import numpy as np

from motilens.errors import TooSlowError
from motilens.video.info import VideoInfo
from motilens.video.survey import Survey

GAP_INTERVALS = 1.5
"""At a constant rate, frames that are more than this many intervals apart have a gap between them."""


@dataclass(frozen=True)
class FrameChoice:
    """The selected frames of a video, in order.

    Attributes:
        position: (chosen frame,) positions among the usable frames of the survey, ascending; strictly so unless
            frames of a slow video are repeated.
        breaks: numbers of chosen frames before which stacks end.
        by_time: whether frames are selected by time; False if all frames are used.
        problems: what the user should know about the selection, one line for each problem.
    """

    position: np.ndarray
    breaks: tuple[int, ...]
    by_time: bool
    problems: tuple[str, ...] = ()


def choose_frames(
    found: Survey,
    *,
    rate_hz: float,
    rate_tolerance: float,
    force_slow: bool = False,
    repeated_from_hz: float | None = None,
) -> FrameChoice:
    """Select frames so that they have the rate ``rate_hz``.

    Args:
        found: the surveyed video.
        rate_hz: the wanted frame rate.
        rate_tolerance: all frames are used if the rate is constant and within this share of ``rate_hz``.
        force_slow: use all frames of a slower video instead of refusing it.
        repeated_from_hz: lowest rate of a slower video whose frames are repeated instead; None for no such video.

    Raises:
        TooSlowError: the frame rate is too low, and neither ``force_slow`` nor ``repeated_from_hz`` allows it.
    """
    fps_hz = found.info.fps_hz
    least_hz = rate_hz * (1 - rate_tolerance)
    if fps_hz < least_hz:
        if repeated_from_hz is not None and fps_hz >= repeated_from_hz * (1 - rate_tolerance):
            return _repeated(found, rate_hz)
        if not force_slow:
            raise TooSlowError(
                f"{found.path.name} has {fps_hz:g} frames a second, {rate_hz:g} are needed (at least {least_hz:g}); "
                f"use all of its frames nevertheless with --force-slow{_remedy(found.info)}"
            )
        slow = f"forced: all frames are used although there are {fps_hz:g} a second instead of {rate_hz:g}"
        return _frame_by_frame(found, (slow,))
    if not found.info.variable_rate and fps_hz <= rate_hz * (1 + rate_tolerance):
        return _frame_by_frame(found, ())
    return _by_time(found, rate_hz)


def _remedy(info: VideoInfo) -> str:
    """Say what else helps against too low a frame rate."""
    if info.interlaced:
        return ", or make two frames of each interlaced one with --deinterlace"
    return "" if info.rate_from == "user" else ", or give the true rate with --fps"


def time_error_ms(times_s: np.ndarray, rate_hz: float) -> float:
    """Compute the largest difference between a frame's time in its stack and the time it would have at ``rate_hz``.

    Args:
        times_s: (stack, frame) display time of each frame.
        rate_hz: the wanted frame rate.
    """
    if not times_s.size:
        return 0.0
    ideal_s = np.arange(times_s.shape[1]) / rate_hz
    return round(float(np.abs(times_s - times_s[:, :1] - ideal_s).max()) * 1e3, 3)


def time_gaps(times_s: np.ndarray, fps_hz: float) -> np.ndarray:
    """Find frames before which time stamps have a gap: (frame,) bool."""
    return np.r_[False, np.diff(times_s) * fps_hz > GAP_INTERVALS][: len(times_s)]


def _frame_by_frame(found: Survey, problems: tuple[str, ...]) -> FrameChoice:
    gaps = time_gaps(found.time_s, found.info.fps_hz)
    if gaps.any() and not found.lost:
        problems = (*problems, f"frames are missing in {_places(gaps)} (gaps in the time stamps)")
    breaks = np.flatnonzero(gaps | found.moved | found.gap)
    return FrameChoice(np.arange(len(found.time_s)), tuple(breaks.tolist()), by_time=False, problems=problems)


def _by_time(found: Survey, rate_hz: float) -> FrameChoice:
    # Each frame is a candidate for the tick nearest to it (the earlier one of two), and the nearest candidate is taken.
    in_ticks = (found.time_s - found.time_s[0]) * rate_hz
    tick = np.ceil(in_ticks - 0.5 - 1e-9).astype(np.int64)
    order = np.lexsort((np.arange(len(tick)), np.abs(in_ticks - tick), tick))
    taken = order[np.r_[True, np.diff(tick[order]) > 0]]
    empty = np.r_[False, np.diff(tick[taken]) > 1]
    broken = np.diff(np.cumsum(found.moved | found.gap)[taken], prepend=0) > 0
    problems = ()
    if empty.any():
        problems = (f"too few frames for {rate_hz:g} a second in {_places(empty)}; no stack spans them",)
    breaks = np.flatnonzero(empty | broken)
    return FrameChoice(taken, tuple(breaks.tolist()), by_time=True, problems=problems)


def _repeated(found: Survey, rate_hz: float) -> FrameChoice:
    """Select the nearest frame at each tick, from the first frame to the last."""
    times_s = found.time_s - found.time_s[0]
    ticks_s = np.arange(int(times_s[-1] * rate_hz + 1e-6) + 1) / rate_hz
    nearest = np.searchsorted((times_s[:-1] + times_s[1:]) / 2, ticks_s - 1e-9)
    near = np.abs(times_s[nearest] - ticks_s) * found.info.fps_hz <= GAP_INTERVALS / 2
    ticks = np.flatnonzero(near)
    taken = nearest[ticks]
    empty = np.diff(ticks, prepend=0) > 1
    broken = np.diff(np.cumsum(found.moved | found.gap)[taken], prepend=0) > 0
    slow = f"frames are repeated, since there are {found.info.fps_hz:g} a second instead of {rate_hz:g}"
    return FrameChoice(taken, tuple(np.flatnonzero(empty | broken).tolist()), by_time=True, problems=(slow,))


def _places(marks: np.ndarray) -> str:
    return "1 place" if marks.sum() == 1 else f"{marks.sum()} places"
