"""Small pictures of things, made once and drawn often: what a head, a speck, a round cell adds to the empty field."""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float32

from motilens.simulate.optics.light import Optics
from motilens.simulate.optics.phase_contrast import PhaseMap, intensity

RADIUS_UM = 10.0
"""How far a sprite reaches, unless it is asked for a larger one: a head with midpiece and halo."""

_FINEST_UM = 0.25
_EDGE_SHARE = 0.12
_CAMERA_BLUR_PX = 0.75
"""A pixel's own area and the camera's blur."""

_WASH_OUT = 0.05
"""The lamp's ring lights a thing from all around, and each direction shifts what is out of focus its own way: blur as
a share of the depth."""


@dataclass(frozen=True)
class Sprite:
    """A thing's picture over the empty field.

    Attributes:
        luma: (y, x), two samples a pixel, grey levels above the empty field.
        chroma: (y, x, 2), one sample a pixel; blue and red difference (Cb, Cr) above the empty field.
    """

    luma: Float32[np.ndarray, "fine fine"]
    chroma: Float32[np.ndarray, "coarse coarse 2"]


def radius_px(um_per_px: float, radius_um: float = RADIUS_UM) -> int:
    """Half of a sprite's side, in pixels."""
    return int(np.ceil(radius_um / um_per_px))


def grid(um_per_px: float, radius_um: float = RADIUS_UM) -> tuple[int, float]:
    """Side of the grid on which phases are given, in samples, and the side of a sample in um."""
    finer = 2 * int(np.ceil(um_per_px / 2 / _FINEST_UM))
    return 2 * radius_px(um_per_px, radius_um) * finer, um_per_px / finer


def make_sprite(phase_rad: PhaseMap, optics: Optics, *, defocus_um: float = 0.0) -> Sprite:
    """Picture a thing.

    Args:
        phase_rad: on the grid that ``grid`` gives.
        optics: of the video.
        defocus_um: how far above the focal plane it lies.
    """
    _, fine_um = grid(optics.um_per_px)
    size = len(phase_rad)
    side = round(size * fine_um / optics.um_per_px)
    empty = np.array(optics.colour, np.float32)[:, None, None]
    light = intensity(phase_rad, um_per_px=fine_um, defocus_um=defocus_um)
    blur = float(np.hypot(_CAMERA_BLUR_PX, _WASH_OUT * defocus_um / optics.um_per_px)) * size / side
    window = _window(2 * side)
    seen = np.clip(light * empty, 0, 255)  # a pixel that is full stays full
    red, green, blue = (
        window * (cv2.resize(cv2.GaussianBlur(c, (0, 0), blur), (2 * side, 2 * side), interpolation=cv2.INTER_AREA) - e)
        for c, e in zip(seen, optics.colour, strict=True)
    )
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    chroma = np.stack([0.564 * (blue - luma), 0.713 * (red - luma)], axis=2)
    coarse = cv2.resize(chroma, (side, side), interpolation=cv2.INTER_AREA)
    return Sprite(luma.astype(np.float32), np.asarray(coarse, np.float32))


def _window(size: int) -> np.ndarray:
    """1 inside, falling to 0 at the border, so that a sprite has no edge."""
    at = np.minimum(np.arange(size) + 0.5, size - np.arange(size) - 0.5) / (size * _EDGE_SHARE)
    ramp = np.clip(at, 0, 1)
    ramp = ramp * ramp * (3 - 2 * ramp)
    return (ramp[:, None] * ramp[None, :]).astype(np.float32)
