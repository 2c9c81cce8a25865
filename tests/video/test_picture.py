"""Colour frames as videos store them."""

import numpy as np
import pytest

from motilens.errors import InputError
from motilens.video.picture import Picture


def even(luma: int, cb: int, cr: int, height: int = 4, width: int = 6) -> Picture:
    chroma = np.stack([np.full((height // 2, width // 2), value, np.uint8) for value in (cb, cr)])
    return Picture(np.full((height, width), luma, np.uint8), chroma)


@pytest.mark.parametrize("grey", [0, 77, 128, 255])
def test_grey_is_grey(grey: int) -> None:
    """Without colour differences red, green and blue are the luma."""
    rgb = even(grey, 128, 128).rgb()
    assert rgb.shape == (4, 6, 3) and rgb.dtype == np.uint8
    assert (rgb == grey).all()


@pytest.mark.parametrize("rgb", [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0), (200, 120, 40)])
def test_colours_known_from_the_standard(rgb: tuple[int, int, int]) -> None:
    """ITU-T T.871: Y = .299 R + .587 G + .114 B, Cb = 128 + (B - Y) / 1.772, Cr = 128 + (R - Y) / 1.402, rounded."""
    red, green, blue = rgb
    y = 0.299 * red + 0.587 * green + 0.114 * blue
    cb, cr = (min(255, round(128 + value)) for value in ((blue - y) / 1.772, (red - y) / 1.402))
    np.testing.assert_allclose(even(round(y), cb, cr).rgb(), np.broadcast_to(rgb, (4, 6, 3)), atol=2)  # roundings


def test_luma_keeps_its_pixels_and_colour_is_half_as_fine() -> None:
    rng = np.random.default_rng(0)
    luma = rng.integers(60, 200, (8, 10), np.uint8)
    grey = Picture(luma, np.full((2, 4, 5), 128, np.uint8))
    np.testing.assert_array_equal(grey.rgb()[..., 1], luma)
    chroma = np.full((2, 4, 5), 128, np.uint8)
    chroma[1, :, 3:] = 168  # the right side is red
    red, _, blue = np.moveaxis(Picture(np.full((8, 10), 100, np.uint8), chroma).rgb().astype(int), 2, 0)
    assert (red - blue)[:, :4].max() == 0 and (red - blue)[:, 8:].min() > 40


@pytest.mark.parametrize(
    ("luma", "chroma"), [((5, 6), (2, 2, 3)), ((4, 7), (2, 2, 3)), ((4, 6), (2, 4, 6)), ((4, 6), (2, 3, 2))]
)
def test_sizes_that_do_not_fit_are_refused(luma: tuple[int, int], chroma: tuple[int, int, int]) -> None:
    with pytest.raises(
        InputError, match=rf"luma is \[{luma[0]}, {luma[1]}\] and chroma .*; allowed: even height and width"
    ):
        Picture(np.zeros(luma, np.uint8), np.zeros(chroma, np.uint8))


def test_it_prints_its_shape_and_no_pixels() -> None:
    assert repr(even(0, 0, 0)) == "Picture(luma=uint8[4, 6])"
