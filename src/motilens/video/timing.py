"""Chooses a video's frames by time, so that a stack has the same rate whatever the camera's. Pure numbers, no pixels.

A constant rate near the wanted one is taken frame by frame, as the paper did with VISEM's 48 to 50.18. Any other video
that is fast enough gives the frame nearest to each tick of the wanted rate::

    a frame each 10 ms   0 1 2 3 4 5 6 7 8        frames at ms   0   22  41   64       98 104 120
    ticks, each 20 ms    |   |   |   |   |        ticks          |   |   |    |    |    |      |
    taken                0   2   4   6   8        taken          0   1   2    3   (-)   4      6

A tick without a frame within half a tick (-) becomes a break: no stack spans it.
"""

from dataclasses import dataclass

import numpy as np

from motilens.errors import TooSlowError
from motilens.video.info import VideoInfo

GAP_INTERVALS = 1.5
"""In a constant rate, frames further apart than this many intervals have a gap between them."""


@dataclass(frozen=True)
class Choice:
    """Frames to use, in order.

    Attributes:
        frame_idx: (position,) number of the frame in the video, ascending, no two the same.
        breaks: positions before which time is missing.
        by_time: False if frames are taken as they come.
        problems: what a person should know about the choice, a line each.
    """

    frame_idx: np.ndarray
    breaks: tuple[int, ...]
    by_time: bool
    problems: tuple[str, ...] = ()


def choose_frames(
    times_s: np.ndarray, info: VideoInfo, *, rate_hz: float, rate_tolerance: float, force_slow: bool = False
) -> Choice:
    """Choose which frames of a video make a video of ``rate_hz``.

    Args:
        times_s: (frame,) time stamps, ascending.
        info: the video's facts; its rate decides.
        rate_hz: frames a second wanted.
        rate_tolerance: constant rates within this share are taken frame by frame.
        force_slow: take a slower video frame by frame all the same.

    Raises:
        TooSlowError: fewer frames a second than wanted, and not forced.
    """
    least_hz = rate_hz * (1 - rate_tolerance)
    if info.fps_hz < least_hz:
        if not force_slow:
            raise TooSlowError(
                f"{info.video_id} has {info.fps_hz:g} frames a second, {rate_hz:g} are needed (at least {least_hz:g}); "
                "take it frame by frame all the same with --force-slow"
            )
        slow = f"forced: {info.fps_hz:g} frames a second taken frame by frame, {rate_hz:g} are meant"
        return _frame_by_frame(times_s, info.fps_hz, (slow,))
    if not info.variable_rate and info.fps_hz <= rate_hz * (1 + rate_tolerance):
        return _frame_by_frame(times_s, info.fps_hz, ())
    return _by_time(times_s, rate_hz)


def time_error_ms(times_s: np.ndarray, rate_hz: float) -> float:
    """Largest distance of any frame from where its stack, begun at the same moment, would have it at ``rate_hz``.

    Args:
        times_s: (stack, frame) when each frame is shown.
        rate_hz: the rate meant.
    """
    if not times_s.size:
        return 0.0
    ideal_s = np.arange(times_s.shape[1]) / rate_hz
    return round(float(np.abs(times_s - times_s[:, :1] - ideal_s).max()) * 1e3, 3)


def _frame_by_frame(times_s: np.ndarray, fps_hz: float, problems: tuple[str, ...]) -> Choice:
    gaps = np.flatnonzero(np.diff(times_s) * fps_hz > GAP_INTERVALS) + 1
    if len(gaps):
        problems = (*problems, f"frames are missing in {len(gaps)} places (gaps in the time stamps)")
    return Choice(np.arange(len(times_s)), tuple(gaps.tolist()), by_time=False, problems=problems)


def _by_time(times_s: np.ndarray, rate_hz: float) -> Choice:
    n_ticks = int(np.floor((times_s[-1] - times_s[0]) * rate_hz + 0.5)) + 1
    ticks_s = times_s[0] + np.arange(n_ticks) / rate_hz
    after = np.clip(np.searchsorted(times_s, ticks_s), 1, max(1, len(times_s) - 1))
    after = np.minimum(after, len(times_s) - 1)
    before = np.maximum(after - 1, 0)
    nearest = np.where(ticks_s - times_s[before] <= times_s[after] - ticks_s, before, after)
    near = np.abs(times_s[nearest] - ticks_s) <= 0.5 / rate_hz + 1e-9
    taken = np.flatnonzero(near)
    # A frame in the very middle between two ticks serves the first.
    taken = taken[np.r_[True, np.diff(nearest[taken]) > 0][: len(taken)]]
    breaks = np.flatnonzero(np.diff(taken) > 1) + 1
    problems = ()
    if len(breaks):
        problems = (f"too few frames for {rate_hz:g} a second in {len(breaks)} places; no stack spans them",)
    return Choice(nearest[taken], tuple(breaks.tolist()), by_time=True, problems=problems)
