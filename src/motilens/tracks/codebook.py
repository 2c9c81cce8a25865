"""Bag of words: a participant's tracks become one histogram, however many they are.

A codebook is learned from the training participants' tracks: k-means finds the typical courses of displacement, the
words. Each track then counts for its nearest words. motilitAI does so with openXBOW (Schmitt & Schuller 2017, JMLR 18,
96); here scikit-learn finds the words.

Displacements span five orders of magnitude, so words are found on ``log(1 + MSD)``; where a track is too short for a
lag, ``MISSING`` stays as it is: that too is told apart.
"""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from motilens.errors import InputError, MismatchError, TrackError
from motilens.tracks.displacement import MISSING, Displacements

_CHUNK = 2048


@dataclass(frozen=True)
class Codebook:
    """Words, and who they were learned from.

    Attributes:
        words: (word, lag), log(1 + um^2).
        train_ids: the participants whose tracks were seen.
    """

    words: Float[np.ndarray, "word lag"]
    train_ids: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.words)

    def __repr__(self) -> str:
        return f"Codebook({len(self)} words of {self.words.shape[1]} lags, from {len(self.train_ids)} participants)"


def fit_codebook(
    displacements: Mapping[str, Displacements],
    train_ids: Sequence[str],
    *,
    n_words: int,
    chance: np.random.Generator,
) -> Codebook:
    """Learn words from the tracks of the training participants.

    Args:
        displacements: by participant, (track, lag) in um^2; nobody else's than the training participants' are read.
        train_ids: who may be seen.
        n_words: size of the codebook.
        chance: of the first guess and of the batches.

    Raises:
        InputError: no word, or more words than there are tracks.
    """
    seen = np.concatenate([words_in(displacements[i]) for i in train_ids]) if train_ids else np.empty((0, 0))
    if not 1 <= n_words <= len(seen):
        raise InputError(
            f"{n_words} words from {len(seen)} tracks of {len(train_ids)} training participants; allowed: 1 to "
            "the number of tracks"
        )
    from sklearn.cluster import MiniBatchKMeans

    means = MiniBatchKMeans(
        n_words, batch_size=max(1024, 2 * n_words), n_init="auto", random_state=int(chance.integers(2**31))
    )
    with warnings.catch_warnings():
        # Equal tracks (cells that stand quite still) can leave fewer different words: the same word twice is no fault.
        warnings.simplefilter("ignore")
        means.fit(seen)
    return Codebook(words=np.asarray(means.cluster_centers_, np.float64), train_ids=tuple(train_ids))


def bag_of_words(codebook: Codebook, displacements: Displacements, *, n_assignments: int = 1) -> np.ndarray:
    """Share of the assignments that each word gets.

    Args:
        codebook: words.
        displacements: (track, lag), um^2, of one participant or of one window.
        n_assignments: each track counts for so many of its nearest words.

    Returns:
        (word,), float64, sums to 1.

    Raises:
        InputError: no assignment, or more than words.
        MismatchError: other lags than the codebook's.
        TrackError: no track.
    """
    if not 1 <= n_assignments <= len(codebook):
        raise InputError(f"{n_assignments} words a track of a codebook of {len(codebook)}; allowed: 1 to all of them")
    if displacements.shape[1] != codebook.words.shape[1]:
        raise MismatchError(
            f"displacements at {displacements.shape[1]} lags, words of {codebook.words.shape[1]}; use the same lags"
        )
    if not len(displacements):
        raise TrackError("no track to make a bag of words of; allowed: at least one; leave the window out, and say so")
    counts = np.zeros(len(codebook), np.int64)
    square = (codebook.words**2).sum(axis=1)
    for begin in range(0, len(displacements), _CHUNK):
        # |w - v|^2 = |v|^2 + |w|^2 - 2 v w, and |v|^2 is the same for every word.
        distance = square - 2 * words_in(displacements[begin : begin + _CHUNK]) @ codebook.words.T
        nearest = np.argpartition(distance, n_assignments - 1, axis=1)[:, :n_assignments]
        counts += np.bincount(nearest.ravel(), minlength=len(codebook))
    return counts / counts.sum()


def words_in(displacements: Displacements) -> Displacements:
    """Displacements as words see them: log(1 + um^2); ``MISSING`` stays."""
    missing = displacements == MISSING
    return np.where(missing, MISSING, np.log1p(np.where(missing, 0.0, displacements)))
