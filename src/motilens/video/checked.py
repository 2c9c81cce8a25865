"""Reads the frames of stacks; after a sparse survey, it examines them and those before them, too.

A sparse survey has not seen most frames. So before a stack may be used, its frames are compared with one another, as a
full survey compares all frames. A few frames before it are read, too, which show how much frames usually resemble each
other::

    frames    . . . . . . . . . . . . . . . . . . .
    stack                         # # # # #
    examined        o o o o o o o o o o o o             not beyond a known stage move or gap
"""

from collections.abc import Iterator

import numpy as np

from motilens.errors import OverlookedError
from motilens.video.frame import Frame
from motilens.video.reader import VideoReader
from motilens.video.repeats import find_repeats
from motilens.video.sparse import changes
from motilens.video.survey import Survey
from motilens.video.timing import time_gaps

LEAD_FRAMES = 12
"""Frames before a stack that are examined: as many as the detector of stage moves needs to be sure."""


def checked_frames(found: Survey, positions: np.ndarray, *, read_ahead: bool) -> Iterator[tuple[int, Frame]]:
    """Read the frames of stacks.

    Args:
        found: the survey of the video.
        positions: (stack, frame) positions of the stacks' frames among the usable frames of the survey.
        read_ahead: as in ``VideoReader``.

    Yields:
        Each of these frames once, in order, with its position.

    Raises:
        OverlookedError: the survey is sparse, and a frame cannot be decoded, repeats another, or shows a stage move.
            Raised after the last frame at the latest.
        UndecodableError: the video has changed since the survey.
    """
    wanted = np.unique(positions)
    if not found.sparse:
        with VideoReader(found, positions=wanted.tolist(), read_ahead=read_ahead) as reader:
            yield from zip(wanted.tolist(), reader, strict=True)
        return
    breaks = found.moved | found.gap | time_gaps(found.time_s, found.info.fps_hz)
    examined = _examined(positions, breaks)
    is_wanted = np.isin(examined, wanted)
    seen_grey = [0.0]
    with VideoReader(found, positions=examined.tolist(), read_ahead=read_ahead) as reader:
        compared = changes(zip(examined.tolist(), reader, strict=True), set(np.flatnonzero(breaks).tolist()))
        for (at, frame, change_grey, moved), use in zip(compared, is_wanted, strict=True):
            if moved:
                raise _overlooked(found, f"the stage moves at frame {frame.index}")
            seen_grey.append(change_grey)
            if use:
                yield at, frame
    seen = np.array(seen_grey)
    seen = seen[~np.isnan(seen)]
    if find_repeats(seen, np.zeros(len(seen), dtype=bool)).repeated.any():
        raise _overlooked(found, "frames repeat others")


def _examined(positions: np.ndarray, breaks: np.ndarray) -> np.ndarray:
    """List the positions to examine: those of each stack, and up to ``LEAD_FRAMES`` before it in the same segment."""
    segment = np.cumsum(breaks)
    wanted = np.zeros(len(breaks), dtype=bool)
    for first, last in zip(positions.min(axis=1).tolist(), positions.max(axis=1).tolist(), strict=True):
        start = max(first - LEAD_FRAMES, int(np.searchsorted(segment, segment[first])))
        wanted[start : last + 1] = True
    return np.flatnonzero(wanted)


def _overlooked(found: Survey, what: str) -> OverlookedError:
    return OverlookedError(f"{found.path.name}: {what}, which its sparse survey has not seen; survey the whole video")
