"""Which frames become stacks: integers alone, decided in one forward pass.

A stack of S consecutive frames is known by the frame it ends at. A place where a stack can end is a *seat*: the S frames
up to it lie inside the video and no break lies between them. K stacks are spread evenly over the seats, each in the
middle of its share::

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

from bisect import bisect_left
from collections.abc import Iterable, Sequence

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

    Raises:
        InputError: a number that makes no sense.
    """

    def __init__(self, n_frames: int, *, frames: int, stacks: int, breaks: Iterable[int] = ()) -> None:
        if n_frames < 0 or frames < 1 or stacks < 1:
            raise InputError(
                f"n_frames is {n_frames}, frames {frames}, stacks {stacks}; allowed: n_frames 0 or more, the others 1 or more"
            )
        self._n_frames, self._frames, self._stacks = n_frames, frames, stacks
        self._starts = sorted({0, *(at for at in breaks if 0 < at < n_frames)})
        self._seats_from = _seats_ahead(self._starts, n_frames, frames)
        self._at = 0
        self._run = 0
        self._phase = 0  # shares gone by since the start, in parts
        self._seats_left = self._seats_from[0] if n_frames else 0
        self._step_from = (0, self._seats_left)  # phase and seats left when seats were last taken away
        self.ends: list[int] = []
        """Positions at which a stack ends, so far."""

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
        known = self._is_start(self._at)
        if broken and not known:
            self._run = 0
            self._lose_seats()
        elif known:
            self._run = 0
        self._run += 1
        ends_here = self._run >= self._frames and self._take_seat()
        if ends_here:
            self.ends.append(self._at)
        self._at += 1
        return ends_here

    def _is_start(self, at: int) -> bool:
        where = bisect_left(self._starts, at)
        return where < len(self._starts) and self._starts[where] == at

    def _lose_seats(self) -> None:
        """An unannounced break: the current run's seats begin again S - 1 frames later."""
        run_end, after = self._current_run()
        self._seats_left = max(0, run_end - self._at - self._frames + 1) + after
        self._step_from = (self._phase, self._seats_left)

    def _current_run(self) -> tuple[int, int]:
        """Where the run of this frame ends at the latest, and the seats after that."""
        where = bisect_left(self._starts, self._at + 1)
        if where == len(self._starts):
            return self._n_frames, 0
        return self._starts[where], self._seats_from[where]

    def _take_seat(self) -> bool:
        self._seats_left -= 1
        phase, seats = self._step_from
        self._phase = phase + (self._stacks * _PARTS - phase) * (seats - self._seats_left) // seats
        owed = self._stacks - len(self.ends)
        # The second rule only bites where seats are as few as stacks.
        due = self._phase > len(self.ends) * _PARTS + _PARTS // 2
        return owed > 0 and (due or owed > self._seats_left)


def _seats_ahead(starts: Sequence[int], n_frames: int, frames: int) -> list[int]:
    """Seats in each run and all later ones."""
    stops = [*starts[1:], n_frames]
    ahead, total = [0] * len(starts), 0
    for where in reversed(range(len(starts))):
        total += max(0, stops[where] - starts[where] - frames + 1)
        ahead[where] = total
    return ahead


def count_seats(n_frames: int, breaks: Iterable[int], frames: int) -> int:
    """How many different stacks of ``frames`` consecutive frames there are between the breaks."""
    if n_frames < 1:
        return 0
    return _seats_ahead(sorted({0, *(at for at in breaks if 0 < at < n_frames)}), n_frames, frames)[0]


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
