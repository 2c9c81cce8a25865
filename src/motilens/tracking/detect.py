"""Finds heads in grey frames as trackpy's locate does (Crocker & Grier 1996, doi 10.1006/jcis.1996.0217).

A head is a bright blob of about the diameter; where heads are dark, frames are inverted first. What distinguishes a
head from noise is its mass, the summed brightness above the surround. motilitAI asks for a mass of 900, which fits
VISEM and not every microscope. ``head_mass`` takes the Otsu threshold between the masses of noise and of heads instead.

``locate`` is built from trackpy's own parts and gives bit for bit what trackpy's ``locate`` gives. With trackpy's, the
whole work of ``motilens track`` takes 2.2 times as long (``benchmarks/results/tracking.json``).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from jaxtyping import Float, Int

from motilens.config.tracking import PUBLISHED_LEAST_MASS, DetectConfig
from motilens.errors import InputError
from motilens.shapes import GreyFrame
from motilens.tracking.quiet_trackpy import quiet
from motilens.tracking.ring import ring_beats, ring_offsets
from motilens.tracking.tracks import Detections, Scale

LEAST_RATIO = 4.0
"""Heads have at least this many times the mean mass of the other candidates. Measured: 8 to 15 for VISEM's participant
82 and simulated videos, at most 2.3 where a threshold divides noise alone."""

_PEAK_PERCENTILE = 64
"""Peaks are brighter than this percentage of the pixels that are not black: trackpy's own value."""


@dataclass(frozen=True)
class LeastMass:
    """Mass from which on a candidate is taken as a head.

    Attributes:
        mass: in grey levels.
        how: ``given`` by the settings, the Otsu threshold in the ``valley`` between noise and heads, or the
            ``published`` value where the masses do not fall into two groups.
    """

    mass: float
    how: Literal["given", "valley", "published"]


def head_mass(sample: Iterable[GreyFrame], config: DetectConfig) -> LeastMass:
    """Choose the least mass of a head for a video.

    Args:
        sample: some of its frames, best spread over all of it.
        config: settings; a ``least_mass`` given there is taken as it is.

    Raises:
        InputError: a frame too small to look into.
    """
    if config.least_mass is not None:
        return LeastMass(config.least_mass, "given")
    seen = (_with_bright_heads(frame, config) for frame in sample)
    masses = np.concatenate([np.empty(0), *(locate(frame, config.diameter_px, 0.0)[:, 2] for frame in seen)])
    cut = otsu_threshold(masses)
    if cut is None or masses[masses >= cut].mean() < LEAST_RATIO * masses[masses < cut].mean():
        return LeastMass(PUBLISHED_LEAST_MASS, "published")
    return LeastMass(cut, "valley")


def find_heads(
    frames: Iterable[GreyFrame], *, scale: Scale, least_mass: float, config: DetectConfig | None = None
) -> Detections:
    """Find the heads in consecutive frames, and how much the ring around each changes.

    Args:
        frames: (y, x) each, uint8, of one size; may be a generator, one frame is kept.
        scale: width of a pixel and frame rate.
        least_mass: from ``head_mass``.
        config: settings.

    Returns:
        Heads of more than that mass, frame by frame.

    Raises:
        InputError: a frame too small to look into, or of another size than the first.
    """
    config = config or DetectConfig()
    offsets = ring_offsets(config.ring_inner_um / scale.um_per_px, config.ring_outer_um / scale.um_per_px)
    before: GreyFrame | None = None
    found, beats = [], []
    for k, frame in enumerate(frames):
        if before is not None and frame.shape != before.shape:
            raise InputError(f"frame {k} is {frame.shape}, those before {before.shape}; allowed: frames of one size")
        heads = locate(_with_bright_heads(frame, config), config.diameter_px, least_mass)
        x, y = heads[:, 0], heads[:, 1]
        beats.append(np.full(len(heads), np.nan) if before is None else ring_beats(before, frame, x, y, offsets))
        found.append(heads)
        before = frame
    x_px, y_px, mass = np.concatenate([np.empty((0, 3)), *found]).T
    return Detections(
        frame=np.repeat(np.arange(len(found)), [len(heads) for heads in found]),
        x_px=x_px,
        y_px=y_px,
        mass=mass,
        beat=np.concatenate([np.empty(0), *beats]),
        n_frames=len(found),
    )


