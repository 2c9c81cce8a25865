"""Features: one number a patch, to see which simple thing gives a source away."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from .auc import auc
from .patches import Patches


@dataclass(frozen=True)
class Giveaway:
    """How well one feature discriminates two sources.

    Attributes:
        feature: its name.
        auc: 0.5-1, whichever way.
        real: median over the real patches.
        other: median over the other source's.
    """

    feature: str
    auc: float
    real: float
    other: float


def _fine(patch: np.ndarray) -> np.ndarray:
    return patch - np.stack([cv2.GaussianBlur(frame, (0, 0), 1) for frame in patch])


def _coarse(patch: np.ndarray) -> np.ndarray:
    return cv2.GaussianBlur(patch[len(patch) // 2], (0, 0), 4)


def _skewness(patch: np.ndarray) -> float:
    centred = patch - patch.mean()
    return float((centred**3).mean() / max(float(centred.std()), 0.1) ** 3)


def _lag(patch: np.ndarray) -> float:
    """Correlation of a pixel's change with its next change: noise gives -0.5, steady movement more."""
    change = np.diff(patch, axis=0)
    return float((change[1:] * change[:-1]).mean() / max(float((change**2).mean()), 1e-3))


FEATURES: dict[str, Callable[[np.ndarray], float]] = {
    "mean grey above the clip's median": lambda patch: float(patch.mean()),
    "sd of grey": lambda patch: float(patch.std()),
    "least grey": lambda patch: float(patch.min()),
    "greatest grey": lambda patch: float(patch.max()),
    "share 6 grey below median": lambda patch: float((patch < -6).mean()),
    "share 6 grey above median": lambda patch: float((patch > 6).mean()),
    "skewness of grey": _skewness,
    "interquartile range of grey": lambda patch: float(np.subtract(*np.percentile(patch[::6], [75, 25]))),
    "sd over time, mean": lambda patch: float(patch.std(axis=0).mean()),
    "sd over time, median (background)": lambda patch: float(np.median(patch.std(axis=0))),
    "sd over time, 95 %": lambda patch: float(np.percentile(patch.std(axis=0), 95)),
    "change from frame to frame, mean": lambda patch: float(np.abs(np.diff(patch, axis=0)).mean()),
    "share of pixels unchanged from frame to frame": lambda patch: float((np.diff(patch, axis=0) == 0).mean()),
    "unevenness of the change over frames": lambda patch: float(np.abs(np.diff(patch, axis=0)).mean(axis=(1, 2)).std()),
    "correlation of successive changes": _lag,
    "fine texture (below 2 px), sd": lambda patch: float(_fine(patch).std()),
    "fine texture, median size (background)": lambda patch: float(np.median(np.abs(_fine(patch)))),
    "fine texture that changes": lambda patch: float(np.median(_fine(patch).std(axis=0))),
    "fine texture that stays": lambda patch: float(np.median(np.abs(_fine(patch).mean(axis=0)))),
    "coarse structure (above 8 px), sd": lambda patch: float(_coarse(patch).std()),
}
"""A patch comes as (18, 64, 64) float32, grey above the clip's median."""


def table(patches: Patches) -> np.ndarray:
    """Every feature of every patch: (n, features)."""
    rows = []
    for pixels, level in zip(patches.pixels, patches.level_grey, strict=True):
        patch = pixels.astype(np.float32) - np.float32(level)
        rows.append([feature(patch) for feature in FEATURES.values()])
    return np.array(rows).reshape(-1, len(FEATURES))


def giveaways(real: np.ndarray, other: np.ndarray) -> list[Giveaway]:
    """Features by how well they discriminate two sources, the best first.

    Args:
        real: ``table`` of the real patches.
        other: of the other source's.
    """
    found = []
    for number, name in enumerate(FEATURES):
        one, two = real[:, number], other[:, number]
        value = auc(two, one)
        found.append(Giveaway(name, max(value, 1 - value), float(np.median(one)), float(np.median(two))))
    return sorted(found, key=lambda each: -each.auc)
