"""Which frames of a video are tracked: a part of each stretch between two stage moves. Pure numbers, no pixels.

A stretch ends where the stage moves, where a frame could not be decoded, and where time stamps have a gap: nothing can
be followed over these. Each stretch gets an equal share of the seconds asked for, taken from its middle; what a stretch
is too short for goes to the others. With 12 seconds and four stretches (each ``.`` a second, ``#`` tracked)::

    stage moves             v        v    v
    stretches      |........|........|..|........|
    tracked        |..###...|..###...|##|..####..|      12 = 2 of the short one + (12 - 2) / 3 of each other

Whole fields, each tracked a little, rather than a few from end to end: a participant's cells differ more from field to
field than from second to second.
"""

from collections.abc import Collection
from itertools import pairwise

import numpy as np

from motilens.video.moves import segments
from motilens.video.timing import GAP_INTERVALS

Span = tuple[int, int]
"""Frames [first, stop)."""


def stretches(times_s: np.ndarray, fps_hz: float, *, moving: Collection[int], lost: Collection[int]) -> list[Span]:
    """Runs of consecutive frames that show one field.

    Args:
        times_s: (frame,) when each frame of the file is shown, ascending.
        fps_hz: its rate; frames further apart than 1.5 intervals have a gap between them.
        moving: frames whose picture is in another place than the one before; in no stretch.
        lost: frames that could not be decoded; in no stretch.

    Returns:
        In order, of any length.
    """
    usable = np.setdiff1d(np.arange(len(times_s)), [*moving, *lost])
    gaps = set((np.flatnonzero(np.diff(times_s) * fps_hz > GAP_INTERVALS) + 1).tolist())
    found: list[Span] = []
    for first, stop in segments(usable.tolist()):
        edges = [first, *sorted(gap for gap in gaps if first < gap < stop), stop]
        found += pairwise(edges)
    return found


def spread(spans: list[Span], n_frames: int) -> list[Span]:
    """Take frames from the middle of each stretch, from all as many as they have or as comes to ``n_frames``.

    Args:
        spans: stretches, in order.
        n_frames: of all together; no more are taken.

    Returns:
        One part of each stretch, in the same order; none is empty, so there may be fewer than stretches.
    """
    length = np.array([stop - first for first, stop in spans], np.int64)
    taken = np.zeros(len(spans), np.int64)
    left = n_frames
    for rank, k in enumerate(np.argsort(length, kind="stable")):  # the shortest first: it may leave something
        taken[k] = min(int(length[k]), left // (len(spans) - rank))
        left -= int(taken[k])
    parts = [(first + (stop - first - n) // 2, n) for (first, stop), n in zip(spans, taken.tolist(), strict=True)]
    return [(first, first + n) for first, n in parts if n]
