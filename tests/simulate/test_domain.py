"""The torus around the view: who leaves it comes in on the other side, out of sight."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from motilens.simulate.domain import MARGIN_UM, Domain
from tests.simulate.scenes import even_optics

OPTICS = even_optics(100, 140)
ROOM = Domain.around(OPTICS)


@pytest.mark.parametrize("um_per_px", [0.38, 0.495, 0.99, 9.9])
def test_the_room_is_larger_than_the_view_by_the_reach_of_a_cell(um_per_px: float) -> None:
    optics = even_optics(100, 140, um_per_px=um_per_px)
    domain = Domain.around(optics)
    assert (domain.height_px, domain.width_px) == (100 + 2 * domain.margin_px, 140 + 2 * domain.margin_px)
    assert domain.margin_px % 2 == 0 and domain.margin_px * um_per_px >= MARGIN_UM
    assert domain.width_um == pytest.approx(domain.width_px * um_per_px)
    assert domain.times_view(optics) == pytest.approx(domain.height_px * domain.width_px / 14_000)


def test_the_corner_of_the_view() -> None:
    corner_um = np.array([ROOM.margin_px, ROOM.margin_px]) * ROOM.um_per_px
    np.testing.assert_allclose(ROOM.in_view(corner_um, (0.0, 0.0)), 0, atol=1e-9)
    np.testing.assert_allclose(ROOM.in_view(corner_um, (3.0, -5.0)), [-3, 5], atol=1e-9)


@given(x=st.floats(-1e4, 1e4), y=st.floats(-1e4, 1e4), turns=st.integers(-3, 3))
def test_places_repeat_beyond_the_edges(x: float, y: float, turns: int) -> None:
    place = np.array([x, y])
    further = place + turns * np.array([ROOM.width_um, ROOM.height_um])
    here, there = ROOM.in_view(place, (0.0, 0.0)), ROOM.in_view(further, (0.0, 0.0))
    size = np.array([ROOM.width_px, ROOM.height_px])
    apart = np.abs(here - there)
    np.testing.assert_allclose(np.minimum(apart, size - apart), 0, atol=1e-6)  # rounding may fall to either edge
    assert (here >= -ROOM.margin_px).all() and (here <= size - ROOM.margin_px).all()


def test_the_jump_is_out_of_sight() -> None:
    """A walk of three rooms' widths in small steps: where the place jumps, it is a margin away from the view."""
    way = np.stack([np.linspace(0, 3 * ROOM.width_um, 5000), np.full(5000, ROOM.height_um / 2)], axis=1)
    x = ROOM.in_view(way, (0.0, 0.0))[:, 0]
    jumps = np.flatnonzero(np.abs(np.diff(x)) > 10)
    assert len(jumps) in (2, 3)  # the end may fall on one
    for k in jumps:
        for at in (x[k], x[k + 1]):
            assert at < -ROOM.margin_px + 1 or at > OPTICS.width_px + ROOM.margin_px - 1