def locate(frame: GreyFrame, diameter_px: int, least_mass: float) -> Float[np.ndarray, "detection 3"]:
    """Find the bright heads of one frame: (n, 3), x and y in pixels, mass in grey levels.

    Raises:
        InputError: a frame in which no blob of that diameter has a surround.
    """
    if min(frame.shape) < 2 * diameter_px:
        raise InputError(
            f"a frame of {frame.shape[1]} x {frame.shape[0]} pixels for heads of {diameter_px}; allowed: at least "
            f"{2 * diameter_px} either way"
        )
    with quiet():
        from trackpy.find import where_close
        from trackpy.preprocessing import bandpass
        from trackpy.refine.center_of_mass import refine_com_arr

        smooth = bandpass(frame, 1, diameter_px, 1)
        brightest = float(smooth.max())
        stretch = 255 / brightest if brightest > 0 else 1.0
        levels = (stretch * smooth).astype(np.uint8)
        peaks = _peaks(levels, diameter_px)
        if not len(peaks):
            return np.empty((0, 3))
        radius = diameter_px // 2
        heads = refine_com_arr(frame, levels, (radius, radius), peaks, characterize=False)
        # Light ones go before neighbours are compared: few are left then, and a light one displaces no heavier one.
        heads = heads[heads[:, 2] / stretch > least_mass]
        lighter = where_close(heads[:, :2], diameter_px + 1, heads[:, 2])
    heads = np.delete(heads, np.asarray(lighter, np.int64), axis=0)
    return np.stack([heads[:, 1], heads[:, 0], heads[:, 2] / stretch], axis=1)


def _peaks(levels: GreyFrame, diameter_px: int) -> Int[np.ndarray, "peak 2"]:
    """Find pixels that are the brightest around, y and x, as trackpy's ``grey_dilation`` does, but faster."""
    n_of_level = np.bincount(levels.ravel(), minlength=256)
    n_of_level[0] = 0
    below = np.cumsum(n_of_level)
    if not below[-1]:
        return np.empty((0, 2), np.int64)
    floor = np.searchsorted(below, int((below[-1] - 1) * _PEAK_PERCENTILE / 100), side="right")
    side, margin = int(2 * (diameter_px + 1) / np.sqrt(2)), diameter_px // 2
    corner = (side - 1) // 2
    surround = cv2.dilate(
        levels,
        np.ones((side, side), np.uint8),
        anchor=(corner, corner),
        borderType=cv2.BORDER_CONSTANT,
        borderValue=[0],
    )
    inside = np.s_[margin:-margin, margin:-margin]
    peak = (levels[inside] == surround[inside]) & (levels[inside] > floor)
    return np.argwhere(peak) + margin


def otsu_threshold(values: Float[np.ndarray, " value"]) -> float | None:
    """Divide numbers into two groups that differ most (Otsu 1979, doi 10.1109/TSMC.1979.4310076).

    The threshold lies in the middle between two neighbouring values, chosen so that the variance between the groups is
    largest. None for fewer than two different values.
    """
    ordered = np.sort(values)
    if len(ordered) < 2 or ordered[0] == ordered[-1]:
        return None
    n, below = len(ordered), np.arange(1, len(ordered))
    sums = np.cumsum(ordered)
    difference = sums[:-1] / below - (sums[-1] - sums[:-1]) / (n - below)
    k = int(np.argmax(below * (n - below) * difference**2))
    return float((ordered[k] + ordered[k + 1]) / 2)


def _with_bright_heads(frame: GreyFrame, config: DetectConfig) -> GreyFrame:
    return frame if config.polarity == "bright" else np.subtract(255, frame, dtype=np.uint8)
