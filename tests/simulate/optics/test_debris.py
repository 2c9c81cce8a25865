"""Specks and round cells: more of them where more are asked for, on a torus without a seam."""

import numpy as np

from motilens.simulate.domain import Domain
from motilens.simulate.optics.debris import FLOAT_SHARES, Layer, draw_layers, draw_specks
from tests.simulate.scenes import even_optics

OPTICS = even_optics(96, 128, um_per_px=0.99)  # a coarser domain is drawn faster
ROOM = Domain.around(OPTICS)


def layers(amount: float = 1.0, seed: int = 0) -> tuple[Layer, ...]:
    rng = np.random.default_rng(seed)
    return draw_layers(rng, ROOM, OPTICS, draw_specks(rng, OPTICS), amount=amount)


def test_a_layer_covers_the_room_and_the_first_one_is_stuck() -> None:
    drawn = layers()
    assert len(drawn) == len(FLOAT_SHARES)
    assert drawn[0].speed == 0 and all(layer.speed > 0 for layer in drawn[1:])
    assert len({layer.speed for layer in drawn}) == len(drawn)  # so they glide over one another
    for layer in drawn:
        assert layer.luma.shape == (ROOM.height_px, ROOM.width_px)
        assert layer.chroma.shape == (2, ROOM.height_px // 2, ROOM.width_px // 2)


def test_more_is_more() -> None:
    """The area that stands out by more than the haze does (some 4 standard deviations) grows with their number."""
    areas = [
        float(np.mean([(np.abs(layers(a, k)[0].luma) > 10).mean() for k in range(4)])) for a in (0.0, 0.5, 1.0, 3.0)
    ]
    assert areas == sorted(areas)
    assert areas[3] > 1.5 * areas[1]


def test_a_layer_has_no_seam() -> None:
    """The step from the last row to the first, and columns, is like any other."""
    for layer in layers(2.0):
        for axis in (0, 1):
            inside = np.abs(np.diff(layer.luma, axis=axis)).mean()
            plane = np.moveaxis(layer.luma, axis, 0)
            seam = np.abs(plane[0] - plane[-1]).mean()
            assert seam < 3 * inside


def test_specks_are_small_and_of_many_kinds() -> None:
    """Most are dark dots; few are so small that the grid of phases has no sample in them."""
    specks = draw_specks(np.random.default_rng(1), OPTICS)
    peaks = np.array([np.abs(speck.luma).max() for speck in specks])
    assert (peaks > 0.1).mean() > 0.7
    assert len(set(peaks.round(3).tolist())) > 10
    darker = [abs(speck.luma.min()) > speck.luma.max() for speck in specks]
    assert np.mean(darker) > 0.5


def test_the_same_generator_strews_the_same() -> None:
    one, again, other = layers(seed=3), layers(seed=3), layers(seed=4)
    for a, b, c in zip(one, again, other, strict=True):
        np.testing.assert_array_equal(a.luma, b.luma)
        np.testing.assert_array_equal(a.chroma, b.chroma)
        assert (a.luma != c.luma).any()
