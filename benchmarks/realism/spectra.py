"""Spectra: how grey varies over the frame and over time."""

from itertools import pairwise

import numpy as np

SPATIAL_EDGES = np.geomspace(1 / 120, 0.5, 13)
"""Cycles a pixel: 12 bands."""
TEMPORAL_EDGES_HZ = np.array([0.4, 0.8, 1.5, 2.5, 4, 6, 9, 12, 16, 20, 25])
WINDOW_S = 4.0
FLOOR = 1e-4
"""Power density that counts as none: a perfectly still or flat source has a finite logarithm."""


def spatial_spectrum(frame: np.ndarray) -> np.ndarray:
    """Power density of one frame by radius, Hann-windowed.

    Args:
        frame: (y, x).

    Returns:
        (12,), log10 of grey^2 px^2.
    """
    window = np.outer(np.hanning(frame.shape[0]), np.hanning(frame.shape[1]))
    grey = frame.astype(np.float64)
    grey = (grey - np.average(grey, weights=window)) * window
    power = np.abs(np.fft.rfft2(grey)) ** 2 / (window**2).sum()
    radius = np.hypot(np.fft.fftfreq(frame.shape[0])[:, None], np.fft.rfftfreq(frame.shape[1])[None])
    return np.log10(_banded(radius.ravel(), power.ravel()[None], SPATIAL_EDGES)[0] + FLOOR)


def temporal_spectra(pixels: np.ndarray, fps_hz: float) -> np.ndarray:
    """Power density over time of each pixel, Hann-windowed.

    Args:
        pixels: (t, n), grey.
        fps_hz: frames a second.

    Returns:
        (n, 10), grey^2 / Hz; NaN in bands that the frame rate does not reach.
    """
    window = np.hanning(len(pixels))[:, None]
    grey = (pixels - pixels.mean(axis=0)) * window
    grey = grey - window * (grey.sum(axis=0) / window.sum())
    power = 2 * np.abs(np.fft.rfft(grey, axis=0)) ** 2 / (fps_hz * (window**2).sum())
    return _banded(np.fft.rfftfreq(len(pixels), 1 / fps_hz), power.T, TEMPORAL_EDGES_HZ)


def window_starts(n_frames: int, fps_hz: float) -> tuple[int, list[int]]:
    """Length of a window in frames, and where windows start that overlap by half; none if the clip is shorter."""
    length = round(WINDOW_S * fps_hz)
    return length, list(range(0, n_frames - length + 1, max(1, length // 2)))


def _banded(frequency: np.ndarray, power: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Mean over the frequencies of each band; (n, bands)."""
    means = []
    for low, high in pairwise(edges):
        inside = (
            (frequency >= low) & (frequency < high) if high < edges[-1] else (frequency >= low) & (frequency <= high)
        )
        means.append(power[:, inside].mean(axis=1) if inside.any() else np.full(len(power), np.nan))
    return np.stack(means, axis=1)
