"""Finds frames that repeat the one before them.

A recorder that runs faster than the camera shows pictures twice, and a capture program that got nothing new shows the
last picture again. Motion between such frames is nothing, then twice too much. From the mean change between successive
frames::

    shown twice         5 0 5 0 5 0 5 0           a pattern: repeats are dropped, and the rate is that of the camera
    25 filed as 30      5 5 5 5 5 0 5 5 5 5 5 0   a pattern, too
    a busy computer     5 5 5 0 5 5 5 5 0 5 5 5   no pattern: repeats break stacks

A still scene changes little everywhere, and has no repeats.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

REPEAT_SHARE = 0.1
"""A frame that changes by less than this share of what changing frames do repeats the one before."""

STILL_GREY = 0.15
"""Mean change, in grey levels of 255, below which a scene is still and nothing can be said about repeats."""

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
        share: share of repeated frames, 0-1; of one cycle of the pattern if there is one.
    """

    repeated: np.ndarray
    kind: Literal["none", "regular", "irregular", "still"]
    share: float


def find_repeats(change: np.ndarray) -> Repeats:
    """Find repeated frames.

    Args:
        change: (frame,) mean absolute change from the frame before, in grey levels of 255; the first value is ignored.
    """
    none = np.zeros(len(change), dtype=bool)
    if len(change) < 2:
        return Repeats(none, "none", 0.0)
    changes = change[1:]
    if not changes.any():
        return Repeats(none, "still", 1.0)
    moving = float(np.percentile(changes, 95))
    repeated = np.r_[False, changes < REPEAT_SHARE * moving]
    if moving < STILL_GREY or not repeated.any():
        return Repeats(none, "none", 0.0)
    share = float(repeated[1:].mean())
    for length in range(2, min(LONGEST_PATTERN, (len(changes)) // LEAST_CYCLES) + 1):
        cycles = repeated[1:][: len(changes) // length * length].reshape(-1, length)
        pattern = np.median(cycles, axis=0) > 0.5
        follows = np.resize(pattern, len(changes)) == repeated[1:]
        if pattern.any() and follows.mean() >= PATTERN_SHARE and not pattern.all():
            return Repeats(repeated, "regular", float(pattern.mean()))
    return Repeats(repeated, "irregular", share)
