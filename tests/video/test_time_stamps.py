"""Repair of time stamps: each fault on paper, then any stamps at all."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from motilens.video.time_stamps import LEAP_S, Timeline, repaired, without_leaps

MS = 1e-3
NONE = np.nan


def repaired_ms(*stamps_ms: float, interval_ms: float = 20) -> tuple[list[float], tuple[int, ...], tuple[str, ...]]:
    """Times in milliseconds, restarts and problems."""
    timeline = repaired(np.array(stamps_ms) * MS, interval_s=interval_ms * MS)
    return np.round(timeline.times_s / MS, 3).tolist(), timeline.restarts, timeline.problems


def test_the_picture_in_the_docstring() -> None:
    times, restarts, problems = repaired_ms(0, 20, 40, 90_000, 80, 100, 100, 140, 0, 20, 40)
    assert times == [0, 20, 40, 60, 80, 100, 120, 140, 160, 180, 200]
    assert restarts == (8,)
    assert problems == (
        "the time stamp of 1 frame is of another clock; interpolated instead",
        "the clock starts again in 1 place (joined recordings?); no stack spans them",
        "1 frame has the time stamp of another frame; its time is interpolated",
    )


def test_good_stamps_are_kept() -> None:
    for stamps_ms in ([0, 20, 40, 60], [0, 10, 40, 50, 80], [7], [0, 16, 33, 50, 66, 83]):
        times, restarts, problems = repaired_ms(*stamps_ms)
        assert times == [stamp - stamps_ms[0] for stamp in stamps_ms]
        assert (restarts, problems) == ((), ())


@pytest.mark.parametrize("n_after", [2, 3, 5, 60])
@pytest.mark.parametrize("pause_ms", [500, 20_000, 3_000_000])
def test_a_pause_stays_a_pause(pause_ms: int, n_after: int) -> None:
    stamps_ms = [*range(0, 200, 20), *range(200 + pause_ms, 200 + pause_ms + 20 * n_after, 20)]
    assert repaired_ms(*stamps_ms) == (stamps_ms, (), ())


def test_a_pause_after_two_frames_stays_a_pause() -> None:
    stamps_ms = [0, 20, *range(50_000, 50_200, 20)]
    assert repaired_ms(*stamps_ms) == (stamps_ms, (), ())


def test_a_slow_series_keeps_its_times() -> None:
    """A picture each 15 seconds: far apart, but of one clock."""
    stamps_ms = list(range(0, 150_000, 15_000))
    assert repaired_ms(*stamps_ms) == (stamps_ms, (), ())


@pytest.mark.parametrize("at", [0, 1, 5, 19])
def test_one_stamp_of_another_clock_is_interpolated(at: int) -> None:
    """As a recorder that stamps its first frame 0 and the others with the time since 1970."""
    epoch_ms = 1_700_000_000_000
    stamps_ms = [float(epoch_ms + 20 * k) for k in range(20)]
    stamps_ms[at] = 0.0
    times, restarts, problems = repaired_ms(*stamps_ms)
    assert np.allclose(times, np.arange(20) * 20, atol=0.01)
    assert (restarts, problems) == ((), ("the time stamp of 1 frame is of another clock; interpolated instead",))


def test_joined_recordings_are_told_apart() -> None:
    times, restarts, problems = repaired_ms(*range(0, 800, 20), *range(0, 800, 20), *range(0, 800, 20))
    assert times == list(range(0, 2400, 20))
    assert restarts == (40, 80)
    assert problems == ("the clock starts again in 2 places (joined recordings?); no stack spans them",)


def test_a_jump_of_years_is_another_clock() -> None:
    fifty_years_ms = 50 * 365 * 86_400_000
    times, restarts, _ = repaired_ms(*range(0, 200, 20), *range(fifty_years_ms, fifty_years_ms + 200, 20))
    assert np.allclose(times, np.arange(20) * 20, atol=0.01)
    assert restarts == (10,)


def test_stamps_in_the_order_of_decoding_are_put_in_order() -> None:
    """Frames come in the order of display, with the stamps of packets that were stored in another order."""
    assert repaired_ms(0, 60, 20, 40, 120, 80, 100) == ([0, 20, 40, 60, 80, 100, 120], (), ())


def test_missing_stamps_are_interpolated_and_at_the_ends_extrapolated() -> None:
    times, _, problems = repaired_ms(NONE, 20, 40, NONE, 80, 100, NONE, NONE)
    assert times == [0, 20, 40, 60, 80, 100, 120, 140]
    assert problems == ("4 frames have no time stamp; their times are interpolated",)


def test_without_any_stamp_frames_follow_the_header() -> None:
    assert repaired_ms(NONE, NONE, NONE, interval_ms=40)[0] == [0, 40, 80]
    assert repaired_ms(5, 5, 5, interval_ms=40)[0][0] == 0


def test_one_doubled_stamp_in_a_constant_rate_is_filled_in() -> None:
    stamps_ms = list(range(0, 1000, 20))
    stamps_ms[30] = stamps_ms[29]
    times, _, problems = repaired_ms(*stamps_ms)
    assert np.allclose(times, np.arange(50) * 20)
    assert problems == ("1 frame has the time stamp of another frame; its time is interpolated",)


def test_a_doubled_stamp_before_a_pause_stays_before_it() -> None:
    stamps_ms = [*range(0, 100, 20), 80, *range(5000, 5200, 20)]
    times = repaired_ms(*stamps_ms)[0]
    assert times[:7] == [0, 20, 40, 60, 80, 100, 5000]


def test_a_doubled_stamp_after_a_pause_stays_after_it() -> None:
    stamps_ms = [*range(0, 100, 20), 5000, 5000, *range(5020, 5200, 20)]
    times = repaired_ms(*stamps_ms)[0]
    assert times[4:8] == [80, 4980, 5000, 5020]


@pytest.mark.parametrize(("rate_hz", "tick_ms"), [(1500, 1), (60, 1), (60, 50), (240, 15.625), (50, 40)])
def test_a_coarse_clock_gives_even_times(rate_hz: float, tick_ms: float) -> None:
    """A clock that ticks more slowly than frames come: frames of one tick are spread evenly, and nothing is told."""
    true_ms = np.arange(300) * 1000 / rate_hz
    times, restarts, problems = repaired_ms(*(np.floor(true_ms / tick_ms) * tick_ms), interval_ms=1000 / rate_hz)
    assert np.abs(np.array(times) - true_ms).max() <= tick_ms
    intervals = np.diff(times)
    assert intervals.min() > 0.4 * 1000 / rate_hz
    assert intervals.max() < 2.1 * 1000 / rate_hz
    assert (restarts, problems) == ((), ())


def test_a_pause_of_a_coarse_clock_stays_a_pause() -> None:
    """Two frames a tick, then a pause: the last tick's frames stay on its side."""
    stamps_ms = [*np.repeat(np.arange(20), 2).tolist(), *np.repeat(np.arange(5000, 5020), 2).tolist()]
    times = repaired_ms(*stamps_ms, interval_ms=0.5)[0]
    assert times[38:42] == [19, 19.5, 5000, 5000.5]


