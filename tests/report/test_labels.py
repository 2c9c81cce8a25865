import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from motilens.report.labels import Box, Spot, place

FRAME = Box(0.0, 0.0, 800.0, 400.0)


def overlapping(boxes: tuple[Box, ...]) -> list[tuple[int, int]]:
    return [(a, b) for a in range(len(boxes)) for b in range(a) if boxes[a].overlap(boxes[b]) > 0]


def test_boxes_overlap_the_shorter_way() -> None:
    assert Box(0.0, 0.0, 10.0, 10.0).overlap(Box(8.0, 3.0, 20.0, 7.0)) == 2
    assert Box(0.0, 0.0, 10.0, 10.0).overlap(Box(10.0, 0.0, 20.0, 10.0)) == 0
    assert Box(-3.0, 0.0, 10.0, 12.0).outside(Box(0.0, 0.0, 10.0, 10.0)) == 5


def test_a_lonely_name_stands_right_beside_its_point() -> None:
    (box,) = place([Spot(100.0, 100.0, 50.0, 10.0)], FRAME)
    assert (box.left, box.right, box.bottom, box.top) == (107, 157, 95, 105)


def test_a_name_stays_inside() -> None:
    (box,) = place([Spot(795.0, 100.0, 50.0, 10.0)], FRAME)
    assert box.outside(FRAME) == 0 and box.right < 795


def test_a_name_avoids_a_line() -> None:
    line = Box(100.0, 0.0, 160.0, 101.0)
    (box,) = place([Spot(100.0, 100.0, 50.0, 10.0)], FRAME, [line])
    assert box.overlap(line) == 0


def test_twenty_names_in_a_crowd_do_not_cover_each_other() -> None:
    chance = np.random.default_rng(0)
    spots = [Spot(300 + float(chance.normal(0, 20)), 60.0 + 15 * k, 70.0, 11.0) for k in range(20)]
    boxes = place(spots, FRAME)
    assert overlapping(boxes) == []
    assert boxes == place(spots, FRAME)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 800), st.floats(0, 400)), max_size=8))
def test_every_name_has_a_place(points: list[tuple[float, float]]) -> None:
    boxes = place([Spot(x, y, 60.0, 11.0) for x, y in points], FRAME)
    assert len(boxes) == len(points)
    assert overlapping(boxes) == []
