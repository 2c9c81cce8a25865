"""Frames in sequence: numbers, times and rate from packets, stamps and changes, with answers on paper."""

from collections.abc import Sequence as Values

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from motilens.video.sequence import Clock, Sequence, sequence_of
from tests.video.packets import make_log

MS = Clock(time_base_s=1e-3, nominal_hz=50.0, assumed=False, places=False)
AVI = Clock(time_base_s=0.02, nominal_hz=50.0, assumed=False, places=True)


def sequence(
    stamps: Values[int | None],
    packets: Values[int] | None = None,
    change: Values[float] | None = None,
    *,
    clock: Clock = MS,
    fps_hz: float | None = None,
    fields: bool = False,
) -> Sequence:
    frames = np.arange(len(stamps)) if packets is None else np.array(packets)
    changes = np.full(len(frames), 5.0) if change is None else np.array(change, dtype=float)
    still = np.zeros(len(frames), dtype=bool)
    return sequence_of(make_log(stamps), frames, changes, still, clock, fps_hz=fps_hz, fields=fields)


def test_a_plain_video() -> None:
    found = sequence(range(0, 1200, 20))
    assert found.number.tolist() == list(range(60))
    assert np.allclose(found.time_s, np.arange(60) / 50)
    assert found.usable.all()
    assert not found.gap.any()
    assert (found.n_frames, found.fps_hz, found.variable_rate) == (60, pytest.approx(50), False)
    assert (found.rate_from, found.problems) == ("time stamps", ())


def test_a_lost_frame_leaves_its_place_in_time() -> None:
    found = sequence(range(0, 200, 20), [0, 1, 2, 4, 5, 6, 7, 8, 9])
    assert found.number.tolist() == [0, 1, 2, 4, 5, 6, 7, 8, 9]
    assert np.allclose(found.time_s * 50, found.number)
    assert found.n_frames == 10


def test_many_lost_frames_are_no_variable_rate() -> None:
    came = [k for k in range(60) if k % 5]
    found = sequence(range(0, 1200, 20), came)
    assert (found.number.tolist(), found.n_frames) == (came, 60)
    assert (found.fps_hz, found.variable_rate) == (pytest.approx(50), False)


def test_an_avi_takes_its_rate_from_the_header() -> None:
    found = sequence([0, 1, 4, 5, 6, 7], clock=AVI)
    assert (found.number.tolist(), found.n_frames) == ([0, 1, 4, 5, 6, 7], 8)
    assert np.allclose(found.time_s * 50, found.number)
    assert (found.rate_from, found.fps_hz) == ("header", pytest.approx(50))


def test_without_stamps_the_header_gives_the_times_and_it_is_said() -> None:
    found = sequence([None] * 10)
    assert np.allclose(found.time_s, np.arange(10) / 50)
    assert (found.rate_from, found.problems) == (
        "header",
        ("no usable time stamps; the header's 50.00 frames a second are used",),
    )


def test_a_rate_that_no_header_states_is_assumed() -> None:
    assumed = Clock(time_base_s=0.04, nominal_hz=25.0, assumed=True, places=True)
    found = sequence(range(10), clock=assumed)
    assert (found.rate_from, found.fps_hz) == ("assumed", pytest.approx(25))


def test_the_users_rate_replaces_that_of_the_file() -> None:
    found = sequence(range(0, 200, 20), [0, 1, 2, 4, 5, 6, 7, 8, 9], fps_hz=100.0)
    assert np.allclose(found.time_s * 100, found.number)
    assert (found.rate_from, found.fps_hz, found.variable_rate) == ("user", 100.0, False)


def test_the_rate_is_the_mean_of_regular_intervals() -> None:
    """60 a second in milliseconds: intervals of 16 and 17, whose median would be 58.8 a second."""
    found = sequence([round(k * 1000 / 60) for k in range(121)])
    assert (found.fps_hz, found.variable_rate) == (pytest.approx(60, abs=0.01), False)


def test_a_pause_is_no_variable_rate_but_many_are() -> None:
    assert not sequence([*range(0, 1000, 20), *range(5000, 6000, 20)]).variable_rate
    webcam = [*range(0, 1000, 20), *range(1000, 3000, 40)]
    assert sequence(webcam).variable_rate


# --- repeats


def test_frames_shown_twice_have_half_the_rate() -> None:
    found = sequence(range(0, 1200, 20), change=[5, 0] * 30)
    assert found.number.tolist() == list(range(0, 60, 2))
    assert found.repeated.tolist() == list(range(1, 60, 2))
    assert np.allclose(found.time_s, np.arange(30) / 25)
    assert (found.fps_hz, found.n_frames, found.variable_rate) == (pytest.approx(25), 60, False)
    assert not found.gap.any()
    assert found.problems == (
        "30 of 60 frames repeat the one before, in a regular pattern; they are dropped, which leaves 25.00 frames a "
        "second",
    )


@pytest.mark.parametrize("n_frames", [60, 61, 62, 65])
def test_25_filed_as_30_are_evenly_spaced(n_frames: int) -> None:
    stamps = [round(k * 1000 / 30) for k in range(n_frames)]
    found = sequence(stamps, change=np.resize([5, 5, 5, 5, 5, 0], n_frames).tolist())
    assert np.allclose(found.time_s, np.arange(len(found.time_s)) / 25, atol=1.5e-3)
    assert (found.fps_hz, found.variable_rate) == (pytest.approx(25, abs=0.1), False)


