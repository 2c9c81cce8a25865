"""An image to which sprites are added: luma at full size, chroma at half size, with a border for overlaps."""

import math

import cv2
import numpy as np
from jaxtyping import Float32

from motilens.simulate.optics.sprites import Sprite


class Canvas:
    """Luma and chroma relative to the empty field.

    Attributes:
        luma: (y, x), with a border of ``border_px`` on each side.
        chroma: (y, x, 2), at half size, with half the border.
    """

    def __init__(self, height_px: int, width_px: int, border_px: int) -> None:
        self.height_px, self.width_px = height_px, width_px
        self.border_px = 2 * ((border_px + 1) // 2)
        tall, wide = height_px + 2 * self.border_px, width_px + 2 * self.border_px
        self.luma = np.zeros((tall, wide), np.float32)
        self.chroma = np.zeros((tall // 2, wide // 2, 2), np.float32)

    def add(self, sprite: Sprite, x_px: float, y_px: float, turn_rad: float, *, weight: float = 1.0) -> None:
        """Add a sprite with its centre at a position (the centre of the first pixel is at 0.5), turned from x to y."""
        self.add_luma(sprite, x_px, y_px, turn_rad, weight=weight)
        self.add_chroma(sprite, x_px, y_px, turn_rad, weight=weight)

    def add_luma(self, sprite: Sprite, x_px: float, y_px: float, turn_rad: float, *, weight: float = 1.0) -> None:
        """Add the luma of a sprite; see ``add``."""
        _add(self.luma, sprite.luma, x_px + self.border_px, y_px + self.border_px, turn_rad, weight)

    def add_chroma(self, sprite: Sprite, x_px: float, y_px: float, turn_rad: float, *, weight: float = 1.0) -> None:
        """Add the chroma of a sprite; see ``add``."""
        half = self.border_px / 2
        _add(self.chroma, sprite.chroma, x_px / 2 + half, y_px / 2 + half, turn_rad, weight)

    def add_round(self, sprite: Sprite, x_px: float, y_px: float, *, chroma: bool = True) -> None:
        """Add the sprite of a round object, not turned, its centre rounded to half a pixel of each plane."""
        _stamp(self.luma, sprite.luma, x_px + self.border_px, y_px + self.border_px)
        if chroma:
            half = self.border_px / 2
            _stamp(self.chroma, sprite.chroma, x_px / 2 + half, y_px / 2 + half)

    def wrapped(self) -> tuple[Float32[np.ndarray, "y x"], Float32[np.ndarray, "y2 x2 2"]]:
        """Remove the border from luma and chroma, and add what lies in it on the opposite side."""
        return _fold(self.luma, self.border_px), _fold(self.chroma, self.border_px // 2)

    def inside(self) -> tuple[Float32[np.ndarray, "y x"], Float32[np.ndarray, "y2 x2 2"]]:
        """Return views of luma and chroma without the border."""
        b, h = self.border_px, self.border_px // 2
        return self.luma[b:-b, b:-b], self.chroma[h:-h, h:-h]


def _add(plane: np.ndarray, picture: np.ndarray, x: float, y: float, turn_rad: float, weight: float) -> None:
    """Add a picture with two samples for each pixel of the plane; parts outside the plane are ignored."""
    side = len(picture) // 2
    left, top = math.floor(x) - side // 2, math.floor(y) - side // 2
    tall, wide = plane.shape[:2]
    x0, y0, x1, y1 = max(left, 0), max(top, 0), min(left + side, wide), min(top + side, tall)
    if x0 >= x1 or y0 >= y1:
        return
    cos, sin = 2 * math.cos(turn_rad), 2 * math.sin(turn_rad)
    dx, dy = x0 + 0.5 - x, y0 + 0.5 - y
    middle = len(picture) / 2 - 0.5
    to_picture = np.array([[cos, sin, middle + cos * dx + sin * dy], [-sin, cos, middle - sin * dx + cos * dy]])
    patch = cv2.warpAffine(picture, to_picture, (x1 - x0, y1 - y0), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    if weight != 1:
        patch *= np.float32(weight)
    plane[y0:y1, x0:x1] += patch


def _stamp(plane: np.ndarray, picture: np.ndarray, x: float, y: float) -> None:
    """Add a picture with two samples for each pixel of the plane, which must have room for all of it.

    With the centre at a multiple of half a pixel, each pixel of the plane is the mean of two by two samples::

        picture    0 1 2 3 4 5 6 7      first sample at a whole pixel: pixels 01 23 45 67
        pixels     | 0 | 1 | 2 | 3 |    half a pixel later: 12 34 56, and the faint samples 0 and 7 are left out
    """
    side = len(picture) // 2
    first_x, first_y = round(2 * x) - side, round(2 * y) - side
    x0, y0 = first_x % 2, first_y % 2
    wide, tall = side - x0, side - y0
    left, top = (first_x + x0) // 2, (first_y + y0) // 2
    samples = picture[y0 : y0 + 2 * tall, x0 : x0 + 2 * wide]
    plane[top : top + tall, left : left + wide] += cv2.resize(samples, (wide, tall), interpolation=cv2.INTER_AREA)


def _fold(padded: np.ndarray, border: int) -> np.ndarray:
    b = border
    inner = padded[b:-b].copy()
    inner[:b] += padded[-b:]
    inner[-b:] += padded[:b]
    picture = inner[:, b:-b].copy()
    picture[:, :b] += inner[:, -b:]
    picture[:, -b:] += inner[:, :b]
    return picture
