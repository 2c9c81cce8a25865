"""Draws the lamp and camera of one video: level, unevenness and tint of the light, exposure, noise."""

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from jaxtyping import Float32

from motilens.simulate.optics.phase_contrast import Illumination

Luma = Float32[np.ndarray, "height width"]
"""Grey levels 0-255, not rounded."""

Camera = Literal["colour", "grey"]

LEVEL_GREY: dict[Illumination, tuple[float, float]] = {"phase contrast": (59.0, 104.0), "bright field": (150.0, 210.0)}
TAIL_GREY: dict[Illumination, tuple[float, float]] = {"phase contrast": (33.0, 43.0), "bright field": (24.0, 40.0)}
UNEVEN = (0.05, 0.09)


@dataclass(frozen=True)
class Optics:
    """Optical properties that all fields of a video share.

    Attributes:
        um_per_px: width of a pixel in um.
        height_px, width_px: size of a frame, even numbers.
        level: luma of an empty field.
        colour: red, green and blue of an empty field; their luma is ``level``.
        uneven: share by which the light varies over the frame, and the direction in which it falls, in radians.
        tail_grey: luma that a tail absorbs where it is darkest.
        exposure_s: exposure time.
        read_noise, shot_noise: a pixel has the variance read_noise^2 + shot_noise * luma, in grey levels.
        camera: a grey camera's pictures have no chroma.
        illumination: heads are bright in phase contrast and dark in bright field.
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
    camera: Camera = "colour"
    illumination: Illumination = "phase contrast"

    @property
    def height_um(self) -> float:
        """Height of a frame in um."""
        return self.height_px * self.um_per_px

    @property
    def width_um(self) -> float:
        """Width of a frame in um."""
        return self.width_px * self.um_per_px


def draw_optics(
    rng: np.random.Generator,
    *,
    um_per_px: float,
    height_px: int,
    width_px: int,
    noise: float = 1.0,
    camera: Camera = "colour",
    illumination: Illumination = "phase contrast",
) -> Optics:
    """Draw a video's optics.

    Args:
        rng: the number of draws is always the same.
        um_per_px: width of a pixel in um.
        height_px: height of a frame, an even number.
        width_px: width of a frame, an even number.
        noise: factor for the sensor's noise, relative to a typical video.
        camera: colour or grey.
        illumination: phase contrast as in VISEM, or bright field.
    """
    red, blue = 1.06 + 0.03 * rng.standard_normal(), 0.94 + 0.03 * rng.standard_normal()
    level = float(rng.uniform(*LEVEL_GREY[illumination]))
    green = level / (0.299 * red + 0.587 + 0.114 * blue)
    tint = (float(red) * green, green, float(blue) * green)
    return Optics(
        um_per_px=um_per_px,
        height_px=height_px,
        width_px=width_px,
        level=level,
        colour=tint if camera == "colour" else (level, level, level),
        uneven=(float(rng.uniform(*UNEVEN)), float(rng.uniform(0, 2 * np.pi))),
        tail_grey=float(rng.uniform(*TAIL_GREY[illumination])),
        exposure_s=float(rng.uniform(0.006, 0.014)),
        read_noise=noise * float(rng.uniform(1.2, 2.2)),
        shot_noise=noise**2 * float(rng.uniform(0.005, 0.02)),
        camera=camera,
        illumination=illumination,
    )


def empty_field(optics: Optics) -> Luma:
    """Compute the luma of an empty field: it falls towards one side and towards the corners."""
    share, angle = optics.uneven
    at_y, at_x = np.linspace(-0.5, 0.5, optics.height_px), np.linspace(-0.5, 0.5, optics.width_px)
    y, x = np.meshgrid(at_y, at_x, indexing="ij")
    fall = 0.6 * (np.cos(angle) * x + np.sin(angle) * y) - 0.7 * (x**2 + y**2 - 1 / 6)
    return (optics.level * (1 + share * fall)).astype(np.float32)


def noise_sheet(rng: np.random.Generator, optics: Optics) -> Luma:
    """Draw noise of unit standard deviation, larger than a frame; each frame uses a random part of it."""
    shape = (optics.height_px + SHEET_EXTRA_PX, optics.width_px + SHEET_EXTRA_PX)
    sheet = cv2.GaussianBlur(rng.standard_normal(shape, dtype=np.float32), (0, 0), _GRAIN_PX)
    return np.asarray(sheet / sheet.std(), np.float32)


SHEET_EXTRA_PX = 128
_GRAIN_PX = 0.7
"""Correlation length of the noise: a colour camera interpolates each pixel from its neighbours."""
