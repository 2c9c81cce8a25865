"""The canvas: things land where they should, turned as they should, with all of their light."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motilens.simulate.optics.canvas import Canvas
from motilens.simulate.optics.sprites import Sprite

SIDE = 24


def blob(x: float = 0.0, y: float = 0.0, sd_px: float = 1.5) -> Sprite:
    """A soft spot, in pixels from the middle; its chroma is a third of it in Cb and minus that in Cr."""

    def spot(n: int, per_px: int) -> np.ndarray:
        at = (np.arange(n) + 0.5 - n / 2) / per_px
        return np.exp(-((at[None, :] - x) ** 2 + (at[:, None] - y) ** 2) / (2 * sd_px**2)).astype(np.float32)

    coarse = spot(SIDE, 1)
    return Sprite(100 * spot(2 * SIDE, 2), np.stack([30 * coarse, -30 * coarse], axis=2))


def centre(plane: np.ndarray) -> tuple[float, float]:
    y, x = np.mgrid[: plane.shape[0], : plane.shape[1]] + 0.5
    return float((plane * x).sum() / plane.sum()), float((plane * y).sum() / plane.sum())


@settings(deadline=None, max_examples=40)
@given(x=st.floats(15, 45), y=st.floats(15, 35))
def test_the_middle_lands_where_it_is_put(x: float, y: float) -> None:
    canvas = Canvas(50, 60, 14)
    canvas.add(blob(), x, y, 0.0)
    luma, chroma = canvas.inside()
    assert luma.shape == (50, 60) and chroma.shape == (25, 30, 2)
    # OpenCV rounds places to 1/32 of a sample.
    assert centre(luma) == pytest.approx((x, y), abs=0.05)
    assert centre(chroma[..., 0]) == pytest.approx((x / 2, y / 2), abs=0.05)
    assert centre(-chroma[..., 1]) == pytest.approx((x / 2, y / 2), abs=0.05)


@pytest.mark.parametrize(
    ("turn", "to"), [(0.0, (5, 0)), (np.pi / 2, (0, 5)), (np.pi, (-5, 0)), (np.pi / 4, (3.54, 3.54))]
)
def test_it_turns_from_x_to_y(turn: float, to: tuple[float, float]) -> None:
    canvas = Canvas(60, 60, 14)
    canvas.add(blob(x=5.0), 30.3, 29.6, turn)
    x, y = centre(canvas.inside()[0])
    assert (x - 30.3, y - 29.6) == pytest.approx(to, abs=0.06)


def test_light_is_kept_whatever_the_turn() -> None:
    """Two samples a pixel each way: a quarter of the sprite's sum."""
    expected = blob().luma.sum() / 4
    for turn in np.linspace(0, 6, 7):
        canvas = Canvas(60, 60, 14)
        canvas.add_luma(blob(), 30.2, 28.9, float(turn))
        assert canvas.luma.sum() == pytest.approx(expected, rel=2e-3)
        assert not canvas.chroma.any()


@settings(deadline=None, max_examples=40)
@given(x=st.integers(30, 90), y=st.integers(30, 70))
def test_a_round_object_is_added_as_any_other_at_multiples_of_half_a_pixel(x: int, y: int) -> None:
    turned, round_one = Canvas(50, 60, 14), Canvas(50, 60, 14)
    turned.add_luma(blob(), x / 2, y / 2, 0.0)
    round_one.add_round(blob(), x / 2, y / 2)
    np.testing.assert_allclose(round_one.luma, turned.luma, atol=0.1)
    assert centre(round_one.inside()[0]) == pytest.approx((x / 2, y / 2), abs=0.01)
    assert centre(round_one.inside()[1][..., 0]) == pytest.approx((x / 4, y / 4), abs=0.26)


def test_a_round_object_can_be_without_colour() -> None:
    canvas = Canvas(50, 60, 14)
    canvas.add_round(blob(), 30.0, 25.0, chroma=False)
    assert canvas.luma.any() and not canvas.chroma.any()


def test_weights_and_sums() -> None:
    once, parts = Canvas(60, 60, 14), Canvas(60, 60, 14)
    once.add(blob(), 30.0, 30.0, 0.4)
    for _ in range(4):
        parts.add(blob(), 30.0, 30.0, 0.4, weight=0.25)
    np.testing.assert_allclose(once.luma, parts.luma, atol=1e-3)
    np.testing.assert_allclose(once.chroma, parts.chroma, atol=1e-3)


@pytest.mark.parametrize(("x", "y"), [(0.0, 0.0), (59.9, 30.0), (30.2, 49.7), (3.0, 48.0)])
def test_on_a_torus_light_at_the_edge_is_neither_lost_nor_doubled(x: float, y: float) -> None:
    canvas = Canvas(50, 60, 14)
    canvas.add(blob(), x, y, 0.7)
    luma, chroma = canvas.wrapped()
    assert luma.sum() == pytest.approx(blob().luma.sum() / 4, rel=2e-3)
    middle = Canvas(50, 60, 14)
    middle.add(blob(), x + 30 if x < 30 else x - 30, y + 24 if y < 24 else y - 24, 0.7)
    moved = np.roll(luma, (24, 30), axis=(0, 1)) if (x < 30) == (y < 24) else luma
    if x < 30 and y < 24:
        np.testing.assert_allclose(moved, middle.wrapped()[0], atol=0.2)
    assert chroma.sum() == pytest.approx(0, abs=0.1)  # Cb and Cr were made opposite


@pytest.mark.parametrize(("x", "y"), [(-500.0, 20.0), (20.0, 900.0), (-27.0, 25.0), (1e6, 1e6)])
def test_what_lies_outside_changes_nothing(x: float, y: float) -> None:
    canvas = Canvas(50, 60, 14)
    canvas.add(blob(), x, y, 0.3)
    assert not canvas.luma.any() and not canvas.chroma.any()


def test_what_sticks_out_is_cut_off() -> None:
    canvas = Canvas(50, 60, 14)
    canvas.add(blob(), 0.0, 25.0, 0.0)
    assert canvas.inside()[0].sum() == pytest.approx(canvas.luma.sum() / 2, rel=0.02)


def test_borders_are_even() -> None:
    """Chroma has half of it."""
    assert [Canvas(50, 60, border).border_px for border in (13, 14)] == [14, 14]
