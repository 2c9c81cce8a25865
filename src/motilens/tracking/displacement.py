"""Mean squared displacement of tracks by lag, as motilitAI describes motion.

``MSD(lag) = mean over t of |r(t + lag) - r(t)|^2``, over all t at which the track has both points. It grows with lag^2
for a cell that swims straight, with lag for one that wanders, and not at all for one that stands.
"""

import numpy as np
from jaxtyping import Float, Int

from motilens.errors import InputError
from motilens.tracking.tracks import Tracks

MISSING = -1.0
"""Marks lags at which a track has no two points."""

Displacements = Float[np.ndarray, "track lag"]


def mean_squared_displacement(tracks: Tracks, *, n_lags: int) -> Displacements:
    """Compute the mean squared displacement of each track.

    Fourier transforms do so for all tracks at once (Calandrini et al. 2011, doi 10.1051/sfn/201112010). Missing frames
    do not count.

    Args:
        tracks: measured without their drift.
        n_lags: lags 1 to ``n_lags``, in frames.

    Returns:
        (track, lag), um^2, at least 0; ``MISSING`` where a track has no two points at that lag.

    Raises:
        InputError: no lag.
    """
    if n_lags < 1:
        raise InputError(f"mean squared displacement at {n_lags} lags; allowed: at least 1")
    found = np.full((len(tracks), n_lags), MISSING)
    if not len(tracks):
        return found
    starts = tracks.starts
    since = tracks.frame - tracks.frame[starts][tracks.track]
    length = int(since.max()) + 1
    reach = min(n_lags, length - 1)
    # Positions relative to each track's mean: large numbers would cost digits in the difference of sums.
    places = tracks.places_um()
    counts = np.bincount(tracks.track)[:, None]
    places = places - (np.add.reduceat(places, starts) / counts)[tracks.track]
    there = np.zeros((len(tracks), length))
    there[tracks.track, since] = 1
    x, y, square = np.zeros((3, len(tracks), length))
    x[tracks.track, since], y[tracks.track, since] = places.T
    square[tracks.track, since] = (places**2).sum(axis=1)

    n = 2 * length  # zeros at the end, so that nothing wraps around
    f_there, f_square, f_x, f_y = (np.fft.rfft(a, n) for a in (there, square, x, y))
    # sum over t of m(t) m(t+l) (s(t) + s(t+l)) - 2 r(t) r(t+l), with m 1 where there is a point and s = |r|^2.
    both = 2 * (f_there * f_square.conj()).real - 2 * (np.abs(f_x) ** 2 + np.abs(f_y) ** 2)
    sums = np.fft.irfft(both, n)[:, 1 : reach + 1]
    pairs = np.rint(np.fft.irfft(np.abs(f_there) ** 2, n)[:, 1 : reach + 1])
    found[:, :reach] = np.where(pairs > 0, np.maximum(sums, 0) / np.maximum(pairs, 1), MISSING)
    return found


def windows(n_frames: int, *, length: int, step: int) -> Int[np.ndarray, "window 2"]:
    """Choose the windows that motilitAI averages over (10 s every 5 s).

    Args:
        n_frames: of the video.
        length: frames in a window; a shorter video is one window.
        step: frames from one start to the next.

    Returns:
        (window, 2), frames [start, stop); frames at the end that do not fill a window are in none.

    Raises:
        InputError: a number below 1.
    """
    if min(n_frames, length, step) < 1:
        raise InputError(f"windows of {length} frames every {step} of {n_frames}; allowed: at least 1 each")
    length = min(length, n_frames)
    starts = np.arange(0, n_frames - length + 1, step)
    return np.stack([starts, starts + length], axis=1)
