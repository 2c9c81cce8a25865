"""Lamp and sensor."""

from dataclasses import replace

import numpy as np
import pytest

from motilens.simulate.optics.light import LEVEL_GREY, UNEVEN, Optics, draw_optics, empty_field, noise_sheet
from tests.simulate.scenes import even_optics


def many(n: int, noise: float = 1.0) -> list[Optics]:
    return [
        draw_optics(np.random.default_rng(seed), um_per_px=0.5, height_px=48, width_px=64, noise=noise)
        for seed in range(n)
    ]


def test_the_colour_has_the_level_as_its_luma() -> None:
    """Y = 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601)."""
    for optics in many(20):
        red, green, blue = optics.colour
        assert 0.299 * red + 0.587 * green + 0.114 * blue == pytest.approx(optics.level)
        assert max(abs(red - optics.level), abs(blue - optics.level)) < 0.3 * optics.level  # a tint, no colour


def test_background_differs_from_video_to_video_as_in_visem() -> None:
    levels = [optics.level for optics in many(60)]
    low, high = LEVEL_GREY["phase contrast"]
    assert low <= min(levels) < low + 6 and high - 6 < max(levels) <= high


def test_a_grey_camera_sees_no_tint_and_changes_nothing_else() -> None:
    colour, grey = (
        draw_optics(np.random.default_rng(3), um_per_px=0.5, height_px=100, width_px=100, camera=camera)
        for camera in ("colour", "grey")
    )
    assert grey.colour == (grey.level,) * 3
    assert replace(grey, camera="colour", colour=colour.colour) == colour


def test_bright_field_is_bright() -> None:
    level = draw_optics(
        np.random.default_rng(0), um_per_px=0.5, height_px=100, width_px=100, illumination="bright field"
    ).level
    assert level > LEVEL_GREY["phase contrast"][1]


def test_an_even_light_is_the_level_everywhere() -> None:
    np.testing.assert_array_equal(empty_field(even_optics(level=91.0)), np.float32(91))


@pytest.mark.parametrize("angle", [0.0, 2.0, 4.5])
def test_light_falls_slowly_and_keeps_its_mean(angle: float) -> None:
    """Over the frame by about the share; neighbours differ by a fraction of a grey level."""
    share = UNEVEN[1]
    field = empty_field(replace(even_optics(240, 320, level=90.0), uneven=(share, angle)))
    assert field.mean() == pytest.approx(90, rel=0.01)
    assert 0.3 * share < np.ptp(field) / 90 < 1.6 * share
    assert np.abs(np.diff(field, axis=1)).max() < 0.25 and np.abs(np.diff(field, axis=0)).max() < 0.25
    middle = field[80:160, 107:213].mean()
    corners = np.mean([field[0, 0], field[0, -1], field[-1, 0], field[-1, -1]])
    assert middle > corners


def test_light_falls_in_its_direction() -> None:
    for angle, brighter in ((0.0, (slice(None), slice(-40, None))), (np.pi / 2, (slice(-30, None), slice(None)))):
        field = empty_field(replace(even_optics(240, 320), uneven=(0.06, angle)))
        assert field[brighter].mean() > field[::-1, ::-1][brighter].mean()


def test_the_noise_sheet_has_unit_sd_and_is_larger_than_a_frame() -> None:
    sheet = noise_sheet(np.random.default_rng(0), even_optics(48, 64))
    assert sheet.shape[0] > 48 and sheet.shape[1] > 64
    assert sheet.mean() == pytest.approx(0, abs=0.05) and sheet.std() == pytest.approx(1, rel=0.05)


def test_noise_grows_with_its_share_and_vanishes_with_it() -> None:
    for quiet, usual, loud in zip(many(10, 0.0), many(10, 1.0), many(10, 2.0), strict=True):
        assert (quiet.read_noise, quiet.shot_noise) == (0, 0)
        assert loud.read_noise == pytest.approx(2 * usual.read_noise)
        assert loud.shot_noise == pytest.approx(4 * usual.shot_noise)  # a variance
        assert replace(quiet, read_noise=0.0, shot_noise=0.0) == replace(usual, read_noise=0.0, shot_noise=0.0)


def test_the_shutter_closes_before_the_next_frame() -> None:
    assert all(0 < optics.exposure_s < 1 / 50 for optics in many(60))


def test_sizes() -> None:
    optics = even_optics(100, 200, um_per_px=0.5)
    assert (optics.height_um, optics.width_um) == (50, 100)
