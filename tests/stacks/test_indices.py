"""Placing stacks: the picture in the docstring, then what must hold for any video."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from motilens.errors import InputError
from motilens.stacks.indices import StackPlacer, count_slots, place_stacks


def slots(n_frames: int, breaks: set[int], frames: int) -> list[int]:
    """Where a stack can end, by brute force."""
    return [end for end in range(frames - 1, n_frames) if not breaks & set(range(end - frames + 2, end + 1))]


def test_the_picture_in_the_docstring() -> None:
    placed = place_stacks(19, [10], frames=3, stacks=3)
    assert [list(stack) for stack in placed] == [[2, 3, 4], [7, 8, 9], [14, 15, 16]]


def test_one_stack_lies_in_the_middle() -> None:
    assert place_stacks(101, [], frames=1, stacks=1) == [range(50, 51)]
    assert place_stacks(18, [], frames=18, stacks=1) == [range(0, 18)]


def test_side_by_side_when_they_just_fit() -> None:
    assert [stack[0] for stack in place_stacks(100, [], frames=1, stacks=4)] == [12, 37, 62, 87]


def test_a_short_video_has_overlapping_stacks_no_two_the_same() -> None:
    assert [stack[0] for stack in place_stacks(20, [], frames=18, stacks=3)] == [0, 1, 2]
    assert [stack[0] for stack in place_stacks(20, [], frames=18, stacks=250)] == [0, 1, 2]


def test_too_short_has_none() -> None:
    assert place_stacks(17, [], frames=18, stacks=5) == []
    assert place_stacks(0, [], frames=1, stacks=5) == []
    assert place_stacks(30, [15], frames=18, stacks=5) == []


def test_a_sudden_break_distributes_the_rest_over_what_is_left() -> None:
    placer = StackPlacer(100, frames=10, stacks=9)
    ends = [at for at in range(100) if placer.feed(broken=at == 50)]
    assert ends[:4] == [14, 24, 34, 44]
    assert len(ends) == 9
    later = [end for end in ends if end >= 50]
    assert later[0] >= 59
    assert max(b - a for a, b in pairwise(later)) <= 9
    assert later[-1] > 94


video = st.tuples(st.integers(0, 120), st.sets(st.integers(0, 120), max_size=8), st.integers(1, 20), st.integers(1, 60))


@given(video)
def test_known_breaks_all_distinct_inside_and_even(case: tuple[int, set[int], int, int]) -> None:
    n_frames, breaks, frames, stacks = case
    possible = slots(n_frames, breaks, frames)
    placed = place_stacks(n_frames, breaks, frames=frames, stacks=stacks)
    assert count_slots(n_frames, breaks, frames) == len(possible)
    assert len(placed) == len(set(placed)) == min(stacks, len(possible))
    assert all(len(stack) == frames and stack[-1] in possible for stack in placed)
    if stacks <= len(possible):
        # Each in the middle of its share of the slots, to within one slot.
        share = len(possible) / stacks
        for number, stack in enumerate(placed):
            assert abs(possible.index(stack[-1]) + 0.5 - (number + 0.5) * share) <= 1


@given(video, st.sets(st.integers(0, 120), max_size=8))
def test_sudden_breaks_are_never_crossed(case: tuple[int, set[int], int, int], sudden: set[int]) -> None:
    n_frames, known, frames, stacks = case
    possible = slots(n_frames, known | sudden, frames)
    placer = StackPlacer(n_frames, frames=frames, stacks=stacks, breaks=known)
    promised = []
    for at in range(n_frames):
        if placer.feed(broken=at in sudden):
            promised.append(at)
        assert placer.next_end is None or placer.next_end > at
    assert promised == placer.ends == sorted(set(promised))
    assert set(promised) <= set(possible)
    assert len(promised) <= stacks
    # With every break known the same video gives all that are possible.
    assert len(place_stacks(n_frames, known | sudden, frames=frames, stacks=stacks)) == min(stacks, len(possible))


@given(video)
def test_a_break_told_twice_is_one(case: tuple[int, set[int], int, int]) -> None:
    n_frames, breaks, frames, stacks = case
    placer = StackPlacer(n_frames, frames=frames, stacks=stacks, breaks=breaks)
    assert {at for at in range(n_frames) if placer.feed(broken=at in breaks)} <= set(slots(n_frames, breaks, frames))


def test_numbers_that_make_no_sense() -> None:
    with pytest.raises(InputError, match="n_frames is 5, frames 0, stacks 1; allowed: n_frames 0 or more"):
        StackPlacer(5, frames=0, stacks=1)
    placer = StackPlacer(1, frames=1, stacks=1)
    placer.feed()
    with pytest.raises(InputError, match="frame 1 is beyond the last one; allowed: n_frames, which is 1"):
        placer.feed()