def test_a_pattern_with_faults_keeps_its_rate_and_its_times() -> None:
    """Of 1,000 frames shown twice, 9 repeats near the start were not recognised."""
    change = np.tile([5.0, 0.0], 500)
    change[1:40:4][:9] = 4.0
    found = sequence(range(0, 20_000, 20), change=change.tolist())
    assert found.fps_hz == pytest.approx(25, rel=1e-3)
    assert (np.diff(found.time_s) > 0).all()
    assert np.abs(found.time_s - found.number / 50).max() < 0.045


def test_the_users_rate_is_that_of_different_pictures() -> None:
    found = sequence(range(0, 1200, 20), change=[5, 0] * 30, fps_hz=30.0)
    assert np.allclose(found.time_s, np.arange(30) / 30)


def test_a_repeat_without_a_pattern_takes_its_time_at_the_users_rate() -> None:
    change = np.full(60, 5.0)
    change[[10, 31, 32]] = 0
    found = sequence(range(0, 1200, 20), change=change.tolist(), fps_hz=100.0)
    assert np.allclose(found.time_s * 100, found.number)


def test_repeats_without_a_pattern_are_gaps() -> None:
    change = np.full(60, 5.0)
    change[[10, 31, 32]] = 0
    found = sequence(range(0, 1200, 20), change=change.tolist())
    assert found.repeated.tolist() == [10, 31, 32]
    assert found.number[found.gap].tolist() == [11, 33]
    assert np.allclose(found.time_s * 50, found.number)
    assert found.problems == (
        "3 of 60 frames repeat the one before, without a pattern; they are dropped, and no stack spans them",
    )


def test_one_repeat_is_told_in_the_singular() -> None:
    change = np.full(60, 5.0)
    change[10] = 0
    (problem,) = sequence(range(0, 1200, 20), change=change.tolist()).problems
    assert problem.startswith("1 of 60 frames repeats the one before, without a pattern")


def test_a_still_picture_is_said() -> None:
    found = sequence(range(0, 1200, 20), change=[0] * 60)
    assert (found.usable.all(), found.problems) == (True, ("the picture never changes",))


# --- restarts, late frames, fields


def test_a_restart_of_the_clock_is_a_gap() -> None:
    found = sequence([*range(0, 1000, 20), *range(0, 1000, 20)])
    assert found.number.tolist() == list(range(100))
    assert np.flatnonzero(found.gap).tolist() == [50]
    assert np.allclose(found.time_s, np.arange(100) / 50)


def test_a_late_frame_is_not_usable_and_counts_as_lost() -> None:
    stamps = list(range(0, 800, 20))
    order = [*range(20), 21, 20, *range(22, 40)]
    found = sequence(stamps, order)
    assert np.flatnonzero(~found.usable).tolist() == [21]
    assert found.number.tolist() == [k for k in range(40) if k != 20]
    assert found.n_frames == 40


def test_two_fields_of_a_frame_are_half_an_interval_apart() -> None:
    found = sequence(range(0, 400, 40), np.repeat(np.arange(10), 2).tolist(), fields=True)
    assert found.number.tolist() == list(range(20))
    assert np.allclose(found.time_s, np.arange(20) / 50)
    assert (found.n_frames, found.fps_hz) == (20, pytest.approx(50))


def test_fields_of_a_lost_frame_are_lost() -> None:
    packets = np.repeat([0, 1, 3, 4], 2).tolist()
    found = sequence(range(0, 200, 40), packets, fields=True)
    assert found.number.tolist() == [0, 1, 2, 3, 6, 7, 8, 9]
    assert np.allclose(found.time_s, found.number / 50)


def test_fields_of_a_frame_that_is_soon_followed_stay_before_the_next() -> None:
    found = sequence([0, 40, 50, 90, 130], np.repeat(np.arange(5), 2).tolist(), fields=True)
    assert np.allclose(found.time_s * 1000, [0, 20, 40, 45, 50, 70, 90, 110, 130, 150])


# --- any video


@given(
    stamps=st.lists(
        st.one_of(st.none(), st.integers(0, 5000), st.integers(-(10**12), 10**12)), min_size=1, max_size=50
    ),
    data=st.data(),
    places=st.booleans(),
    fields=st.booleans(),
    fps_hz=st.one_of(st.none(), st.floats(1, 500)),
)
def test_any_packets_give_a_sequence(
    stamps: list[int | None], data: st.DataObject, places: bool, fields: bool, fps_hz: float | None
) -> None:
    packets = sorted(data.draw(st.sets(st.integers(0, len(stamps) - 1), min_size=1)))
    if places:
        stamps = list(np.cumsum([1 + (stamp or 0) % 3 for stamp in stamps]).tolist())
    frames = [packet for packet in packets for _ in range(1 + fields)]
    changes = st.sampled_from([0.0, 0.1, 4.0, 5.0])
    change = data.draw(st.lists(changes, min_size=len(frames), max_size=len(frames)))
    found = sequence(stamps, frames, change, clock=AVI if places else MS, fps_hz=fps_hz, fields=fields)
    n_usable = int(found.usable.sum())
    assert len(found.usable) == len(frames)
    assert n_usable == len(found.number) == len(found.time_s) == len(found.gap) >= 1
    assert (np.diff(found.number) > 0).all()
    assert (np.diff(found.time_s) > 0).all()
    assert np.isfinite(found.time_s).all()
    assert not set(found.number.tolist()) & set(found.repeated.tolist())
    assert all(0 <= number < found.n_frames for number in [*found.number, *found.repeated])
    assert np.isfinite(found.fps_hz)
    assert found.fps_hz > 0
