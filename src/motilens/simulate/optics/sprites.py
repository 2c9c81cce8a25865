"""Computes sprites: small images of heads, specks and round cells, computed once and drawn many times."""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from jaxtyping import Float32

from motilens.simulate.optics.light import Optics
from motilens.simulate.optics.phase_contrast import PhaseMap, intensity

RADIUS_UM = 10.0
"""Default radius of a sprite: that of a head with midpiece and halo."""

LUMA_SHARES = (0.299, 0.587, 0.114)
"""Shares of red, green and blue in luma."""

_FINEST_UM = 0.25
_EDGE_SHARE = 0.12
_CAMERA_BLUR_PX = 0.75
"""Standard deviation of the blur by the camera, pixel area included."""

_WASH_OUT = 0.05
"""Blur as a share of the depth: the annular illumination displaces what is out of focus in all directions."""


@dataclass(frozen=True)
class Sprite:
    """Image of an object, relative to the empty field.

    Attributes:
        luma: (y, x), two samples a pixel, in grey levels.
        chroma: (y, x, 2), one sample a pixel; blue and red difference (Cb, Cr).
    """

    luma: Float32[np.ndarray, "fine fine"]
    chroma: Float32[np.ndarray, "coarse coarse 2"]


def radius_px(um_per_px: float, radius_um: float = RADIUS_UM) -> int:
    """Convert the radius of a sprite to pixels, rounded up."""
    return int(np.ceil(radius_um / um_per_px))


def grid(um_per_px: float, radius_um: float = RADIUS_UM) -> tuple[int, float]:
    """Compute the grid on which phases are given: its side in samples, and the width of a sample in um."""
    finer = 2 * int(np.ceil(um_per_px / 2 / _FINEST_UM))
    return 2 * radius_px(um_per_px, radius_um) * finer, um_per_px / finer


def make_sprite(phase_rad: PhaseMap, optics: Optics, *, defocus_um: float = 0.0) -> Sprite:
    """Compute the sprite of an object.

    Args:
        phase_rad: phase delay on the grid of ``grid``.
        optics: the video's optics.
        defocus_um: height of the object above the focal plane.
    """
    _, fine_um = grid(optics.um_per_px)
    size = len(phase_rad)
    side = round(size * fine_um / optics.um_per_px)
    empty = np.array(optics.colour, np.float32)
    light = intensity(phase_rad, um_per_px=fine_um, defocus_um=defocus_um, illumination=optics.illumination)
    light = np.moveaxis(light, 0, 2)
    seen = np.minimum(np.multiply(light, empty, order="C"), 255)  # the camera saturates
    blur = float(np.hypot(_CAMERA_BLUR_PX, _WASH_OUT * defocus_um / optics.um_per_px)) * size / side
    above = cv2.resize(cv2.GaussianBlur(seen, (0, 0), blur), (2 * side, 2 * side), interpolation=cv2.INTER_AREA) - empty
    above *= _window(2 * side)[..., None]
    luma = above @ np.array(LUMA_SHARES, np.float32)
    chroma = np.stack([0.564 * (above[..., 2] - luma), 0.713 * (above[..., 0] - luma)], axis=2)
    coarse = cv2.resize(chroma, (side, side), interpolation=cv2.INTER_AREA)
    return Sprite(luma, np.asarray(coarse, np.float32))


@lru_cache(maxsize=8)
def _window(size: int) -> np.ndarray:
    """Compute a window that is 1 inside and falls to 0 at the border, so that a sprite has no edge."""
    at = np.minimum(np.arange(size) + 0.5, size - np.arange(size) - 0.5) / (size * _EDGE_SHARE)
    ramp = np.clip(at, 0, 1)
    ramp = ramp * ramp * (3 - 2 * ramp)
    return (ramp[:, None] * ramp[None, :]).astype(np.float32)
