"""Spectra: how grey varies over the frame and over time."""

from itertools import pairwise

import numpy as np

SPATIAL_EDGES = np.geomspace(1 / 120, 0.5, 13)
"""Cycles a pixel: 12 bands."""
TEMPORAL_EDGES_HZ = np.array([0.4, 0.8, 1.5, 2.5, 4, 6, 9, 12, 16, 20, 25])
BEAT_HZ = (3.0, 20.0)
"""Where heads and tails beat."""
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
    frequency, power = _periodograms(pixels, fps_hz)
    return _banded(frequency, power.T, TEMPORAL_EDGES_HZ)


def beat_share(pixels: np.ndarray, fps_hz: float) -> np.ndarray:
    """Share of the power over time of each pixel that lies in 3-20 Hz, of all power up to 25 Hz.

    The share of white noise is 17 of 25; that of a pixel that drifts is near 0.

    Args:
        pixels: (t, n), grey.
        fps_hz: frames a second.

    Returns:
        (n,), 0-1; 0 for a pixel that does not change, NaN where the frame rate does not reach 20 Hz.
    """
    frequency, power = _periodograms(pixels, fps_hz)
    if frequency[-1] < BEAT_HZ[1]:
        return np.full(pixels.shape[1], np.nan)
    counted = (frequency > 0) & (frequency <= TEMPORAL_EDGES_HZ[-1])
    inside = counted & (frequency >= BEAT_HZ[0]) & (frequency <= BEAT_HZ[1])
    total = power[counted].sum(axis=0)
    return np.divide(power[inside].sum(axis=0), total, out=np.zeros(len(total)), where=total > 0)


def window_starts(n_frames: int, fps_hz: float) -> tuple[int, list[int]]:
    """Length of a window in frames, and where windows start that overlap by half; none if the clip is shorter."""
    length = round(WINDOW_S * fps_hz)
    return length, list(range(0, n_frames - length + 1, max(1, length // 2)))


def _periodograms(pixels: np.ndarray, fps_hz: float) -> tuple[np.ndarray, np.ndarray]:
    """Frequencies in Hz, and the power density at each of every pixel: (frequency, n), Hann-windowed."""
    window = np.hanning(len(pixels))[:, None]
    grey = (pixels - pixels.mean(axis=0)) * window
    grey = grey - window * (grey.sum(axis=0) / window.sum())
    power = 2 * np.abs(np.fft.rfft(grey, axis=0)) ** 2 / (fps_hz * (window**2).sum())
    return np.fft.rfftfreq(len(pixels), 1 / fps_hz), power


def _banded(frequency: np.ndarray, power: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Mean over the frequencies of each band; (n, bands)."""
    means = []
    for low, high in pairwise(edges):
        inside = (
            (frequency >= low) & (frequency < high) if high < edges[-1] else (frequency >= low) & (frequency <= high)
        )
        means.append(power[:, inside].mean(axis=1) if inside.any() else np.full(len(power), np.nan))
    return np.stack(means, axis=1)
