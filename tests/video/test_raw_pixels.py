"""Pixels that FFmpeg has no decoder for: from the bytes of one frame, and from an AVI."""

from pathlib import Path

import numpy as np
import pytest

from motilens.video.raw_pixels import PIXEL_FORMATS, raw_picture
from motilens.video.reader import VideoReader
from motilens.video.survey import Survey
from tests.video.avi import avi
from tests.video.scenes import numbered

RAMP = np.add.outer(np.arange(8), np.arange(0, 120, 10)).astype(np.uint8) * 2
"""8 rows of 12 grey values, each different from those around it."""


@pytest.mark.parametrize("code", PIXEL_FORMATS)
def test_every_code_gives_its_grey_values(code: bytes) -> None:
    """A filter mosaic in front of a sensor that sees grey has the same value behind each colour."""
    pixel_format = PIXEL_FORMATS[code]
    deep = pixel_format.endswith("16le")
    grey = np.full((8, 12), 100, np.uint8) if "bayer" in pixel_format else RAMP
    data = (grey.astype("<u2") << 8).tobytes() if deep else grey.tobytes()
    picture = raw_picture(data, pixel_format, 12, 8)
    assert picture is not None
    assert picture.format.name == ("gray16le" if deep else "gray")
    pixels = picture.to_ndarray().astype(int)
    assert np.abs((pixels >> 8 if deep else pixels) - grey).max() <= 1


def test_rows_are_stored_from_the_top_whatever_the_sign_of_the_height() -> None:
    for height in (8, -8):
        picture = raw_picture(RAMP.astype("<u2").tobytes(), "gray16le", 12, height)
        assert picture is not None
        assert np.array_equal(picture.to_ndarray(), RAMP)


@pytest.mark.parametrize(
    ("length", "width", "height"), [(0, 12, 8), (95, 12, 8), (97, 12, 8), (96, 0, 8), (96, -12, 8), (0, 12, 0)]
)
def test_data_of_another_length_gives_no_picture(length: int, width: int, height: int) -> None:
    assert raw_picture(bytes(length), "bayer_bggr8", width, height) is None


# --- AVIs


def write(path: Path, code: bytes, shift: int | None, *, short: int | None = None) -> Path:
    """A numbered video whose grey values are shifted to the left, or of 8 bits; one frame may lack a byte."""
    data = [(pixels if shift is None else pixels.astype("<u2") << shift).tobytes() for pixels in numbered(30)]
    if short is not None:
        data[short] = data[short][:-2]
    path.write_bytes(avi(data, width=128, height=96, code=code, bits=8 if shift is None else 16))
    return path


def read(path: Path) -> tuple[Survey, dict[int, np.ndarray]]:
    with VideoReader(path) as reader:
        return reader.survey, {frame.index: frame.grey() for frame in reader}


@pytest.mark.parametrize(
    ("code", "shift", "bits"), [(b"Y16 ", 8, 16), (b"Y16 ", 4, 12), (b"Y12 ", 4, 12), (b"Y10 ", 2, 10)]
)
def test_deep_grey_of_an_avi(tmp_path: Path, code: bytes, shift: int, bits: int) -> None:
    found, frames = read(write(tmp_path / "v.avi", code, shift))
    assert list(frames) == list(range(30))
    for pixels, drawn in zip(frames.values(), numbered(30), strict=True):
        assert np.array_equal(pixels, drawn)
    assert (found.info.codec, found.info.bit_depth, found.info.bits_used) == (code.decode().strip(), 16, bits)
    scaled = f"16 bits a pixel, of which the lowest {bits} are used; these are scaled to 0-255"
    assert found.problems == ((scaled,) if bits < 16 else ())


def test_a_mosaic_of_an_avi(tmp_path: Path) -> None:
    """Edges are interpolated over a pixel or two; the inside of the squares is exact."""
    found, frames = read(write(tmp_path / "v.avi", b"BA81", None))
    assert (found.info.codec, list(frames)) == ("BA81", list(range(30)))
    inside = np.zeros((96, 128), dtype=bool)
    inside[3:9, [x for x in range(96) if 3 <= x % 12 < 9]] = True
    for pixels, drawn in zip(frames.values(), numbered(30), strict=True):
        assert np.abs(pixels.astype(int) - drawn)[inside].max() <= 1


def test_a_frame_that_is_cut_short_is_lost(tmp_path: Path) -> None:
    found, frames = read(write(tmp_path / "v.avi", b"Y16 ", 8, short=7))
    assert list(frames) == [number for number in range(30) if number != 7]
    assert found.lost == ((7, 8),)
