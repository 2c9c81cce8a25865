"""Repairs time stamps: of another clock, doubled, missing, or of a clock that starts again.

Stamps come in the order in which frames are shown. Their own order may differ a little, because some containers stamp
packets in the order of decoding; then the same stamps are assigned in ascending order. What else can be wrong::

    stamps        0  20  40 90000  80 100 100 140 | 0  20  40      s of a frame from another clock, doubled, restarted
    times         0  20  40    60  80 100 120 140 |160 180 200

Nothing is allocated or looped over by time, so a jump of fifty years costs nothing.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

import numpy as np

OTHER_CLOCK_S = 10.0
"""A single stamp this far from its neighbours' is of another clock. A pause has frames on both sides."""

JUMP_S = 3600.0
"""Stamps that jump forward by more than this belong to another clock."""

LEAP_S = 2 * JUMP_S
"""Longest pause that times keep; a longer one says no more, and costs the fractions of seconds their precision."""

REORDERED = 32
"""Stamps may be out of order within this many frames: more than any codec holds back."""

COARSE_SHARE = 0.2
"""Share of doubled stamps above which they are not single faults, but a clock that is too coarse for the rate."""

EVEN_SHARE = 0.1
"""Intervals within this share of the median are regular, and as many may be irregular in a constant rate."""


@dataclass(frozen=True)
class Timeline:
    """Times of frames, in the order in which they are shown.

    Attributes:
        times_s: (frame,) strictly ascending, from 0.
        restarts: numbers of the frames before which the clock starts again; the time in between is not known.
        problems: what was repaired, one line for each kind.
    """

    times_s: np.ndarray
    restarts: tuple[int, ...]
    problems: tuple[str, ...]


def without_leaps(stamps: Sequence[int | None], tick_s: float) -> list[int | None]:
    """Shorten leaps between stamps to ``LEAP_S``; what is left can be subtracted and converted to seconds exactly.

    Args:
        stamps: in any order, in ticks; None where there is none.
        tick_s: length of a tick.
    """
    known = sorted({stamp for stamp in stamps if stamp is not None})
    longest = math.ceil(LEAP_S / tick_s)
    steps = (min(after - before, longest) for before, after in pairwise(known))
    near = dict(zip(known, accumulate(steps, initial=0), strict=False))
    return [None if stamp is None else near[stamp] for stamp in stamps]


def repaired(stamps_s: np.ndarray, *, interval_s: float) -> Timeline:
    """Make ascending times of time stamps.

    Args:
        stamps_s: (frame,) stamps in the order in which frames are shown; NaN where there is none.
        interval_s: time between two frames by the file's header, used where stamps tell nothing.
    """
    stamps_s = stamps_s.astype(float)
    problems = []
    if n_missing := int(np.isnan(stamps_s).sum()):
        problems.append(f"{_frames(n_missing)} no time stamp; their times are interpolated")
    strange = _other_clock(stamps_s)
    if strange.any():
        problems.append(f"the time {_stamps_of(int(strange.sum()))} of another clock; interpolated instead")
        stamps_s[strange] = np.nan
    restarts = _restarts(stamps_s)
    if restarts:
        problems.append(
            f"the clock starts again in {len(restarts)} {'place' if len(restarts) == 1 else 'places'} (joined "
            "recordings?); no stack spans them"
        )
    typical_s = _typical(stamps_s, interval_s)
    times, start, n_doubled = [], 0.0, 0
    for first, stop in pairwise([0, *restarts, len(stamps_s)]):
        part, doubled = _ascending(stamps_s[first:stop], typical_s)
        n_doubled += doubled
        times.append(part - part[0] + start)
        start = times[-1][-1] + typical_s
    if n_doubled and n_doubled <= COARSE_SHARE * len(stamps_s):
        problems.append(f"{_frames(n_doubled)} the time stamp of another frame; their times are interpolated")
    return Timeline(np.concatenate(times), tuple(restarts), tuple(problems))


def _frames(n: int) -> str:
    return "1 frame has" if n == 1 else f"{n} frames have"


def _stamps_of(n: int) -> str:
    return "stamp of 1 frame is" if n == 1 else f"stamps of {n} frames are"


def _other_clock(stamps_s: np.ndarray) -> np.ndarray:
    """Find single stamps that are far from those of the frames around them."""
    known = np.flatnonzero(~np.isnan(stamps_s))
    found = np.zeros(len(stamps_s), dtype=bool)
    if len(known) < 5:
        return found
    stamps = stamps_s[known]
    windows = np.lib.stride_tricks.sliding_window_view(stamps, 5)
    middle = np.median(windows, axis=1)[np.clip(np.arange(len(stamps)) - 2, 0, len(windows) - 1)]
    found[known[np.abs(stamps - middle) > OTHER_CLOCK_S]] = True
    return found


