"""Selects a video's frames by time, so that stacks have the same frame rate whatever that of the camera.

Of a video with a constant rate near the wanted one, every frame is used, as the paper did with VISEM's 48 to 50.18 Hz.
Of any other video that is fast enough, the frame nearest to each tick of the wanted rate is used::

    a frame each 10 ms   0 1 2 3 4 5 6 7 8        frames at ms   0   22  41   64       98 104 120
    ticks, each 20 ms    |   |   |   |   |        ticks          |   |   |    |    |    |      |
    taken                0   2   4   6   8        taken          0   1   2    3   (-)   4      6

A tick without a frame within half a tick (-) becomes a break, and no stack spans it.
"""

from dataclasses import dataclass

import numpy as np

from motilens.errors import TooSlowError
from motilens.video.info import VideoInfo

GAP_INTERVALS = 1.5
"""At a constant rate, frames that are more than this many intervals apart have a gap between them."""


@dataclass(frozen=True)
class FrameChoice:
    """The selected frames of a video, in order.

    Attributes:
        frame_idx: (position,) numbers of the frames in the video, strictly ascending.
        breaks: positions before which there is a gap in time.
        by_time: whether frames are selected by time; False if all frames are used.
        problems: what the user should know about the selection, one line for each problem.
    """

    frame_idx: np.ndarray
    breaks: tuple[int, ...]
    by_time: bool
    problems: tuple[str, ...] = ()


def choose_frames(
    times_s: np.ndarray, info: VideoInfo, *, rate_hz: float, rate_tolerance: float, force_slow: bool = False
) -> FrameChoice:
    """Select frames so that they have the rate ``rate_hz``.

    Args:
        times_s: (frame,) display times, ascending.
        info: the video's facts, of which the frame rate decides.
        rate_hz: the wanted frame rate.
        rate_tolerance: all frames are used if the rate is constant and within this share of ``rate_hz``.
        force_slow: use all frames of a slower video instead of refusing it.

    Raises:
        TooSlowError: the frame rate is too low, and ``force_slow`` is not set.
    """
    least_hz = rate_hz * (1 - rate_tolerance)
    if info.fps_hz < least_hz:
        if not force_slow:
            raise TooSlowError(
                f"{info.video_id} has {info.fps_hz:g} frames a second, {rate_hz:g} are needed (at least {least_hz:g}); "
                "use all of its frames nevertheless with --force-slow"
            )
        slow = f"forced: all frames are used although there are {info.fps_hz:g} a second instead of {rate_hz:g}"
        return _frame_by_frame(times_s, info.fps_hz, (slow,))
    if not info.variable_rate and info.fps_hz <= rate_hz * (1 + rate_tolerance):
        return _frame_by_frame(times_s, info.fps_hz, ())
    return _by_time(times_s, rate_hz)


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


def _frame_by_frame(times_s: np.ndarray, fps_hz: float, problems: tuple[str, ...]) -> FrameChoice:
    gaps = np.flatnonzero(np.diff(times_s) * fps_hz > GAP_INTERVALS) + 1
    if len(gaps):
        problems = (*problems, f"frames are missing in {len(gaps)} places (gaps in the time stamps)")
    return FrameChoice(np.arange(len(times_s)), tuple(gaps.tolist()), by_time=False, problems=problems)


def _by_time(times_s: np.ndarray, rate_hz: float) -> FrameChoice:
    n_ticks = int(np.floor((times_s[-1] - times_s[0]) * rate_hz + 0.5)) + 1
    ticks_s = times_s[0] + np.arange(n_ticks) / rate_hz
    after = np.clip(np.searchsorted(times_s, ticks_s), 1, max(1, len(times_s) - 1))
    after = np.minimum(after, len(times_s) - 1)
    before = np.maximum(after - 1, 0)
    nearest = np.where(ticks_s - times_s[before] <= times_s[after] - ticks_s, before, after)
    near = np.abs(times_s[nearest] - ticks_s) <= 0.5 / rate_hz + 1e-9
    taken = np.flatnonzero(near)
    # A frame exactly between two ticks is used for the first of them.
    taken = taken[np.r_[True, np.diff(nearest[taken]) > 0][: len(taken)]]
    breaks = np.flatnonzero(np.diff(taken) > 1) + 1
    problems = ()
    if len(breaks):
        problems = (f"too few frames for {rate_hz:g} a second in {len(breaks)} places; no stack spans them",)
    return FrameChoice(nearest[taken], tuple(breaks.tolist()), by_time=True, problems=problems)
