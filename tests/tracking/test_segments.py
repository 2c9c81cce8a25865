import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from motilens.tracking.segments import choose_frames, find_segments
from tests.video.surveys import make_survey


def test_the_picture_of_the_module() -> None:
    found = [(0, 8), (8, 16), (16, 18), (18, 26)]
    assert choose_frames(found, 12) == [(2, 5), (10, 13), (16, 18), (20, 24)]


def test_a_segment_ends_at_moves_gaps_in_time_and_missing_frames() -> None:
    times_s = np.arange(20) / 50
    times_s[15:] += 0.1
    found = make_survey(times_s, 50.0, moved=[5, 6], gaps=[11])
    assert find_segments(found) == [(0, 5), (7, 11), (11, 15), (15, 20)]
    assert find_segments(make_survey(times_s[:10], 50.0)) == [(0, 10)]
    assert find_segments(make_survey(times_s[:2], 50.0, moved=[0, 1])) == []


def test_eight_segments_of_six_seconds_give_three_each() -> None:
    found = [(300 * k + 5, 300 * (k + 1)) for k in range(8)]
    assert [stop - first for first, stop in choose_frames(found, 1200)] == [150] * 8


def test_no_segment_gives_nothing() -> None:
    assert choose_frames([], 100) == []


@given(st.lists(st.integers(1, 400), max_size=9), st.integers(1, 2000), st.integers(1, 20))
def test_as_many_frames_as_there_are_or_as_asked_for(lengths: list[int], wanted: int, between: int) -> None:
    starts = np.cumsum([0, *(length + between for length in lengths)]).tolist()
    found = [(start, start + length) for start, length in zip(starts, lengths, strict=False)]
    parts = choose_frames(found, wanted)
    taken = [stop - first for first, stop in parts]
    assert sum(taken) == min(wanted, sum(lengths))
    inside = [next(s for s in found if s[0] <= part[0] and part[1] <= s[1]) for part in parts]
    assert inside == sorted(set(inside))  # one part of each, in order
    whole = [n == stop - first for n, (first, stop) in zip(taken, inside, strict=True)]
    shared = [n for n, is_whole in zip(taken, whole, strict=True) if not is_whole]
    assert not shared or (max(shared) - min(shared) <= 1 and max(taken) <= max(shared))


@pytest.mark.parametrize("wanted", [1, 3])
def test_fewer_frames_than_segments(wanted: int) -> None:
    assert len(choose_frames([(0, 10), (20, 30), (40, 50), (60, 70)], wanted)) == wanted
