"""Lamp and camera of one video: level and unevenness of the light, tint, exposure, noise, dirt that stays."""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float32

Luma = Float32[np.ndarray, "height width"]
"""Grey levels 0-255, not yet rounded."""

LEVEL_GREY = (59.0, 104.0)
UNEVEN = (0.05, 0.09)


@dataclass(frozen=True)
class Optics:
    """What all fields of a video share.

    Attributes:
        um_per_px: side of a pixel.
        height_px, width_px: of the frame, even.
        level: luma of an empty field.
        colour: red, green and blue of an empty field; their luma is ``level``.
        uneven: by what share the light varies over the frame, and the direction in which it falls, in radians.
        tail_grey: luma that a tail takes away where it is darkest.
        exposure_s: how long the shutter is open.
        read_noise, shot_noise: variance of a pixel is read^2 + shot * luma, in grey levels.
    """

    um_per_px: float
    height_px: int
    width_px: int
    level: float
    colour: tuple[float, float, float]
    uneven: tuple[float, float]
    tail_grey: float
    exposure_s: float
    read_noise: float
    shot_noise: float

    @property
    def height_um(self) -> float:
        """Of the frame."""
        return self.height_px * self.um_per_px

    @property
    def width_um(self) -> float:
        """Of the frame."""
        return self.width_px * self.um_per_px


def draw_optics(
    rng: np.random.Generator, *, um_per_px: float, height_px: int, width_px: int, noise: float = 1.0
) -> Optics:
    """Draw a video's optics; ``noise`` is the sensor's over that of a usual video."""
    red, blue = 1.06 + 0.03 * rng.standard_normal(), 0.94 + 0.03 * rng.standard_normal()
    level = float(rng.uniform(*LEVEL_GREY))
    green = level / (0.299 * red + 0.587 + 0.114 * blue)
    return Optics(
        um_per_px=um_per_px,
        height_px=height_px,
        width_px=width_px,
        level=level,
        colour=(float(red) * green, green, float(blue) * green),
        uneven=(float(rng.uniform(*UNEVEN)), float(rng.uniform(0, 2 * np.pi))),
        tail_grey=float(rng.uniform(30, 40)),
        exposure_s=float(rng.uniform(0.006, 0.014)),
        read_noise=noise * float(rng.uniform(1.2, 2.2)),
        shot_noise=noise**2 * float(rng.uniform(0.005, 0.02)),
    )


def empty_field(optics: Optics) -> Luma:
    """Luma of an empty field: falls towards one side and towards the corners."""
    share, angle = optics.uneven
    at_y, at_x = np.linspace(-0.5, 0.5, optics.height_px), np.linspace(-0.5, 0.5, optics.width_px)
    y, x = np.meshgrid(at_y, at_x, indexing="ij")
    fall = 0.6 * (np.cos(angle) * x + np.sin(angle) * y) - 0.7 * (x**2 + y**2 - 1 / 6)
    return (optics.level * (1 + share * fall)).astype(np.float32)


def noise_sheet(rng: np.random.Generator, optics: Optics) -> Luma:
    """Noise of unit spread, larger than a frame: each frame takes a part of its own, which is cheap and looks fresh."""
    shape = (optics.height_px + SHEET_EXTRA_PX, optics.width_px + SHEET_EXTRA_PX)
    sheet = cv2.GaussianBlur(rng.standard_normal(shape, dtype=np.float32), (0, 0), _GRAIN_PX)
    return np.asarray(sheet / sheet.std(), np.float32)


SHEET_EXTRA_PX = 128
_GRAIN_PX = 0.7
"""A colour camera fills in each pixel from its neighbours, so its noise is not fresh in every pixel."""
