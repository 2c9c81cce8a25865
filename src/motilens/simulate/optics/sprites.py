"""Computes sprites: small images of heads, specks and round cells, computed once and drawn many times."""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float32

from motilens.simulate.optics.light import Optics
from motilens.simulate.optics.phase_contrast import PhaseMap, intensity

RADIUS_UM = 10.0
"""Default radius of a sprite: that of a head with midpiece and halo."""

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
    empty = np.array(optics.colour, np.float32)[:, None, None]
    light = intensity(phase_rad, um_per_px=fine_um, defocus_um=defocus_um)
    blur = float(np.hypot(_CAMERA_BLUR_PX, _WASH_OUT * defocus_um / optics.um_per_px)) * size / side
    window = _window(2 * side)
    seen = np.clip(light * empty, 0, 255)  # the camera saturates
    red, green, blue = (
        window * (cv2.resize(cv2.GaussianBlur(c, (0, 0), blur), (2 * side, 2 * side), interpolation=cv2.INTER_AREA) - e)
        for c, e in zip(seen, optics.colour, strict=True)
    )
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    chroma = np.stack([0.564 * (blue - luma), 0.713 * (red - luma)], axis=2)
    coarse = cv2.resize(chroma, (side, side), interpolation=cv2.INTER_AREA)
    return Sprite(luma.astype(np.float32), np.asarray(coarse, np.float32))


def _window(size: int) -> np.ndarray:
    """Compute a window that is 1 inside and falls to 0 at the border, so that a sprite has no edge."""
    at = np.minimum(np.arange(size) + 0.5, size - np.arange(size) - 0.5) / (size * _EDGE_SHARE)
    ramp = np.clip(at, 0, 1)
    ramp = ramp * ramp * (3 - 2 * ramp)
    return (ramp[:, None] * ramp[None, :]).astype(np.float32)
