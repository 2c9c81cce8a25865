"""Numbers of frames: tables of packets with answers on paper, then any packets at all."""

from collections.abc import Collection, Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from motilens.video.numbering import find_late, number_frames, stamps_of
from tests.video.packets import make_log


def numbered(
    stamps: Sequence[int | None], sources: Sequence[int], *, places: bool = False, hidden: Collection[int] = ()
) -> tuple[list[int], int]:
    """The number of each frame, and the number of frames in the file."""
    numbers = number_frames(make_log(stamps, hidden=hidden), np.array(sources), list(stamps), places=places)
    return numbers.number.tolist(), numbers.n_frames


def all_but(n: int, *silent: int) -> list[int]:
    return [k for k in range(n) if k not in silent]


# --- containers with time stamps


def test_the_picture_in_the_docstring() -> None:
    """Packet 3 left a hole; packet 7, between frames 120 and 140, left none."""
    stamps = [0, 20, 40, 60, 80, 100, 120, 130, 140]
    assert numbered(stamps, all_but(9, 3, 7)) == ([0, 1, 2, 4, 5, 6, 7], 8)


def test_whole_files_are_numbered_from_0() -> None:
    assert numbered([500, 520, 540, 560], [0, 1, 2, 3]) == ([0, 1, 2, 3], 4)
    assert numbered([7], [0]) == ([0], 1)


def test_frames_stored_in_another_order_are_numbered_as_shown() -> None:
    """Packets I P B B: shown I B B P. The second B is lost."""
    assert numbered([0, 60, 20, 40, 80, 100], [0, 2, 1, 4, 5]) == ([0, 1, 3, 4, 5], 6)


def test_the_second_field_of_a_picture_is_no_frame() -> None:
    stamps = list(range(0, 120, 10))
    assert numbered(stamps, [0, 2, 4, 6, 8, 10]) == ([0, 1, 2, 3, 4, 5], 6)


def test_a_hidden_frame_is_no_frame() -> None:
    assert numbered([0, 20, 30, 40, 60], all_but(5, 2), hidden=[2]) == ([0, 1, 2, 3], 4)


def test_lost_frames_at_both_ends_keep_their_numbers() -> None:
    assert numbered([0, 20, 40, 60, 80, 100], [2, 3, 4]) == ([2, 3, 4], 6)


def test_a_pause_is_no_lost_frame() -> None:
    assert numbered([0, 20, 40, 5000, 5020], [0, 1, 2, 3, 4]) == ([0, 1, 2, 3, 4], 5)


def test_a_frame_lost_in_a_pause_is_one_frame() -> None:
    assert numbered([0, 20, 40, 3000, 5000, 5020, 5040], all_but(7, 3)) == ([0, 1, 2, 4, 5, 6], 7)


@pytest.mark.parametrize("stamps", [[0, 20, 20, 60, 80], [0, 20, None, 60, 80]])
def test_with_doubled_or_missing_stamps_frames_are_numbered_in_order(stamps: list[int | None]) -> None:
    assert numbered(stamps, [0, 1, 2, 4]) == ([0, 1, 2, 4], 5)


# --- AVI: stamps are places


def test_empty_places_of_an_avi_are_lost_frames() -> None:
    """FFmpeg passes over an empty chunk: packet 2 has place 4."""
    assert numbered([0, 1, 4, 5, 6], [0, 1, 2, 3, 4], places=True) == ([0, 1, 4, 5, 6], 7)


def test_the_first_places_of_an_avi_may_be_empty() -> None:
    assert numbered([2, 3, 4], [0, 1, 2], places=True) == ([2, 3, 4], 5)


def test_every_other_place_of_an_avi_may_be_empty() -> None:
    assert numbered([0, 2, 4, 6, 8], [0, 1, 2, 3, 4], places=True) == ([0, 2, 4, 6, 8], 9)


def test_packets_of_an_avi_that_do_not_decode_are_lost_frames() -> None:
    assert numbered(range(6), [0, 1, 4], places=True) == ([0, 1, 4], 6)


