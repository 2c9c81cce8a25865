"""Bag of words: a window's tracks become one histogram, however many they are.

A codebook holds typical curves of displacement over lag, the words. Each track counts for its nearest words. motilitAI
uses openXBOW for this (Schmitt & Schuller 2017, JMLR 18, 96).

Displacements span five orders of magnitude, so words are compared on ``log(1 + MSD)``. Where a track is too short for a
lag, ``MISSING`` is kept, so that the length of a track counts too.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from motilens.tracking.displacement import MISSING, Displacements

Words = Float[np.ndarray, "word lag"]
"""A codebook: log(1 + um^2) at each lag, close to ``MISSING`` where tracks of that kind are too short."""

Histograms = Float[np.ndarray, "window word"]
"""Share of a window's assignments that each word gets; each row sums to 1."""

Window = Float[np.ndarray, "_ _"]
"""Displacements of one window, (track, lag), um^2; windows have different numbers of tracks."""

_CHUNK = 2048


def log_displacements(displacements: Displacements) -> Displacements:
    """Convert displacements to the scale of the words, log(1 + um^2); ``MISSING`` is kept."""
    missing = displacements == MISSING
    return np.where(missing, MISSING, np.log1p(np.where(missing, 0.0, displacements)))


def histograms(words: Words, windows: Sequence[Window], n_assignments: Sequence[int]) -> list[Histograms]:
    """Histograms of windows, for several numbers of assignments at once, since computing distances is the costly part.

    Args:
        words: the codebook.
        windows: one or more, each with at least one track, at the codebook's lags.
        n_assignments: how many words each track counts for; all words if the codebook has fewer.

    Returns:
        Histograms for each of ``n_assignments``, in their order.
    """
    numbers = [min(n, len(words)) for n in n_assignments]
    last = sorted({n - 1 for n in numbers})
    tracks, window_of = np.concatenate(windows), np.repeat(np.arange(len(windows)), [len(w) for w in windows])
    square = (words**2).sum(axis=1)
    counts = np.zeros((len(numbers), len(windows) * len(words)))
    for begin in range(0, len(tracks), _CHUNK):
        # |w - v|^2 = |v|^2 + |w|^2 - 2 v w, and |v|^2 is the same for every word.
        distance = square - 2 * log_displacements(tracks[begin : begin + _CHUNK]) @ words.T
        nearest = np.argpartition(distance, last, axis=1)[:, : last[-1] + 1]
        bins = window_of[begin : begin + _CHUNK, None] * len(words) + nearest
        for count, n in zip(counts, numbers, strict=True):
            count += np.bincount(bins[:, :n].ravel(), minlength=len(count))
    tables = counts.reshape(len(numbers), len(windows), len(words))
    return list(tables / tables.sum(axis=2, keepdims=True))
