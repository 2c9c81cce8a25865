"""Background: what a frame would be without cells and dirt, and how it varies."""

import cv2
import numpy as np

SHRINK = 4
WINDOW_PX = 60
OBJECT_GREY = 6.0
"""Pixels that differ by more from the local background belong to an object."""


def local_background(frame: np.ndarray) -> np.ndarray:
    """Median grey within some 60 px, smoothed.

    Args:
        frame: (y, x), uint8.

    Returns:
        (y, x), float32 grey.
    """
    height, width = frame.shape
    small = cv2.resize(frame, (width // SHRINK, height // SHRINK), interpolation=cv2.INTER_AREA)
    small = cv2.medianBlur(small, WINDOW_PX // SHRINK).astype(np.float32)
    return cv2.resize(cv2.GaussianBlur(small, (0, 0), 4), (width, height), interpolation=cv2.INTER_LINEAR)


def residual(frame: np.ndarray) -> np.ndarray:
    """Grey above the local background: (y, x), float32."""
    return frame - local_background(frame)


def unevenness_pct(frame: np.ndarray, above: np.ndarray) -> float:
    """Span of a quadratic surface, fitted to the pixels without objects, in percent of the median grey.

    Args:
        frame: (y, x), uint8.
        above: its ``residual``.
    """
    step = 4
    y, x = np.mgrid[-1 : 1 : frame.shape[0] * 1j, -1 : 1 : frame.shape[1] * 1j]
    y, x, grey, free = (each[::step, ::step].ravel() for each in (y, x, frame, np.abs(above) < OBJECT_GREY))
    terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=1)
    fit = np.linalg.lstsq(terms[free], grey[free].astype(float), rcond=None)[0]
    return float(np.ptp(terms @ fit) / max(float(np.median(frame)), 1.0) * 100)


def texture_sd(frame: np.ndarray, free: np.ndarray) -> tuple[float, float]:
    """Standard deviation of grey over object-free pixels, finer than 2 px and of 2-8 px.

    Args:
        frame: (y, x), uint8.
        free: (y, x), True where there is no object.
    """
    grey = frame.astype(np.float32)
    fine = grey - cv2.GaussianBlur(grey, (0, 0), 1)
    middle = cv2.GaussianBlur(grey, (0, 0), 1) - cv2.GaussianBlur(grey, (0, 0), 4)
    return float(fine[free].std()), float(middle[free].std())
