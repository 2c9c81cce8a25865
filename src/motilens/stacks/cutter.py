"""Cuts stacks out of the frames of one pass over a video, with only the last few frames in memory.

A frame is scaled at once if the next planned stack needs it: it is then still in the processor's cache, and need not be
kept. The frames of a stack are searched for a stage move together, when its last frame has come. If there is one, the
stack is dropped, and the following ones are planned again. Frames that no stack needs are not examined, as a stage move
between two stacks changes nothing.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np

from motilens.config import FRAMES, StackConfig
from motilens.shapes import GreyFrame
from motilens.stacks.counts import count_heads
from motilens.stacks.indices import StackPlacer
from motilens.video.frame import Frame
from motilens.video.moves import MoveDetector
from motilens.video.timing import FrameChoice

Watch = Literal["stacks", "all", "nothing"]
"""Where a pass looks for stage moves: within stacks, between all frames, or nowhere because all are known."""


@dataclass
class Cut:
    """Result of one pass over a video. Positions count the selected frames."""

    ends: list[int] = field(default_factory=list)
    """Positions at which the stacks end."""
    cells: list[int] = field(default_factory=list)
    """Number of heads in each stack's first frame."""
    breaks: set[int] = field(default_factory=set)
    """Positions before which the stage moved, found in this pass or an earlier one."""
    lost: set[int] = field(default_factory=set)
    """Positions of frames that could not be decoded."""
    moving: set[int] = field(default_factory=set)
    """The same stage moves as ``breaks``, as frame numbers in the video."""


class _Kept(NamedTuple):
    """The parts of a frame that a stack needs."""

    small: GreyFrame
    cells: int | None
    """Number of heads, if it is certain to be a stack's first frame."""
    frame: Frame | None
    """The frame itself, for counting later; only if stacks overlap."""


class Cutter:
    """Receives frames in order and cuts stacks out of them.

    Args:
        choice: the selected frames of the video.
        config: settings of the stacks.
        pixels: (stack, frame, y, x) uint8, filled with the stacks.
        watch: where to look for stage moves.
        before: result of an earlier pass.
    """

    def __init__(
        self, choice: FrameChoice, config: StackConfig, pixels: np.ndarray, *, watch: Watch, before: Cut
    ) -> None:
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
        self._looked_at = -1  # the last position that was given to the detector
        self._at = 0
        self._ring: deque[_Kept] = deque(maxlen=self._frames)
        self._waiting: list[tuple[int, int, np.ndarray]] = []
        """Position, frame number and thumbnail of frames that were not yet passed to the placer."""

    def take(self, frame: Frame) -> None:
        """Take the next decoded frame."""
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
        """End the pass and return its result."""
        self._waiting.clear()
        self._cut.lost.update(range(self._at, len(self._wanted)))
        return self._cut

    def _lose(self) -> None:
        """Skip a position whose frame is missing, and drop the stack that has begun."""
        for _ in self._waiting:
            self._placer.feed()
        self._waiting.clear()
        self._cut.lost.add(self._at)
        if self._at in self._known_lost:
            self._placer.feed()
        else:
            self._placer.skip_lost()
        self._at += 1

    def _keep(self, frame: Frame, at: int) -> _Kept:
        small = frame.area_average(self._size_px)
        if self._placer.overlapping or self._placer.next_end is None:
            return _Kept(small, None, frame)
        first = at == self._placer.next_end - self._frames + 1
        return _Kept(small, count_heads(frame.grey()) if first else None, None)

    def _settle(self) -> None:
        """Look for stage moves in the waiting frames, and pass them to the placer."""
        moved = self._look() if self._waiting[0][2] is not _NONE else [False] * len(self._waiting)
        for (at, number, _), move in zip(self._waiting, moved, strict=True):
            if move:
                self._cut.moving.add(number)
                self._cut.breaks.add(at)
            if self._placer.feed(broken=move and at not in self._known):
                self._place(at)
        if any(moved):
            # The heads in the frames since the move were not counted, so the next stack begins after them.
            self._placer.add_break()
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
"""Stands for no thumbnail."""