def test_two_packets_a_picture_are_two_fields() -> None:
    assert numbered(range(10), [0, 2, 4, 6, 8], places=True)[0] == [0, 1, 2, 3, 4]


def test_places_that_are_ticks_of_a_clock_are_no_lost_frames() -> None:
    """An AVI of 1,000 places a second that holds 50 frames of them."""
    assert numbered([0, 20, 40, 60, 100], [0, 1, 2, 3, 4], places=True) == ([0, 1, 2, 3, 5], 6)


# --- which stamps are used


def test_display_comes_before_decoding_but_in_an_avi() -> None:
    log = make_log([0, 60, 20, 40], [-20, 0, 20, 40])
    sources = np.array([0, 2, 3, 1])
    assert stamps_of(log, sources, places=False) == ([0, 60, 20, 40], True)
    assert stamps_of(log, sources, places=True) == ([-20, 0, 20, 40], True)


def test_stamps_of_decoding_serve_where_those_of_display_are_missing() -> None:
    log = make_log([None, None, 20, None], [0, 10, 20, 30])
    assert stamps_of(log, np.arange(4), places=False) == ([0, 10, 20, 30], True)


def test_without_stamps_packets_are_counted() -> None:
    assert stamps_of(make_log([None] * 3), np.arange(3), places=False) == ([0, 1, 2], False)


# --- late frames


def late(stamps: list[int], sources: list[int] | None = None) -> list[int]:
    found = find_late(list(stamps), np.arange(len(stamps)) if sources is None else np.array(sources))
    return np.flatnonzero(found).tolist()


def test_a_frame_that_comes_after_a_later_one_is_late() -> None:
    stamps = list(range(0, 800, 20))
    stamps[20], stamps[21] = stamps[21], stamps[20]
    assert late(stamps) == [21]
    assert late(list(range(0, 800, 20))) == []


def test_many_late_frames_are_wrong_stamps() -> None:
    assert late([20, 0, 60, 40, 100, 80]) == []


def test_a_restart_of_the_clock_is_not_late() -> None:
    assert late([*range(0, 2000, 20), *range(0, 2000, 20)]) == []


# --- any packets


@st.composite
def packets(draw: st.DrawFn) -> tuple[list[int | None], list[int]]:
    """Stamps of packets, and the packets that gave a frame, in order of display where the stamps say one."""
    stamps = draw(st.lists(st.one_of(st.none(), st.integers(-(10**9), 10**9), st.integers(0, 60)), min_size=1))
    sources = draw(st.sets(st.integers(0, len(stamps) - 1), min_size=1))
    order = {k: stamp if stamp is not None else 0 for k, stamp in enumerate(stamps)}
    return stamps, sorted(sources, key=lambda k: order[k])


@given(packets(), st.booleans())
def test_numbers_ascend_and_none_is_beyond_the_last(given_: tuple[list[int | None], list[int]], places: bool) -> None:
    stamps, sources = given_
    if places and any(stamp is None or stamp < 0 or stamp > 1000 for stamp in stamps):
        return
    number, n_frames = numbered(stamps, sources, places=places)
    assert len(number) == len(sources)
    assert all(before < after for before, after in pairwise(number))
    assert number[0] >= 0
    assert number[-1] < n_frames


@given(st.integers(4, 60), st.data())
def test_a_lost_packet_in_a_constant_rate_is_the_frame_that_is_lost(n: int, data: st.DataObject) -> None:
    lost = data.draw(st.sets(st.integers(0, n - 1), max_size=(n - 1) // 3))
    came = all_but(n, *lost)
    assert numbered([20 * k for k in range(n)], came) == (came, n)
    assert numbered(range(n), came, places=True) == (came, n)


@given(st.lists(st.integers(1, 20), min_size=2, max_size=60))
def test_where_every_packet_gave_a_frame_none_is_lost(intervals: list[int]) -> None:
    stamps = np.cumsum(intervals).tolist()
    assert numbered(stamps, range(len(stamps))) == (list(range(len(stamps))), len(stamps))
