"""An image to which sprites are added: luma at full size, chroma at half size, with a border for overlaps."""

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
    left, top = int(np.floor(x)) - side // 2, int(np.floor(y)) - side // 2
    tall, wide = plane.shape[:2]
    x0, y0, x1, y1 = max(left, 0), max(top, 0), min(left + side, wide), min(top + side, tall)
    if x0 >= x1 or y0 >= y1:
        return
    cos, sin = 2 * np.cos(turn_rad), 2 * np.sin(turn_rad)
    dx, dy = x0 + 0.5 - x, y0 + 0.5 - y
    middle = len(picture) / 2 - 0.5
    to_picture = np.array([[cos, sin, middle + cos * dx + sin * dy], [-sin, cos, middle - sin * dx + cos * dy]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    patch = cv2.warpAffine(picture, to_picture, (x1 - x0, y1 - y0), flags=flags)
    plane[y0:y1, x0:x1] += patch if weight == 1 else np.float32(weight) * patch


def _fold(padded: np.ndarray, border: int) -> np.ndarray:
    b = border
    inner = padded[b:-b].copy()
    inner[:b] += padded[-b:]
    inner[-b:] += padded[:b]
    picture = inner[:, b:-b].copy()
    picture[:, :b] += inner[:, -b:]
    picture[:, -b:] += inner[:, :b]
    return picture
