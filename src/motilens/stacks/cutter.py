"""Takes the frames of one pass over a video and cuts stacks out of them, with only the last few in memory.

A frame is shrunk at once, if the placer's plan has a stack that wants it; so it is used while it is in the processor's
cache, and need not be held. A stack's frames are searched for a stage move together when its last one has come. If
there is one, the stack falls, and the placer plans anew. Frames that no stack wants are not looked at: a move between
two stacks parts nothing.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np

from motilens.arrays import GreyFrame
from motilens.config import FRAMES, StackConfig
from motilens.stacks.counts import count_heads
from motilens.stacks.indices import StackPlacer
from motilens.video.frame import Frame
from motilens.video.moves import MoveDetector
from motilens.video.timing import Choice

Watch = Literal["stacks", "all", "nothing"]
"""Where a pass looks for moves: within stacks; between all frames; nowhere, for all are known."""


@dataclass
class Cut:
    """What one pass over a video came to. Positions count the chosen frames."""

    ends: list[int] = field(default_factory=list)
    """Positions at which the stacks end."""
    cells: list[int] = field(default_factory=list)
    """Heads in each stack's first frame."""
    breaks: set[int] = field(default_factory=set)
    """Positions before which the stage moved, found by this pass or those before."""
    lost: set[int] = field(default_factory=set)
    """Positions whose frame could not be decoded."""
    moving: set[int] = field(default_factory=set)
    """The same moves as ``breaks``, as numbers of frames in the video."""


class _Kept(NamedTuple):
    """What a stack wants of a frame."""

    small: GreyFrame
    cells: int | None
    """Heads counted, if it is surely a stack's first frame."""
    frame: Frame | None
    """For counting later, where stacks overlap."""


class Cutter:
    """Cuts stacks out of frames that are given to it in order.

    Args:
        choice: which frames of the video count.
        config: which stacks.
        pixels: (stack, frame, y, x) uint8, filled with the stacks as they come.
        watch: where to look for moves.
        before: what an earlier pass found.
    """

    def __init__(self, choice: Choice, config: StackConfig, pixels: np.ndarray, *, watch: Watch, before: Cut) -> None:
        self._frames = FRAMES[config.input_type]
        self._watch: Watch = "nothing" if self._frames == 1 else watch
        self._size_px, self._pixels = config.size_px, pixels
        self._wanted = choice.frame_idx.tolist()
        self._known = {*choice.breaks, *before.breaks}
        self._known_lost = frozenset(before.lost)
        self._cut = Cut(breaks=set(before.breaks), lost=set(before.lost), moving=set(before.moving))
        self._placer = StackPlacer(
            len(self._wanted),
            frames=self._frames,
            stacks=config.stacks_per_video,
            breaks=self._known,
            lost=self._known_lost,
        )
        self._detector = MoveDetector()
        self._looked_at = -1  # the last position that the detector saw
        self._at = 0
        self._ring: deque[_Kept] = deque(maxlen=self._frames)
        self._waiting: list[
            tuple[int, int, np.ndarray]
        ] = []  # position, number and thumbnail, not yet given to the placer

    def take(self, frame: Frame) -> None:
        """Take the next frame that was decoded."""
        while self._at < len(self._wanted) and self._wanted[self._at] < frame.index:
            self._lose()
        if self._at == len(self._wanted) or self._wanted[self._at] != frame.index:
            return
        at, self._at = self._at, self._at + 1
        wanted = self._placer.wants(at)
        if wanted:
            self._ring.append(self._keep(frame, at))
        thumbnail = frame.thumbnail() if self._watch == "all" or (wanted and self._watch == "stacks") else _NONE
        self._waiting.append((at, frame.index, thumbnail))
        if not wanted or at == self._placer.next_end:
            self._settle()

    def finish(self) -> Cut:
        """Say that no frame follows, and get what the pass came to."""
        self._waiting.clear()
        self._cut.lost.update(range(self._at, len(self._wanted)))
        return self._cut

    def _lose(self) -> None:
        """The next position has no frame: the stack that was begun falls."""
        for _ in self._waiting:
            self._placer.feed()
        self._waiting.clear()
        self._cut.lost.add(self._at)
        if self._at in self._known_lost:
            self._placer.feed()
        else:
            self._placer.lose()
        self._at += 1

    def _keep(self, frame: Frame, at: int) -> _Kept:
        small = frame.area_average(self._size_px)
        if self._placer.overlapping or self._placer.next_end is None:
            return _Kept(small, None, frame)
        first = at == self._placer.next_end - self._frames + 1
        return _Kept(small, count_heads(frame.grey()) if first else None, None)

    def _settle(self) -> None:
        """Look for moves in the frames that wait, and give them to the placer."""
        moved = self._look() if self._waiting[0][2] is not _NONE else [False] * len(self._waiting)
        for (at, number, _), move in zip(self._waiting, moved, strict=True):
            if move:
                self._cut.moving.add(number)
                self._cut.breaks.add(at)
            if self._placer.feed(broken=move and at not in self._known):
                self._place(at)
        if any(moved):
            # The frames from the move to here were not kept with their count of heads: stacks go on with the next.
            self._placer.part()
        self._waiting.clear()

    def _look(self) -> list[bool]:
        if self._looked_at != self._waiting[0][0] - 1:
            self._detector.skip()
        self._looked_at = self._waiting[-1][0]
        return self._detector.feed_many([thumbnail for _, _, thumbnail in self._waiting])

    def _place(self, at: int) -> None:
        first = self._ring[0]
        if first.cells is not None:
            self._cut.cells.append(first.cells)
        elif first.frame is not None:
            self._cut.cells.append(count_heads(first.frame.grey()))
        else:
            raise RuntimeError(f"the first frame of the stack that ends at {at} was neither counted nor kept")
        for order, kept in enumerate(self._ring):
            self._pixels[len(self._cut.ends), order] = kept.small
        self._cut.ends.append(at)


_NONE = np.empty((0, 0), np.uint8)
"""No thumbnail."""
