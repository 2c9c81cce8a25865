"""Finds frames that repeat the one before them.

A recorder that runs faster than the camera shows pictures twice, and a capture program that got nothing new shows the
last picture again. Motion between such frames is nothing, then twice too much. From the mean change between successive
frames::

    shown twice         5 0 5 0 5 0 5 0           a pattern: repeats are dropped, and the rate is that of the camera
    25 filed as 30      5 5 5 5 5 0 5 5 5 5 5 0   a pattern, too
    a busy computer     5 5 5 0 5 5 5 5 0 5 5 5   no pattern: repeats break stacks

What is small is judged by how much frames change while the stage rests. The largest changes do not count, because key
frames of a compressed video change the whole picture. A scene in which little moves has no repeats: there, compression
leaves frames unchanged, and it makes no difference to any measurement.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

CHANGE_PERCENTILE = 90
"""Percentile of the changes that stands for a change by motion: key frames are fewer than one in ten."""

REPEAT_SHARE = 0.1
"""A frame that changes by less than this share of a change by motion repeats the one before."""

PATTERN_REPEAT_SHARE = 0.35
"""The same where repeats have a pattern: compression makes a repeated frame differ from the one before."""

STILL_GREY = 0.15
"""Change by motion, in grey levels of 255, below which nothing can be said about repeats."""

CALM_GREY = 0.3
"""Change by motion below which single unchanged frames are due to compression; only a pattern is believed."""

LONGEST_PATTERN = 30
"""Longest pattern of repeats, in frames."""

PATTERN_SHARE = 0.98
"""Share of frames that must follow a pattern."""

LEAST_CYCLES = 3


@dataclass(frozen=True)
class Repeats:
    """Frames that repeat the one before.

    Attributes:
        repeated: (frame,) whether the frame repeats the one before.
        kind: ``none``; ``regular``, in a pattern; ``irregular``; or ``still``, where no frame changes at all.
        cycle: length of the pattern in frames; 0 without one.
        pictures_per_cycle: number of different pictures in a cycle of the pattern; 0 without one.
    """

    repeated: np.ndarray
    kind: Literal["none", "regular", "irregular", "still"]
    cycle: int = 0
    pictures_per_cycle: int = 0


def find_repeats(change: np.ndarray, moved: np.ndarray) -> Repeats:
    """Find repeated frames.

    Args:
        change: (frame,) mean absolute change from the frame before, in grey levels of 255; the first value is ignored.
        moved: (frame,) whether the stage moved since the frame before.
    """
    none = np.zeros(len(change), dtype=bool)
    if len(change) < 2:
        return Repeats(none, "none")
    changes, calm = change[1:], ~moved[1:]
    if not changes.any():
        return Repeats(none, "still")
    motion = float(np.percentile(changes[calm] if calm.any() else changes, CHANGE_PERCENTILE))
    if motion < STILL_GREY:
        return Repeats(none, "none")
    for share in (REPEAT_SHARE, PATTERN_REPEAT_SHARE):
        small = changes < share * motion
        if (pattern := _pattern(small)) is not None and _apart(changes, small):
            return Repeats(np.r_[False, small], "regular", len(pattern), int((~pattern).sum()))
    repeated = np.r_[False, changes < REPEAT_SHARE * motion]
    if motion < CALM_GREY or not repeated.any():
        return Repeats(none, "none")
    return Repeats(repeated, "irregular")


def _apart(changes: np.ndarray, small: np.ndarray) -> bool:
    """Tell whether nearly all small changes are far smaller than nearly all others."""
    return bool(np.percentile(changes[small], 90) < PATTERN_REPEAT_SHARE * np.percentile(changes[~small], 10))


def _pattern(small: np.ndarray) -> np.ndarray | None:
    """Find the shortest pattern that small changes follow: (cycle,) bool; None if they follow none."""
    for cycle in range(2, min(LONGEST_PATTERN, len(small) // LEAST_CYCLES) + 1):
        pattern = np.median(small[: len(small) // cycle * cycle].reshape(-1, cycle), axis=0) > 0.5
        follows = np.resize(pattern, len(small)) == small
        if pattern.any() and not pattern.all() and follows.mean() >= PATTERN_SHARE:
            return pattern
    return None