@pytest.mark.parametrize("power", [31, 50, 62])
def test_stamps_that_leap_keep_their_intervals(power: int) -> None:
    near = without_leaps([0, 20, None, 40, 2**power, 2**power + 20, 2**power + 50], 0.001)
    leap = min(2**power - 40, int(LEAP_S * 1000))
    assert near == [0, 20, None, 40, 40 + leap, 60 + leap, 90 + leap]


def test_stamps_without_leaps_keep_their_differences_in_any_order() -> None:
    assert without_leaps([300, 100, 200, 100], 0.001) == [200, 0, 100, 0]
    assert without_leaps([None, None], 0.001) == [None, None]


@pytest.mark.parametrize("end", [[8, 7], [9, 7, 8], [12, 8, 7, 9, 11, 10]])
def test_the_last_frames_of_a_file_may_be_reordered(end: list[int]) -> None:
    stamps = np.array([0, 3, 1, 2, 6, 4, 5, *end], dtype=float)
    line = repaired(stamps / 25, interval_s=1 / 25)
    assert line.restarts == () and line.problems == ()
    np.testing.assert_allclose(line.times_s, np.sort(stamps) / 25)


@pytest.mark.parametrize("second", [[0, 1, 2, 3], [0.3, 1.3, 2.3], [-500, -499, -498]])
def test_a_clock_that_starts_again_shortly_before_the_end(second: list[float]) -> None:
    stamps = np.array([*range(40), *second], dtype=float)
    line = repaired(stamps / 25, interval_s=1 / 25)
    assert line.restarts == (40,)
    np.testing.assert_allclose(line.times_s, np.arange(len(stamps)) / 25)


def check(timeline: Timeline, n_frames: int) -> None:
    times = timeline.times_s
    assert (len(times), times[0]) == (n_frames, 0)
    assert np.isfinite(times).all()
    assert (np.diff(times) > 0).all()
    assert list(timeline.restarts) == sorted(set(timeline.restarts))
    assert all(0 < restart < n_frames for restart in timeline.restarts)


ANY_STAMP = st.one_of(
    st.none(),
    st.integers(-5, 5),
    st.integers(-(10**6), 10**6),
    st.integers(-(2**50), 2**50),
    st.just(1_700_000_000_000),
)


@given(st.lists(ANY_STAMP, min_size=1, max_size=60), st.sampled_from([1e-3, 1 / 90_000, 1.0, 0.04]))
def test_any_stamps_give_ascending_times(stamps: list[int | None], tick_s: float) -> None:
    seconds = np.array([NONE if stamp is None else stamp * tick_s for stamp in stamps])
    check(repaired(seconds, interval_s=0.02), len(stamps))


@given(st.lists(st.integers(1, 400), min_size=1, max_size=60), st.data())
def test_stamps_that_ascend_are_not_changed_whatever_their_order_in_the_file(
    intervals: list[int], data: st.DataObject
) -> None:
    stamps = np.cumsum([0, *intervals])
    neighbours = data.draw(st.sets(st.integers(0, len(stamps) - 2)))
    shuffled = stamps.copy()
    for k in sorted(neighbours):
        shuffled[[k, k + 1]] = shuffled[[k + 1, k]]
    if shuffled[-1] != stamps[-1] or np.any(np.arange(len(stamps)) - np.argsort(shuffled) > 30):
        return  # a last frame that falls back, and orders that no codec makes
    timeline = repaired(shuffled * MS, interval_s=0.02)
    assert np.allclose(timeline.times_s, stamps * MS)
    assert timeline.problems == ()


def test_memory_does_not_grow_with_time() -> None:
    stamps_s = np.r_[np.arange(100) / 50, 1e9 + np.arange(100) / 50, 3e9 + np.arange(100) / 50]
    tracemalloc.start()
    repaired(stamps_s, interval_s=0.02)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1 << 20
