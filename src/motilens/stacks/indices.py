"""Decides which frames become stacks, in one forward pass.

A stack of S consecutive frames is identified by the frame at which it ends. A frame at which a stack can end is a
*slot*: the S frames up to it are in the video, without a break between them. K stacks are distributed evenly over the
slots, each in the middle of its share::

    frames   0 1 2 3 4 5 6 7 8 9 | a b c d e f g h i      S = 3, a break before frame a (the stage moved)
    slots    . . o o o o o o o o | . . o o o o o o o      15 slots; K = 3 shares of 5
    shares       1 1 1 1 1 2 2 2       2 2 3 3 3 3 3
    ends             *         *               *
    stacks       =====     =====           =====

Breaks that are known in advance (gaps in the time stamps) are given at the start. A break that is found while decoding
(a stage move) removes slots; the remaining stacks are then distributed evenly over the slots ahead, and the stacks so
far keep their places. One pass of decoding, with the last S frames in memory, is therefore enough. Stacks overlap if
there are more of them than fit without overlap, but no two are the same. K stacks are placed if there are slots for
them; if a break is found late, there may be too few left.
"""

from collections.abc import Iterable

from motilens.errors import InputError

_PARTS = 1 << 32
"""Number of parts of a share: with integers instead of fractions, every machine places stacks in the same way."""


class StackPlacer:
    """Decides frame by frame where stacks end. Call ``feed`` once for every frame, in order.

    Args:
        n_frames: largest number of frames.
        frames: frames in a stack (S).
        stacks: number of stacks (K).
        breaks: known breaks, each as the position of the first frame after it.
        lost: positions of frames that are known to be missing.

    Raises:
        InputError: a number is out of range.
    """

    def __init__(
        self, n_frames: int, *, frames: int, stacks: int, breaks: Iterable[int] = (), lost: Iterable[int] = ()
    ) -> None:
        if n_frames < 0 or frames < 1 or stacks < 1:
            raise InputError(
                f"n_frames is {n_frames}, frames {frames}, stacks {stacks}; "
                "allowed: n_frames 0 or more, the others 1 or more"
            )
        self.ends: list[int] = []
        """Positions at which the stacks so far end."""
        self.next_end: int | None
        """Position at which the next stack ends, unless a new break comes before; None if there is none."""
        self._n_frames, self._frames, self._stacks = n_frames, frames, stacks
        self._at = 0
        # From the last new break on: half-open intervals without a break, number of slots, and the last slot taken.
        self._intervals = _intervals(n_frames, breaks, lost)
        self._slots = _slots(self._intervals, frames)
        self._slot = 0
        self._phase = 0  # shares that had passed at that break, in parts
        self._plan()

    @property
    def overlapping(self) -> bool:
        """Whether the next stacks share frames, unless a new break comes before."""
        return self._slots * _PARTS < self._frames * (self._stacks * _PARTS - self._phase)

    def wants(self, at: int) -> bool:
        """Tell whether a position belongs to the next stack, unless a new break comes before."""
        return self.next_end is not None and at > self.next_end - self._frames

    def feed(self, *, broken: bool = False) -> bool:
        """Take the next frame.

        Args:
            broken: whether there is a break before this frame that was not known at the start.

        Returns:
            True if a stack ends at this frame.

        Raises:
            InputError: there are more frames than ``n_frames``.
        """
        if self._at >= self._n_frames:
            raise InputError(f"frame {self._at} is beyond the last one; allowed: n_frames, which is {self._n_frames}")
        if broken:
            self.add_break()
        ends_here = self._at == self.next_end
        if ends_here:
            self.ends.append(self._at)
            self._plan()
        self._at += 1
        return ends_here

    def add_break(self) -> None:
        """Add a break before the next frame."""
        self._replan(self._at)

    def skip_lost(self) -> None:
        """Skip the next frame, which could not be decoded."""
        self._replan(self._at + 1)
        self._at += 1

    def _replan(self, start: int) -> None:
        """Distribute the remaining stacks over the slots from ``start`` on."""
        gone = _slots(_clipped(self._intervals, stop=self._at), self._frames)
        if self._slots:
            self._phase += (self._stacks * _PARTS - self._phase) * gone // self._slots
        self._intervals = _clipped(self._intervals, start=start)
        self._slots = _slots(self._intervals, self._frames)
        self._slot = 0
        self._plan()

    def _plan(self) -> None:
        """Find where the next stack ends: in the middle of its share, or earlier if the later slots are needed."""
        remaining = self._stacks - len(self.ends)
        ahead = self._stacks * _PARTS - self._phase
        middle = len(self.ends) * _PARTS + _PARTS // 2 - self._phase
        due = -(-(middle + 1) * self._slots // ahead) if ahead else 1  # rounded up
        self._slot = max(self._slot + 1, min(due, self._slots - remaining + 1))
        self.next_end = _slot_position(self._intervals, self._frames, self._slot) if remaining else None


def _slot_position(intervals: list[tuple[int, int]], frames: int, slot: int) -> int | None:
    """Find the position of a slot, counted from 1; None if there are fewer."""
    for start, stop in intervals:
        slots = max(0, stop - start - frames + 1)
        if slot <= slots:
            return start + frames - 2 + slot
        slot -= slots
    return None


def _intervals(n_frames: int, breaks: Iterable[int], lost: Iterable[int] = ()) -> list[tuple[int, int]]:
    """List the half-open intervals of positions without a break or a lost frame."""
    gone = {at for at in lost if 0 <= at < n_frames}
    edges = {at for at in (*breaks, *gone, *(at + 1 for at in gone)) if 0 < at < n_frames}
    if not n_frames:
        return []
    starts = sorted({0} | edges)
    return [(start, stop) for start, stop in zip(starts, [*starts[1:], n_frames], strict=True) if start not in gone]


def _clipped(intervals: list[tuple[int, int]], *, start: int = 0, stop: int | None = None) -> list[tuple[int, int]]:
    """Clip intervals to positions at or after ``start`` and before ``stop``."""
    parts = [(max(start, one), other if stop is None else min(stop, other)) for one, other in intervals]
    return [(one, other) for one, other in parts if one < other]


def _slots(intervals: Iterable[tuple[int, int]], frames: int) -> int:
    return sum(max(0, stop - start - frames + 1) for start, stop in intervals)


def count_slots(n_frames: int, breaks: Iterable[int], frames: int, *, lost: Iterable[int] = ()) -> int:
    """Count the different stacks of ``frames`` consecutive frames between the breaks."""
    return _slots(_intervals(n_frames, breaks, lost), frames)


def place_stacks(n_frames: int, breaks: Iterable[int], *, frames: int, stacks: int) -> list[range]:
    """Place stacks if all breaks are known.

    Args:
        n_frames: number of frames in the video.
        breaks: positions of the first frames after breaks.
        frames: number of frames in a stack.
        stacks: number of stacks.

    Returns:
        Positions of the frames of each stack, in order; ``stacks`` of them, or as many as there are slots.

    Raises:
        InputError: a number is out of range.
    """
    placer = StackPlacer(n_frames, frames=frames, stacks=stacks, breaks=breaks)
    return [range(at - frames + 1, at + 1) for at in range(n_frames) if placer.feed()]