def _restarts(stamps_s: np.ndarray) -> list[int]:
    """Find frames at which stamps fall back for good, or jump forward by more than an hour."""
    known = np.flatnonzero(~np.isnan(stamps_s))
    if len(known) < 2:
        return []
    stamps = stamps_s[known]
    found: list[int] = []
    reach = -np.inf
    for k in range(len(stamps)):
        before = reach
        reach = max(reach, stamps[k])
        if _fell(stamps, k, before) or (np.isfinite(before) and stamps[k] - before > JUMP_S):
            found.append(int(known[k]))
            reach = stamps[k]
    return found


def _fell(stamps: np.ndarray, k: int, before: float) -> bool:
    """Tell whether stamps fall back at frame ``k`` for good, to below the greatest one ``before``."""
    later = stamps[k : k + REORDERED]
    if stamps[k] >= before or later.max() >= before or len(stamps) - k == 1:
        return False
    if len(later) == REORDERED:
        return True
    # So near the end no later frame shows whether they are only reordered. If so, they fill holes between the others.
    around = np.sort(stamps[stamps >= later.min()])
    step = float(np.median(np.diff(around)))
    return bool(before - later.min() > REORDERED * step or np.diff(around).min() < step / 2)


def _typical(stamps_s: np.ndarray, interval_s: float) -> float:
    """Get the median of the intervals between stamps."""
    steps = np.diff(np.sort(stamps_s[~np.isnan(stamps_s)]))
    steps = steps[(steps > 0) & (steps < OTHER_CLOCK_S)]
    return float(np.median(steps)) if len(steps) else interval_s


def _ascending(stamps_s: np.ndarray, typical_s: float) -> tuple[np.ndarray, int]:
    """Make strictly ascending times of the stamps of one clock; returns them and the number of doubled stamps."""
    known = np.flatnonzero(~np.isnan(stamps_s))
    if not len(known):
        return np.arange(len(stamps_s)) * typical_s, 0
    stamps = np.sort(stamps_s[known])
    doubled = np.r_[False, np.diff(stamps) <= 0]
    n_doubled = int(doubled.sum())
    if n_doubled:
        # A clock too coarse for the rate: frames that share a stamp are spread evenly up to the next one.
        apart = _distributed if n_doubled > COARSE_SHARE * len(stamps) else _retimed
        even = _even(stamps)
        stamps = apart(stamps, doubled, typical_s) if even is None else even
    # Frames without a stamp are interpolated, and extrapolated at both ends by the typical interval.
    at = np.arange(len(stamps_s))
    times = np.interp(at, known, stamps)
    times[: known[0]] = stamps[0] - (known[0] - at[: known[0]]) * typical_s
    times[known[-1] + 1 :] = stamps[-1] + (at[known[-1] + 1 :] - known[-1]) * typical_s
    return times, n_doubled


def _even(stamps: np.ndarray) -> np.ndarray | None:
    """Make evenly spaced times of stamps of a constant rate, some of which are late by one frame; None for others."""
    steps = np.diff(stamps)
    steps = steps[steps > 0]
    if not len(steps):
        return None
    interval = float(np.median(steps))
    regular = np.abs(steps - interval) <= EVEN_SHARE * interval
    even = np.linspace(stamps[0], stamps[-1], len(stamps))
    late = np.abs(stamps - even).max() <= (1 + EVEN_SHARE) * interval
    return even if regular.mean() >= 1 - EVEN_SHARE and late else None


def _distributed(stamps: np.ndarray, doubled: np.ndarray, typical_s: float) -> np.ndarray:
    first = np.flatnonzero(~doubled)
    ends = np.r_[stamps[first[1:]], stamps[-1] + typical_s]
    sizes = np.diff(np.r_[first, len(stamps)])
    order = np.arange(len(stamps)) - np.repeat(first, sizes)
    return stamps + order / np.repeat(sizes, sizes) * np.repeat(ends - stamps[first], sizes)


def _retimed(stamps: np.ndarray, doubled: np.ndarray, typical_s: float) -> np.ndarray:
    """Move each frame with a doubled stamp into the middle of the larger gap beside it."""
    stamps = stamps.copy()
    for k in np.flatnonzero(doubled):
        before = stamps[k - 1] - stamps[k - 2] if k > 1 else typical_s
        after = stamps[k + 1] - stamps[k] if k + 1 < len(stamps) else typical_s
        if after >= before or before <= 0:
            stamps[k] += max(after, 0) / 2 if after > 0 else typical_s / 2
        else:
            stamps[k - 1] -= before / 2
    return np.maximum.accumulate(stamps + np.arange(len(stamps)) * 1e-9)
