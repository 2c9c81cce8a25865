import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from motilens.tracking.ring import LEAST_NOISE_GREY, background_change, ring_beats, ring_offsets

AT = np.array([40.0])


def frame_of(grey: int) -> np.ndarray:
    return np.full((80, 80), grey, np.uint8)


def test_a_ring_on_paper() -> None:
    # Distances 1 to below 1.5 from the middle: four sides and four corners.
    assert sorted(map(tuple, ring_offsets(1.0, 1.5).tolist())) == [
        (-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1)
    ]  # fmt: skip
    assert ring_offsets(0.0, 1.0).tolist() == [[0, 0]]


@given(st.floats(0, 10), st.floats(1, 10))
def test_a_ring_is_round(inner: float, width: float) -> None:
    found = set(map(tuple, ring_offsets(inner, inner + width).tolist()))
    assert {(-y, x) for x, y in found} == found == {(-x, y) for x, y in found}
    assert all(inner <= np.hypot(x, y) < inner + width for x, y in found)


def test_the_background_is_what_most_blocks_change_by() -> None:
    change = np.full((64, 64), 3.0, np.float32)
    change[:32, :16] = 100  # two of sixteen blocks
    assert background_change(change) == 3.0
    assert background_change(np.full((5, 7), 2.0, np.float32)) == 2.0  # smaller than a block


def test_a_beat_on_paper() -> None:
    offsets = ring_offsets(4.0, 8.0)
    before, frame = frame_of(100), frame_of(102)  # everything changes by 2
    assert ring_beats(before, frame, AT, AT, offsets) == pytest.approx([1.0])
    x, y = (40 + offsets).T
    frame[y, x] = 110  # the ring by 10
    assert ring_beats(before, frame, AT, AT, offsets) == pytest.approx([5.0])
    frame[40, 40] = 255  # the head itself does not count
    assert ring_beats(before, frame, AT, AT, offsets) == pytest.approx([5.0])
    assert ring_beats(frame, before, AT, AT, offsets) == pytest.approx([5.0])


def test_nothing_that_changes_is_no_beat_even_without_noise() -> None:
    assert ring_beats(frame_of(9), frame_of(9), AT, AT, ring_offsets(4.0, 8.0)).tolist() == [0.0]
    frame = frame_of(9)
    offsets = ring_offsets(4.0, 8.0)
    x, y = (40 + offsets).T
    frame[y, x] = 10
    assert ring_beats(frame_of(9), frame, AT, AT, offsets) == pytest.approx([1 / LEAST_NOISE_GREY])


def test_at_the_edge_the_part_in_view_counts_and_beyond_it_nothing() -> None:
    offsets = ring_offsets(2.0, 5.0)
    places = np.array([0.0, 79.0, 200.0])
    beats = ring_beats(frame_of(1), frame_of(3), places, places, offsets)
    assert beats[:2] == pytest.approx([1.0, 1.0]) and np.isnan(beats[2])
    assert len(ring_beats(frame_of(1), frame_of(3), np.empty(0), np.empty(0), offsets)) == 0
