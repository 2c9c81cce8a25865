"""Decides which frames become stacks.

A stack of S consecutive frames is identified by the frame at which it begins. A frame at which a stack can begin is a
*slot*: the S frames from it on are in the video, without a break between them. K stacks are distributed evenly over the
slots, each in the middle of its share::

    frames   0 1 2 3 4 5 6 7 8 9 | a b c d e f g h i      S = 3, a break before frame a (the stage moved)
    slots    o o o o o o o o . . | o o o o o o o . .      15 slots; K = 3 shares of 5
    shares   1 1 1 1 1 2 2 2       2 2 3 3 3 3 3
    stacks       =====     =====           =====

Stacks overlap if there are more of them than fit without overlap, but no two are the same. If there are fewer slots
than stacks, every slot gets one.
"""

from collections.abc import Iterable
from itertools import pairwise

import numpy as np

from motilens.errors import InputError


def find_slots(n_frames: int, breaks: Iterable[int], *, frames: int) -> np.ndarray:
    """Find where stacks can begin.

    Args:
        n_frames: number of frames in the video.
        breaks: frames before which there is a break.
        frames: frames in a stack.

    Returns:
        (slot,) positions, ascending.

    Raises:
        InputError: a number is out of range.
    """
    if n_frames < 0 or frames < 1:
        raise InputError(f"n_frames is {n_frames}, frames {frames}; allowed: n_frames 0 or more, frames 1 or more")
    edges = [0, *sorted({at for at in breaks if 0 < at < n_frames}), n_frames]
    slots = [np.arange(start, stop - frames + 1) for start, stop in pairwise(edges)]
    return np.concatenate(slots).astype(np.int64)


def place_stacks(slots: np.ndarray, *, frames: int, stacks: int) -> np.ndarray:
    """Place stacks evenly over the slots.

    Args:
        slots: (slot,) positions at which stacks can begin, from ``find_slots``.
        frames: frames in a stack.
        stacks: number of stacks.

    Returns:
        (stack, frame) positions of the frames of each stack, in order; ``stacks`` of them, or one for each slot.

    Raises:
        InputError: a number is out of range.
    """
    if stacks < 1:
        raise InputError(f"stacks is {stacks}; allowed: 1 or more")
    if len(slots) > stacks:
        slots = slots[(2 * np.arange(stacks) + 1) * len(slots) // (2 * stacks)]
    return slots[:, None] + np.arange(frames)
