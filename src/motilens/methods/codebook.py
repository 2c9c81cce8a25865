"""Finds the words of a codebook: k-means on the tracks of training participants."""

import warnings
from collections.abc import Mapping, Sequence

import numpy as np

from motilens.predictors.codebook import Window, Words, log_displacements


def fit_codebook(
    windows: Mapping[str, Sequence[Window]],
    ids: Sequence[str],
    *,
    n_words: int,
    tracks_per_word: int,
    rng: np.random.Generator,
) -> Words:
    """Find the words of a codebook, which are typical curves of displacement over lag.

    Args:
        windows: windows by participant, (track, lag) each, um^2; only those of ``ids`` are read.
        ids: training participants with at least one track.
        n_words: desired size of the codebook.
        tracks_per_word: the codebook has at most one word per this many tracks, and at least one word.
        rng: generator for the initialisation and the batches of k-means.
    """
    from sklearn.cluster import MiniBatchKMeans

    tracks = np.concatenate([log_displacements(window) for i in ids for window in windows[i]])
    n = min(n_words, max(1, len(tracks) // tracks_per_word))
    means = MiniBatchKMeans(n, batch_size=max(1024, 2 * n), n_init="auto", random_state=int(rng.integers(2**31)))
    with warnings.catch_warnings():
        # Identical tracks (cells that do not move at all) give the same word twice, which does no harm.
        warnings.simplefilter("ignore")
        means.fit(tracks)
    return np.asarray(means.cluster_centers_, np.float64)
