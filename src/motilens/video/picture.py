"""A colour image as videos store it: luma at full size, chroma at half size."""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import UInt8

from motilens.errors import InputError


@dataclass(frozen=True)
class Picture:
    """One image in YCbCr 4:2:0, full range (ITU-T T.871).

    Attributes:
        luma: (y, x), 0 black to 255 white; height and width are even.
        chroma: (2, y / 2, x / 2), Cb and Cr; 128 is neutral.
    """

    luma: UInt8[np.ndarray, "height width"]
    chroma: UInt8[np.ndarray, "2 half_height half_width"]

    def __post_init__(self) -> None:
        height, width = self.luma.shape
        if height % 2 or width % 2 or self.chroma.shape != (2, height // 2, width // 2):
            raise InputError(
                f"luma is {list(self.luma.shape)} and chroma {list(self.chroma.shape)}; "
                "allowed: even height and width, and a chroma of (2, height / 2, width / 2)"
            )

    def __repr__(self) -> str:
        return f"Picture(luma=uint8{list(self.luma.shape)})"

    def rgb(self) -> UInt8[np.ndarray, "height width 3"]:
        """Convert to red, green and blue, (y, x, 3)."""
        size = self.luma.shape[::-1]
        cb, cr = (
            cv2.resize(plane, size, interpolation=cv2.INTER_LINEAR).astype(np.float32) - 128 for plane in self.chroma
        )
        y = self.luma.astype(np.float32)
        colours = np.stack([y + 1.402 * cr, y - 0.344136 * cb - 0.714136 * cr, y + 1.772 * cb], axis=2)
        return np.clip(np.rint(colours), 0, 255).astype(np.uint8)
