"""Sprites: grids fine enough, pictures without an edge, colours that make the luma, no pixel beyond white."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from motilens.simulate.morphology import Form, phase_map
from motilens.simulate.optics.light import Optics
from motilens.simulate.optics.sprites import RADIUS_UM, Sprite, grid, make_sprite, radius_px
from tests.simulate.scenes import LEVEL, UM_PER_PX, even_optics

HEAD = Form(head_um=(4.1, 2.8))


def head_sprite(optics: Optics, form: Form = HEAD, **settings: float) -> Sprite:
    size, fine_um = grid(optics.um_per_px)
    return make_sprite(phase_map(form, um_per_px=fine_um, size=size), optics, **settings)


@given(st.floats(0.2, 12))
def test_grids_are_fine_enough_and_whole(um_per_px: float) -> None:
    size, fine_um = grid(um_per_px)
    assert fine_um <= 0.25 + 1e-9  # what the objective resolves
    assert size * fine_um == pytest.approx(2 * radius_px(um_per_px) * um_per_px)
    assert size * fine_um >= 2 * RADIUS_UM - 1e-6
    assert size % (2 * radius_px(um_per_px)) == 0


@pytest.mark.parametrize("um_per_px", [UM_PER_PX, 0.99, 2.475])
def test_a_sprite_has_two_samples_a_pixel_and_no_edge(um_per_px: float) -> None:
    sprite = head_sprite(even_optics(um_per_px=um_per_px))
    side = 2 * radius_px(um_per_px)
    assert sprite.luma.shape == (2 * side, 2 * side) and sprite.chroma.shape == (side, side, 2)
    border = np.concatenate([sprite.luma[0], sprite.luma[-1], sprite.luma[:, 0], sprite.luma[:, -1]])
    assert np.abs(border).max() < 0.5  # less than a grey level


def test_a_head_is_bright_in_its_middle_and_never_beyond_white() -> None:
    sprite = head_sprite(even_optics())
    middle = len(sprite.luma) // 2
    assert sprite.luma[middle - 1 : middle + 1, middle - 1 : middle + 1].min() > 50
    assert sprite.luma.max() <= 255 - LEVEL + 0.5
    brighter = head_sprite(even_optics(level=200.0, colour=(200.0, 200.0, 200.0)))  # type: ignore[arg-type]
    assert brighter.luma.max() <= 55.5


def test_the_middle_of_a_round_head_is_the_middle_of_the_sprite() -> None:
    """Without a midpiece: light is spread alike to all sides, to within a sample."""
    form = replace(HEAD, head_um=(3.4, 3.4), taper=0.0, midpiece_um=(4.0, 1e-6))
    luma = np.clip(head_sprite(even_optics(), form).luma.astype(float) - 30, 0, None)
    at = np.arange(len(luma)) - (len(luma) - 1) / 2
    assert (luma.sum(axis=0) @ at) / luma.sum() == pytest.approx(0, abs=0.1)
    assert (luma.sum(axis=1) @ at) / luma.sum() == pytest.approx(0, abs=0.1)


def test_nothing_pictured_is_nothing() -> None:
    size, _ = grid(UM_PER_PX)
    sprite = make_sprite(np.zeros((size, size)), even_optics())
    assert np.abs(sprite.luma).max() < 0.05 and np.abs(sprite.chroma).max() < 0.05


def test_a_head_in_grey_light_is_nearly_grey() -> None:
    """Cb and Cr are the differences of blue and red from the luma: far smaller than it."""
    sprite = head_sprite(even_optics())
    assert np.abs(sprite.chroma).max() < 0.5 * np.abs(sprite.luma).max()


def test_out_of_focus_a_head_looks_otherwise() -> None:
    """By more than ten grey levels somewhere, or nobody could tell."""
    sharp, blurred = (head_sprite(even_optics(), defocus_um=z).luma for z in (0.0, 8.0))
    assert np.abs(blurred - sharp).max() > 10
