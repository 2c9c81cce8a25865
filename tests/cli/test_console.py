import io
from collections.abc import Iterator

import pytest
from rich.console import Console

from motilens.cli.console import Meter, duration, terminal_progress


class Clock:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "160")
    yield Terminal()


def test_a_log_gets_a_line_at_the_start_then_every_ten_seconds_then_at_the_end(clock: Clock) -> None:
    log = io.StringIO()
    with terminal_progress(console=Console(file=log), clock=clock) as progress, progress.task("extract I4", 30) as task:
        for _ in range(30):
            clock.now_s += 4
            task.advance(note="video 82")
    lines = log.getvalue().splitlines()
    assert lines[0] == "extract I4: 0/30"
    assert lines[1] == "extract I4: 3/30, 12 s, 1 min 48 s left (video 82)"
    assert lines[2] == "extract I4: 6/30, 24 s, 1 min 36 s left (video 82)"
    assert lines[-1] == "extract I4: 30/30 in 2 min 0 s (video 82)"
    assert len(lines) == 1 + 9 + 1


def test_a_fast_step_writes_two_lines(clock: Clock) -> None:
    log = io.StringIO()
    with (
        terminal_progress(console=Console(file=log), clock=clock) as progress,
        progress.task("read", 1000) as task,
    ):
        for _ in range(1000):
            task.advance()
    assert log.getvalue().splitlines() == ["read: 0/1000", "read: 1000/1000 in 0 s"]


def test_a_step_that_fails_says_how_far_it_came(clock: Clock) -> None:
    log = io.StringIO()
    with (
        pytest.raises(ValueError, match="disk"),
        terminal_progress(console=Console(file=log), clock=clock) as progress,
        progress.task("extract", 3) as task,
    ):
        task.advance()
        clock.now_s += 5
        raise ValueError("disk")
    assert log.getvalue().splitlines()[-1] == "extract: 1/3 then stopped after 5 s"


def test_steps_within_steps_each_have_their_lines(clock: Clock) -> None:
    log = io.StringIO()
    with terminal_progress(console=Console(file=log), clock=clock) as progress, progress.task("folds", 1) as folds:
        with progress.task("epochs", 1) as epochs:
            epochs.advance()
        folds.advance()
    assert log.getvalue().splitlines() == ["folds: 0/1", "epochs: 0/1", "epochs: 1/1 in 0 s", "folds: 1/1 in 0 s"]


def test_a_terminal_gets_a_bar_with_the_time_left_and_keeps_one_line(clock: Clock, terminal: Terminal) -> None:
    with (
        terminal_progress(console=Console(file=terminal), clock=clock) as progress,
        progress.task("fit [I4]", 10) as task,
    ):
        clock.now_s += 30
        task.advance(5, note="R2 0.83")
        clock.now_s += 1
    text = terminal.getvalue()
    assert "━" in text
    assert "fit [I4]: 5/10 then stopped after 31 s (R2 0.83)" in text


def test_the_bar_shows_count_time_left_and_note(clock: Clock, terminal: Terminal) -> None:
    with terminal_progress(console=Console(file=terminal), clock=clock) as progress, progress.task("train", 10) as task:
        clock.now_s += 30
        task.advance(5, note="R2 0.83")
        progress._bars.refresh()  # pyright: ignore[reportAttributeAccessIssue]  # draw now, not at the next tick
    text = terminal.getvalue()
    assert "5/10" in text
    assert "30 s, 30 s left" in text
    assert "R2 0.83" in text


def test_a_dumb_terminal_gets_lines(clock: Clock, terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    with terminal_progress(console=Console(file=terminal), clock=clock) as progress, progress.task("train", 1) as task:
        task.advance()
    assert terminal.getvalue() == "train: 0/1\ntrain: 1/1 in 0 s\n"


def test_work_found_done_says_nothing_about_the_time_left(clock: Clock) -> None:
    meter = Meter(100, clock)
    meter.advance(90)  # a resumed run finds these finished
    assert meter.left_s is None
    clock.now_s += 10
    meter.advance(1)
    assert meter.left_s == pytest.approx(90)


def test_time_left_of_steps_slower_than_any_window(clock: Clock) -> None:
    meter = Meter(4, clock)
    clock.now_s += 600
    meter.advance(1)
    assert meter.left_s == pytest.approx(1800)


def test_more_than_all_is_all(clock: Clock, terminal: Terminal) -> None:
    meter = Meter(100, clock)
    meter.advance(90)
    meter.advance(50)  # a file with more frames than its header says
    assert meter.counted == "100/100"
    with terminal_progress(console=Console(file=terminal), clock=clock) as progress, progress.task("train", 10) as task:
        task.advance(15)
        progress._bars.refresh()  # pyright: ignore[reportAttributeAccessIssue]  # draw now, not at the next tick
    assert "15" not in terminal.getvalue()


def test_a_step_of_nothing_ends_as_done(clock: Clock) -> None:
    assert Meter(0, clock).closing("videos", "") == "videos: 0/0 in 0 s"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.4, "0 s"), (59.4, "59 s"), (59.6, "1 min 0 s"), (200.0, "3 min 20 s"), (7500.0, "2 h 5 min")],
)
def test_durations(seconds: float, words: str) -> None:
    assert duration(seconds) == words
