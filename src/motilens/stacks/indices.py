"""Which frames become stacks: integers alone, decided in one forward pass.

A stack of S consecutive frames is known by the frame it ends at. A place where a stack can end is a *seat*: the S
frames up to it lie inside the video and no break lies between them. K stacks are spread evenly over the seats, each in
the middle of its share::

    frames   0 1 2 3 4 5 6 7 8 9 | a b c d e f g h i      S = 3, a break before frame a (the stage moved)
    seats    . . o o o o o o o o | . . o o o o o o o      15 seats; K = 3 shares of 5
    shares       1 1 1 1 1 2 2 2       2 2 3 3 3 3 3
    ends             *         *               *
    stacks       =====     =====           =====

Breaks known before (gaps in the time stamps) are given at the start. A break that shows itself only on the way (a stage
move) takes seats away: whatever is still owed is then spread evenly over the seats still ahead, and the stacks behind
stay where they are. So one pass of decoding with the last S frames in memory is enough. Stacks overlap when there are
more of them than fit side by side; no two are the same. All K are placed whenever the seats last: always, if all breaks
were known at the start.
"""

from collections.abc import Iterable

from motilens.errors import InputError

_PARTS = 1 << 32
"""One share, in parts: integers instead of fractions, so that every machine places alike."""


class StackPlacer:
    """Decides frame by frame where stacks end. Feed it every frame once, in order.

    Args:
        n_frames: frames to come, at most.
        frames: frames in a stack (S).
        stacks: stacks wanted (K).
        breaks: positions before which a break is known to lie: that frame and the one before it share no stack.
        lost: positions known to have no frame.

    Raises:
        InputError: a number that makes no sense.
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
        """Positions at which a stack ends, so far."""
        self.next_end: int | None
        """Where the next stack will end, unless a new break comes before; None if none is left."""
        self._n_frames, self._frames, self._stacks = n_frames, frames, stacks
        self._at = 0
        self._runs = _runs(n_frames, breaks, lost)  # half-open runs without a break, from the last new break on
        self._phase = 0  # shares gone by at the last new break, in parts
        self._seats = _seats(self._runs, frames)  # seats from there on
        self._seat = 0  # the last one taken, counted from there
        self._plan()

    @property
    def overlapping(self) -> bool:
        """Whether the stacks to come share frames, unless a new break comes before."""
        return self._seats * _PARTS < self._frames * (self._stacks * _PARTS - self._phase)

    def wants(self, at: int) -> bool:
        """Whether the frame at ``at`` belongs to the next stack, unless a new break comes before."""
        return self.next_end is not None and at > self.next_end - self._frames

    def feed(self, *, broken: bool = False) -> bool:
        """Take the next frame.

        Args:
            broken: a break lies before this frame. Breaks known at the start need not be told again.

        Returns:
            True if a stack ends at this frame.

        Raises:
            InputError: more frames came than were announced.
        """
        if self._at >= self._n_frames:
            raise InputError(
                f"frame {self._at} came, but {self._n_frames} were announced; announce at least as many as come"
            )
        if broken:
            self.part()
        ends_here = self._at == self.next_end
        if ends_here:
            self.ends.append(self._at)
            self._plan()
        self._at += 1
        return ends_here

    def part(self) -> None:
        """No stack shall hold both the next frame and the one before it."""
        self._spread_again(self._at)

    def lose(self) -> None:
        """The next frame turns out not to be there: no stack holds it."""
        self._spread_again(self._at + 1)
        self._at += 1

    def _spread_again(self, start: int) -> None:
        """An unannounced break before ``start``: spread what is owed over the seats that are left from there on."""
        gone = _seats(_clipped(self._runs, stop=self._at), self._frames)
        if self._seats:
            self._phase += (self._stacks * _PARTS - self._phase) * gone // self._seats
        self._runs = _clipped(self._runs, start=start)
        self._seats = _seats(self._runs, self._frames)
        self._seat = 0
        self._plan()

    def _plan(self) -> None:
        """Find where the next stack ends: in the middle of its share, or at once where seats are as few as stacks."""
        owed = self._stacks - len(self.ends)
        ahead = self._stacks * _PARTS - self._phase
        middle = len(self.ends) * _PARTS + _PARTS // 2 - self._phase
        due = -(-(middle + 1) * self._seats // ahead) if ahead else 1  # rounded up
        self._seat = max(self._seat + 1, min(due, self._seats - owed + 1))
        self.next_end = _seat_position(self._runs, self._frames, self._seat) if owed else None


def _seat_position(runs: list[tuple[int, int]], frames: int, seat: int) -> int | None:
    """Where the ``seat``-th seat is, counted from 1; None if there are fewer."""
    for start, stop in runs:
        seats = max(0, stop - start - frames + 1)
        if seat <= seats:
            return start + frames - 2 + seat
        seat -= seats
    return None


def _runs(n_frames: int, breaks: Iterable[int], lost: Iterable[int] = ()) -> list[tuple[int, int]]:
    """Half-open runs of positions without a break or a lost frame."""
    gone = {at for at in lost if 0 <= at < n_frames}
    edges = {at for at in (*breaks, *gone, *(at + 1 for at in gone)) if 0 < at < n_frames}
    starts = sorted({0} | edges) if n_frames else []
    return [run for run in zip(starts, [*starts[1:], n_frames], strict=True) if run[0] not in gone] if starts else []


def _clipped(runs: list[tuple[int, int]], *, start: int = 0, stop: int | None = None) -> list[tuple[int, int]]:
    """The parts of runs at or after ``start`` and before ``stop``."""
    parts = [(max(start, one), other if stop is None else min(stop, other)) for one, other in runs]
    return [(one, other) for one, other in parts if one < other]


def _seats(runs: Iterable[tuple[int, int]], frames: int) -> int:
    return sum(max(0, stop - start - frames + 1) for start, stop in runs)


def count_seats(n_frames: int, breaks: Iterable[int], frames: int, *, lost: Iterable[int] = ()) -> int:
    """How many different stacks of ``frames`` consecutive frames there are between the breaks."""
    return _seats(_runs(n_frames, breaks, lost), frames)


def place_stacks(n_frames: int, breaks: Iterable[int], *, frames: int, stacks: int) -> list[range]:
    """Place stacks when all breaks are known.

    Args:
        n_frames: frames in the video.
        breaks: positions before which a break lies.
        frames: frames in a stack.
        stacks: stacks wanted.

    Returns:
        Frame positions of each stack, in order: ``stacks`` of them, or as many as there are seats.

    Raises:
        InputError: a number that makes no sense.
    """
    placer = StackPlacer(n_frames, frames=frames, stacks=stacks, breaks=breaks)
    return [range(at - frames + 1, at + 1) for at in range(n_frames) if placer.feed()]
