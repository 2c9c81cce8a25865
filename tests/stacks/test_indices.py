"""Placing stacks: the picture in the docstring, then what must hold for any video."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from motilens.errors import InputError
from motilens.stacks.indices import find_slots, place_stacks


def slots(n_frames: int, breaks: set[int], frames: int) -> list[int]:
    """Where a stack can begin, by brute force."""
    return [at for at in range(n_frames - frames + 1) if not breaks & set(range(at + 1, at + frames))]


def placed(n_frames: int, breaks: set[int], *, frames: int, stacks: int) -> list[list[int]]:
    return place_stacks(find_slots(n_frames, breaks, frames=frames), frames=frames, stacks=stacks).tolist()


def test_the_picture_in_the_docstring() -> None:
    assert placed(19, {10}, frames=3, stacks=3) == [[2, 3, 4], [7, 8, 9], [14, 15, 16]]


def test_one_stack_lies_in_the_middle() -> None:
    assert placed(101, set(), frames=1, stacks=1) == [[50]]
    assert placed(18, set(), frames=18, stacks=1) == [list(range(18))]


def test_side_by_side_when_they_just_fit() -> None:
    assert placed(100, set(), frames=1, stacks=4) == [[12], [37], [62], [87]]


def test_a_short_video_has_overlapping_stacks_no_two_the_same() -> None:
    assert [stack[0] for stack in placed(20, set(), frames=18, stacks=3)] == [0, 1, 2]
    assert [stack[0] for stack in placed(20, set(), frames=18, stacks=250)] == [0, 1, 2]


@pytest.mark.parametrize(("n_frames", "breaks"), [(17, set()), (0, set()), (30, {15})])
def test_too_short_has_none(n_frames: int, breaks: set[int]) -> None:
    assert placed(n_frames, breaks, frames=18, stacks=5) == []


def test_stacks_are_spread_over_all_that_is_whole() -> None:
    """After a break near the start there are as many stacks before and after it as there is room."""
    first = np.array(placed(1000, {700, 710}, frames=18, stacks=50))[:, 0]
    assert 33 <= (first < 700).sum() <= 36


video = st.tuples(st.integers(0, 120), st.sets(st.integers(0, 120), max_size=8), st.integers(1, 20), st.integers(1, 60))


@given(video)
def test_all_distinct_inside_and_even(case: tuple[int, set[int], int, int]) -> None:
    n_frames, breaks, frames, stacks = case
    possible = slots(n_frames, breaks, frames)
    found = placed(n_frames, breaks, frames=frames, stacks=stacks)
    assert find_slots(n_frames, breaks, frames=frames).tolist() == possible
    assert len(found) == len({tuple(stack) for stack in found}) == min(stacks, len(possible))
    assert all(stack == list(range(stack[0], stack[0] + frames)) and stack[0] in possible for stack in found)
    if stacks <= len(possible):
        # Each in the middle of its share of the slots, to within one slot.
        share = len(possible) / stacks
        for number, stack in enumerate(found):
            assert abs(possible.index(stack[0]) + 0.5 - (number + 0.5) * share) <= 1


def test_numbers_that_make_no_sense() -> None:
    with pytest.raises(InputError, match="n_frames is 5, frames 0; allowed: n_frames 0 or more, frames 1 or more"):
        find_slots(5, (), frames=0)
    with pytest.raises(InputError, match="stacks is 0; allowed: 1 or more"):
        place_stacks(np.arange(3), frames=1, stacks=0)
