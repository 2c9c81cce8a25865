"""Chooses which frames of a video are tracked: a part of each segment. Pure numbers, no pixels.

A segment is a run of frames that show one field. It ends where the stage moves, where a frame is missing or repeated,
and where time stamps have a gap: no cell can be followed across these. Each segment gets an equal share of the frames
asked for, taken from its middle; what a short segment cannot use goes to the others. With 12 seconds and four segments
(each ``.`` a second, ``#`` tracked)::

    stage moves             v        v    v
    segments       |........|........|..|........|
    tracked        |..###...|..###...|##|..####..|      12 = 2 of the short one + (12 - 2) / 3 of each other

Every field is tracked for a little while, rather than a few fields for long: the cells of one participant differ more
from field to field than from second to second.
"""

from itertools import pairwise

import numpy as np

from motilens.video.moves import intervals
from motilens.video.survey import Survey
from motilens.video.timing import time_gaps

FrameRange = tuple[int, int]
"""Positions [first, stop) among the usable frames of a video."""


def find_segments(found: Survey) -> list[FrameRange]:
    """Find the runs of consecutive frames that show one field.

    Args:
        found: the surveyed video. Frames whose picture is in another place than the one before belong to no segment.

    Returns:
        Segments of any length, in order, as positions among the usable frames.
    """
    gaps = np.flatnonzero(time_gaps(found.time_s, found.info.fps_hz) | found.gap).tolist()
    segments: list[FrameRange] = []
    for first, stop in intervals(np.flatnonzero(~found.moved).tolist()):
        edges = [first, *(gap for gap in gaps if first < gap < stop), stop]
        segments += pairwise(edges)
    return segments


def choose_frames(segments: list[FrameRange], n_frames: int) -> list[FrameRange]:
    """Choose frames from the middle of each segment, the same number from each as far as it has them.

    Args:
        segments: in order.
        n_frames: how many to choose in total; fewer where the segments have fewer.

    Returns:
        At most one range of frames for each segment, in the same order; none is empty.
    """
    length = np.array([stop - first for first, stop in segments], np.int64)
    taken = np.zeros(len(segments), np.int64)
    left = n_frames
    for rank, k in enumerate(np.argsort(length, kind="stable")):  # the shortest first: it may leave something
        taken[k] = min(int(length[k]), left // (len(segments) - rank))
        left -= int(taken[k])
    parts = [(first + (stop - first - n) // 2, n) for (first, stop), n in zip(segments, taken.tolist(), strict=True)]
    return [(first, first + n) for first, n in parts if n]
