"""Choosing frames by time: on paper first, then for any camera."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from motilens.errors import TooSlowError
from motilens.video.timing import FrameChoice, choose_frames, time_error_ms
from tests.video.surveys import make_survey


def choose(times_s: np.ndarray, fps_hz: float, *, variable: bool = False, force_slow: bool = False) -> FrameChoice:
    found = make_survey(times_s, fps_hz, variable=variable)
    return choose_frames(found, rate_hz=50.0, rate_tolerance=0.05, force_slow=force_slow)


@pytest.mark.parametrize("fps_hz", [48.0, 49.0, 50.0, 50.18, 52.0])
def test_near_50_is_taken_frame_by_frame(fps_hz: float) -> None:
    choice = choose(np.arange(100) / fps_hz, fps_hz)
    assert choice.position.tolist() == list(range(100))
    assert (choice.breaks, choice.by_time, choice.problems) == ((), False, ())


def test_100_gives_every_other_frame() -> None:
    choice = choose(np.arange(101) / 100, 100.0)
    assert choice.position.tolist() == list(range(0, 101, 2))
    assert (choice.breaks, choice.by_time) == ((), True)


def repeated(times_s: np.ndarray, fps_hz: float, *, moved: tuple[int, ...] = ()) -> FrameChoice:
    found = make_survey(times_s, fps_hz, moved=moved)
    return choose_frames(found, rate_hz=50.0, rate_tolerance=0.05, repeated_from_hz=24.0)


def test_25_repeats_each_frame_once_where_that_is_allowed() -> None:
    choice = repeated(np.arange(26) / 25, 25.0)
    # A tick half-way between two frames shows the earlier one.
    assert choice.position.tolist() == [tick // 2 for tick in range(51)]
    assert (choice.breaks, choice.by_time) == ((), True)
    assert choice.problems == ("frames are repeated, since there are 25 a second instead of 50",)
    with pytest.raises(TooSlowError):
        choose(np.arange(26) / 25, 25.0)


def test_30_repeats_the_nearest_frame() -> None:
    choice = repeated(np.arange(31) / 30, 30.0)
    assert choice.position.tolist() == [round(tick * 30 / 50 - 1e-9) for tick in range(51)]


def test_repeating_does_not_span_gaps_or_stage_moves() -> None:
    times_s = np.r_[np.arange(10), np.arange(20, 30)] / 25
    choice = repeated(times_s, 25.0, moved=(15,))
    assert set(choice.position.tolist()) == set(range(20))
    starts = [choice.position[at] for at in choice.breaks]
    assert starts == [10, 15]


def test_frames_below_the_lowest_rate_are_not_repeated() -> None:
    with pytest.raises(TooSlowError, match="20 frames a second"):
        repeated(np.arange(21) / 20, 20.0)


def test_60_gives_the_nearest() -> None:
    choice = choose(np.arange(61) / 60, 60.0)
    assert choice.position.tolist() == [round(tick * 60 / 50) for tick in range(51)]
    assert choice.breaks == ()


def test_the_picture_in_the_docstring() -> None:
    times_s = np.array([0, 22, 41, 64, 98, 104, 120]) / 1000
    choice = choose(times_s, 50.0, variable=True)
    assert choice.position.tolist() == [0, 1, 2, 3, 4, 6]
    assert choice.breaks == (4,)  # no frame within 10 ms of 80
    assert choice.problems == ("too few frames for 50 a second in 1 place; no stack spans them",)


def test_a_frame_between_two_ticks_serves_one() -> None:
    choice = choose(np.array([0, 30, 60]) / 1000, 50.0, variable=True)
    assert choice.position.tolist() == [0, 1, 2]
    assert choice.breaks == (2,)


def test_a_gap_in_a_constant_rate_is_a_break() -> None:
    times_s = np.r_[np.arange(50), 53 + np.arange(50)] / 50
    choice = choose(times_s, 50.0)
    assert choice.position.tolist() == list(range(100))
    assert choice.breaks == (50,)
    assert choice.problems == ("frames are missing in 1 place (gaps in the time stamps)",)


def test_too_slow_is_refused_and_can_be_forced() -> None:
    with pytest.raises(
        TooSlowError, match=r"v\.avi has 25 frames a second, 50 are needed \(at least 47\.5\).*--force-slow"
    ):
        choose(np.arange(50) / 25, 25.0)
    choice = choose(np.arange(50) / 25, 25.0, force_slow=True)
    assert choice.position.tolist() == list(range(50))
    assert choice.problems == ("forced: all frames are used although there are 25 a second instead of 50",)


@given(st.lists(st.floats(0.001, 0.08), min_size=1, max_size=80))
def test_by_time_holds_for_any_times(intervals_s: list[float]) -> None:
    times_s = np.r_[0, np.cumsum(intervals_s)]
    choice = choose(times_s, 60.0, variable=True)
    taken_s, breaks = times_s[choice.position], {0, *choice.breaks, len(choice.position)}
    assert (np.diff(choice.position) > 0).all()
    for start, stop in zip(sorted(breaks), sorted(breaks)[1:], strict=False):
        first_tick = round(float(taken_s[start]) * 50)
        # Within a run every tick has its own frame, no further than half a tick away.
        candidates = [
            np.arange(tick, tick + stop - start) / 50 for tick in (first_tick - 1, first_tick, first_tick + 1)
        ]
        assert min(np.abs(taken_s[start:stop] - ticks).max() for ticks in candidates) <= 0.01 + 1e-6


def test_time_error() -> None:
    assert time_error_ms(np.arange(18)[None] / 50 + 3, 50.0) == 0
    assert time_error_ms(np.array([[0, 0.02, 0.045]]), 50.0) == pytest.approx(5)
    assert time_error_ms(np.arange(18)[None] / 48, 50.0) == pytest.approx(17 * (1000 / 48 - 20), abs=1e-3)
    assert time_error_ms(np.zeros((0, 18)), 50.0) == 0


@pytest.mark.parametrize("fps_hz", [50.0, 100.0])
def test_stage_moves_and_gaps_are_breaks_at_any_rate(fps_hz: float) -> None:
    found = make_survey(np.arange(200) / fps_hz, fps_hz, moved=[41, 42], gaps=[100])
    choice = choose_frames(found, rate_hz=50.0, rate_tolerance=0.05)
    assert [int(choice.position[at]) for at in choice.breaks] == ([41, 42, 100] if fps_hz == 50 else [42, 100])


def test_a_pause_of_years_costs_nothing() -> None:
    times_s = np.r_[0.0, 1e9 + np.arange(100) / 100]
    choice = choose(times_s, 100.0)
    assert len(choice.position) == 51 and choice.breaks == (1,)


@pytest.mark.parametrize(
    ("facts", "remedy"),
    [
        ({}, "with --force-slow, or give the true rate with --fps"),
        ({"rate_from": "user"}, "with --force-slow"),
        ({"interlaced": True}, "with --force-slow, or make two frames of each interlaced one with --deinterlace"),
    ],
)
def test_the_remedy_fits_the_video(facts: dict[str, object], remedy: str) -> None:
    found = make_survey(np.arange(50) / 25, 25.0)
    found = replace(found, info=found.info.model_copy(update=facts))
    with pytest.raises(TooSlowError, match=rf"{remedy}$"):
        choose_frames(found, rate_hz=50.0, rate_tolerance=0.05)
