"""Progress of long steps, on a terminal and in a log.

On a terminal each step is a bar with the time left, and leaves one line when it ends. Anywhere else (a log file, a CI
page) bars would be noise: there a step writes a plain line when it starts, one at most every ten seconds, and one when
it ends. Both go to stderr, so that stdout holds results alone.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn
from rich.progress import Task as RichTask
from rich.text import Text

from motilens.progress import Progress as ProgressProtocol
from motilens.progress import Task as TaskProtocol

QUIET_S = 10.0
"""Least time between two plain lines of one step."""

FOUND_DONE_S = 1.0
"""Steps that come within this time of the start were found done by a resumed run; they say nothing about speed."""


@contextmanager
def terminal_progress(
    *, console: Console | None = None, clock: Callable[[], float] = time.monotonic
) -> Iterator[ProgressProtocol]:
    """Show the progress of long steps while the block runs.

    Args:
        console: where to; stderr if None. Bars are drawn if it is a terminal, else plain lines are written.
        clock: seconds, never going back.

    Yields:
        What the library's functions take as ``progress``.
    """
    console = console or Console(stderr=True)
    if not console.is_terminal or console.is_dumb_terminal:
        yield _Lines(console, clock)
        return
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=30),
        TextColumn("{task.fields[meter].counted}", markup=False),
        _TimeColumn(""),
        TextColumn("{task.fields[note]}", style="dim", markup=False),
    )
    with Progress(*columns, console=console, get_time=clock, transient=True) as bars:
        yield _Bars(bars, clock)


class Meter:
    """Count and time of one step, with an estimate of the time left.

    Attributes:
        done: steps done so far.
        total: steps there are.
    """

    def __init__(self, total: int, clock: Callable[[], float]) -> None:
        self.total = total
        self.done = 0
        self._clock = clock
        self._start_s = self._counted_from_s = clock()
        self._found_done = 0

    def advance(self, steps: int) -> None:
        """Count ``steps`` more, up to the total: a damaged video may hold more frames than it says."""
        self.done = min(self.done + steps, max(self.total, self.done))
        if self.elapsed_s < FOUND_DONE_S:
            self._found_done, self._counted_from_s = self.done, self._clock()

    @property
    def elapsed_s(self) -> float:
        """Seconds since the start."""
        return self._clock() - self._start_s

    @property
    def left_s(self) -> float | None:
        """Seconds left at the speed so far, or None while nothing is known about it."""
        worked = self.done - self._found_done
        if worked <= 0:
            return None
        return (self._clock() - self._counted_from_s) / worked * max(0, self.total - self.done)

    @property
    def counted(self) -> str:
        """Such as ``12/30``."""
        return f"{self.done}/{self.total}"

    @property
    def timed(self) -> str:
        """Such as ``40 s, 1 min left``."""
        left_s = self.left_s
        return f"{duration(self.elapsed_s)}, {'time left unknown' if left_s is None else f'{duration(left_s)} left'}"

    def closing(self, name: str, note: str) -> str:
        """The line that stays when the step has ended, early or not."""
        how = "in" if self.done >= self.total else "then stopped after"
        return f"{name}: {self.counted} {how} {duration(self.elapsed_s)}{_bracketed(note)}"


def duration(seconds: float) -> str:
    """Write a time for people: ``8 s``, ``3 min 20 s``, ``2 h 5 min``."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def _print(console: Console, line: str) -> None:
    console.print(line, markup=False, highlight=False, soft_wrap=True)


def _bracketed(note: str) -> str:
    return f" ({note})" if note else ""


class _Lines:
    """Progress as plain lines."""

    def __init__(self, console: Console, clock: Callable[[], float]) -> None:
        self._console = console
        self._clock = clock

    @contextmanager
    def task(self, name: str, total: int) -> Iterator[TaskProtocol]:
        task = _LinesTask(name, Meter(total, self._clock), self._write, self._clock)
        self._write(f"{name}: 0/{total}")
        try:
            yield task
        finally:
            self._write(task.meter.closing(name, task.note))

    def _write(self, line: str) -> None:
        _print(self._console, line)


class _LinesTask:
    def __init__(self, name: str, meter: Meter, write: Callable[[str], None], clock: Callable[[], float]) -> None:
        self.meter = meter
        self.note = ""
        self._name = name
        self._write = write
        self._clock = clock
        self._written_s = clock()

    def advance(self, steps: int = 1, *, note: str = "") -> None:
        self.meter.advance(steps)
        self.note = note
        now_s = self._clock()
        if now_s - self._written_s >= QUIET_S and self.meter.done < self.meter.total:
            self._written_s = now_s
            self._write(f"{self._name}: {self.meter.counted}, {self.meter.timed}{_bracketed(note)}")


class _Bars:
    """Progress as Rich bars."""

    def __init__(self, bars: Progress, clock: Callable[[], float]) -> None:
        self._bars = bars
        self._clock = clock

    @contextmanager
    def task(self, name: str, total: int) -> Iterator[TaskProtocol]:
        meter = Meter(total, self._clock)
        task = _BarTask(self._bars, self._bars.add_task(name, total=total, meter=meter, note=""), meter)
        try:
            yield task
        finally:
            self._bars.remove_task(task.bar)
            _print(self._bars.console, meter.closing(name, task.note))


class _BarTask:
    def __init__(self, bars: Progress, bar: TaskID, meter: Meter) -> None:
        self.bar = bar
        self.note = ""
        self._bars = bars
        self._meter = meter

    def advance(self, steps: int = 1, *, note: str = "") -> None:
        self._meter.advance(steps)
        self.note = note
        self._bars.update(self.bar, completed=self._meter.done, note=note)


class _TimeColumn(TextColumn):
    """Time elapsed and time left, computed anew at each refresh.

    Rich's own estimate forgets everything older than 30 s, so it never knows the time left of slow steps.
    """

    def render(self, task: RichTask) -> Text:
        return Text(task.fields["meter"].timed, style="cyan")
