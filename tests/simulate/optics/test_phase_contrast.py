"""Zernike's method on things whose picture is known: nothing, thin, thick, wide, out of focus."""

import numpy as np
import pytest

from motilens.simulate.optics.phase_contrast import REFERENCE_UM, WAVELENGTHS_UM, Illumination, intensity

FINE_UM = 0.25
SIZE = 256
MIDDLE = SIZE // 2

AT = (np.arange(SIZE) - MIDDLE) * FINE_UM
AWAY_UM = np.hypot(AT[:, None], AT[None, :])


def disc(phase_rad: float, radius_um: float) -> np.ndarray:
    """A disc with an edge as soft as a grid needs."""
    return phase_rad * np.clip((radius_um - AWAY_UM) / FINE_UM + 0.5, 0, 1)


def ball(phase_rad: float, radius_um: float) -> np.ndarray:
    return phase_rad * np.sqrt(np.clip(1 - (AWAY_UM / radius_um) ** 2, 0, None))


def light(phase: np.ndarray, *, defocus_um: float = 0.0, illumination: Illumination = "phase contrast") -> np.ndarray:
    return intensity(phase, um_per_px=FINE_UM, defocus_um=defocus_um, illumination=illumination)


def test_an_empty_field_is_one_in_all_colours() -> None:
    empty = light(np.zeros((SIZE, SIZE)), defocus_um=3.0)
    assert empty.shape == (3, SIZE, SIZE)
    np.testing.assert_allclose(empty, 1, atol=1e-4)  # of float32 and an FFT


def test_a_thin_thing_is_dark_and_twice_as_thin_half_as_dark() -> None:
    """For a small phase p the intensity falls in proportion to p."""
    deep, half = (light(ball(p, 1.5))[1, MIDDLE, MIDDLE] for p in (0.04, 0.02))
    assert deep < 1
    assert (1 - half) / (1 - deep) == pytest.approx(0.5, abs=0.05)  # the square of p is a few percent of it


def test_a_thick_thing_is_bright() -> None:
    """Near half a wave bent and unbent light add up."""
    head = light(ball(2.6, 1.7))
    assert (head[:, MIDDLE, MIDDLE] > 1.5).all()


def test_a_head_stands_in_a_halo_brighter_than_the_field() -> None:
    head = light(ball(2.2, 1.7))[1]
    ring = [head[(r - 0.15 < AWAY_UM) & (r + 0.15 > AWAY_UM)].mean() for r in (3.0, 4.0, 5.0, 14.0)]
    assert max(ring[:3]) > 1.01
    assert max(ring[:3]) < head[MIDDLE, MIDDLE]
    assert abs(ring[3] - 1) < max(ring[:3]) - 1  # and the halo ends


def test_the_inside_of_a_wide_thing_looks_like_the_field() -> None:
    """Where the phase is even over more than the halo, the ring catches all light: |u (1 - 1 - i r)|^2 / r^2 = 1."""
    wide = light(disc(1.3, 24.0))
    np.testing.assert_allclose(wide[:, MIDDLE, MIDDLE], 1, atol=0.1)


def test_what_is_symmetric_looks_symmetric() -> None:
    picture = light(ball(1.9, 2.0), defocus_um=2.0)[0]
    inner = picture[1:, 1:]  # the grid's middle is a sample, so its first row has no partner
    for other in (inner[::-1], inner[:, ::-1], inner.T):
        np.testing.assert_allclose(inner, other, atol=2e-3 * picture.max())


def test_a_picture_moves_with_the_thing() -> None:
    one = light(ball(2.0, 1.7))
    moved = light(np.roll(ball(2.0, 1.7), (12, -7), axis=(0, 1)))
    np.testing.assert_allclose(np.roll(one, (12, -7), axis=(1, 2)), moved, atol=2e-3 * one.max())


def test_focus_changes_where_the_light_goes_and_not_how_much_there_is() -> None:
    """Parseval: defocus only turns the phases of what the objective passes; what the ring mixes in is smooth."""
    extra = [float((light(ball(1.5, 1.7), defocus_um=z)[1] - 1).sum()) for z in (-8.0, 0.0, 8.0)]
    assert extra[0] == pytest.approx(extra[1], rel=0.05) and extra[2] == pytest.approx(extra[1], rel=0.05)
    sharp, blurred = (light(ball(1.5, 1.7), defocus_um=z)[1] for z in (0.0, 8.0))
    assert np.abs(sharp - blurred).max() > 1


def test_a_thin_thing_out_of_focus_is_pale() -> None:
    sharp, above, below = (abs(light(ball(0.04, 1.0), defocus_um=z)[1, MIDDLE, MIDDLE] - 1) for z in (0.0, 8.0, -8.0))
    assert max(above, below) < 0.7 * sharp


def test_in_bright_field_what_is_thick_is_dark() -> None:
    """|exp((i - 0.12) p)|^2 = exp(-0.24 p) inside a wide object, in each colour for its own phase; no halo."""
    seen = light(disc(1.5, 8.0), illumination="bright field")
    for k, wave in enumerate(WAVELENGTHS_UM):
        assert seen[k, MIDDLE, MIDDLE] == pytest.approx(np.exp(-0.24 * 1.5 * REFERENCE_UM / wave), abs=0.03)
    np.testing.assert_allclose(seen[:, AWAY_UM > 16], 1, atol=0.01)
    np.testing.assert_allclose(light(np.zeros((SIZE, SIZE)), illumination="bright field"), 1, atol=1e-4)


def test_a_phase_of_a_whole_wave_of_a_colour_is_none() -> None:
    """2 pi at a colour's own wavelength: exp(i p) is 1, that colour sees nothing, the others do."""
    for k, wave in enumerate(WAVELENGTHS_UM):
        phase = np.where(AWAY_UM < 2, 2 * np.pi * wave / REFERENCE_UM, 0.0)
        seen = np.abs(light(phase) - 1).max(axis=(1, 2))
        assert seen[k] < 1e-3
        assert (np.delete(seen, k) > 0.1).all()


def test_colours_differ_but_little() -> None:
    """Phases fall with the wavelength, so a head has a tint; it is the same thing in all three."""
    red, _, blue = light(ball(2.0, 1.7))
    assert np.abs(red - blue).max() > 0.01
    assert np.corrcoef(red.ravel(), blue.ravel())[0, 1] > 0.8
