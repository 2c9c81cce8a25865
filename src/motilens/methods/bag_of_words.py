"""motilitAI's method (Ottl et al. 2022, doi 10.1016/j.isci.2022.104644): a bag of words of tracks, then a linear SVR.

As published: the mean drift is taken off; each track of a window of 10 s, one every 5 s, becomes its mean squared
displacement by lag, -1 where it is too short for one; k-means finds words in the training participants' tracks; a
window is the histogram of its tracks' nearest words; a support vector machine answers for each window, and a
participant's answer is the mean over windows. Words are found on log(1 + MSD) (``tracks.codebook``).

What is decided here, because the paper and its code do not agree or our machines are small:

- *linear*, as the paper says; its code leaves scikit-learn's default, an RBF kernel. The machine is ``SVR`` on the
  products of histograms: the same as ``LinearSVR`` but for a bias that is not shrunk, and as fast for any number of
  words.
- histograms are standardised on the training windows and divided by the root of the number of words, so that one grid
  of C serves all codebooks.
- *words and assignments*: 250 or 1,000 words and 1 or 10 assignments, instead of 2,500 to 20,000 and 1 to 500. Some
  10,000 tracks cannot fill 20,000 words, and a fit would take an hour.
- *lags*: 50, evenly up to the longest window of the training participants, instead of each frame. Displacement is
  smooth in the lag, so that distances between tracks are nearly the same. Lags are times: videos of other rates fit.
- a stretch between stage moves shorter than a window is one window.

Words, assignments and C are chosen together by cross-validation inside the training part, in three folds of
participants; each of them has a codebook and a standardisation of its own, so that nobody who is held out has been
seen by any part of it. Fewer than six participants choose nothing: the middle of the grid is taken, and said.

A participant without a track, whom nothing is known of, gets the training participants' mean.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

import numpy as np

from motilens.arrays import Percentages
from motilens.data.folds import MIN_PARTICIPANTS, make_folds
from motilens.data.values import Fit
from motilens.methods.from_tracks import as_percentages, known_by_tracks
from motilens.methods.machine import Bags, Machine, fit_machines
from motilens.methods.values import Assignment, Fitted, Material, Method
from motilens.methods.windows import displacements_at, lags_for, windows_of
from motilens.tracks.codebook import Codebook, bag_of_words, fit_codebook
from motilens.tracks.displacement import Displacements

N_WORDS = (250, 1000)
N_ASSIGNMENTS = (1, 10)
CS = (0.1, 1.0, 10.0, 100.0)
TRACKS_A_WORD = 10
"""A codebook has no more words than leave so many tracks for each: fewer would be tracks, not words."""

INNER_FOLDS = 3

Windows = Mapping[str, Sequence[Displacements]]
"""Displacements of the windows of each participant."""


class Choice(NamedTuple):
    """What is chosen inside the training part."""

    n_words: int
    n_assignments: int
    c: float


UNCHOSEN = Choice(N_WORDS[0], N_ASSIGNMENTS[0], 1.0)
"""Where there are too few participants to choose."""


@dataclass(frozen=True)
class Reader:
    """From windows to percentages.

    Attributes:
        codebook: words.
        n_assignments: words that each track counts for.
        machine: from histograms to percentages.
    """

    codebook: Codebook
    n_assignments: int
    machine: Machine

    def __call__(self, windows: Sequence[Displacements]) -> np.ndarray:
        """The mean of the answers for some windows: (3,), percent, not cut to 0-100."""
        return self.machine(bags_of(self.codebook, windows, self.n_assignments)).mean(axis=0)


def bags_of(codebook: Codebook, windows: Sequence[Displacements], n_assignments: int) -> Bags:
    """Histograms of some windows; a track counts for all words of a codebook that has fewer than asked for."""
    n = min(n_assignments, len(codebook))
    return np.stack([bag_of_words(codebook, window, n_assignments=n) for window in windows])


def fit_readers(
    windows: Windows,
    labels: Mapping[str, np.ndarray],
    ids: Sequence[str],
    choices: Sequence[Choice],
    chance: np.random.Generator,
) -> dict[Choice, Reader]:
    """Fit one reader for each choice to the same participants; those that share a codebook have the same.

    Args:
        windows: nobody else's than the participants' are read.
        labels: likewise.
        ids: the participants.
        choices: what to fit.
        chance: of the codebooks.
    """
    tracks = {i: np.concatenate(windows[i]) for i in ids}
    most = max(1, sum(map(len, tracks.values())) // TRACKS_A_WORD)
    of_windows = np.array([labels[i] for i in ids for _ in windows[i]], np.float64)
    readers: dict[Choice, Reader] = {}
    for n_words in dict.fromkeys(choice.n_words for choice in choices):
        codebook = fit_codebook(tracks, ids, n_words=min(n_words, most), chance=chance)
        for n_assignments in dict.fromkeys(c.n_assignments for c in choices if c.n_words == n_words):
            alike = [c for c in choices if c[:2] == (n_words, n_assignments)]
            bags = np.concatenate([bags_of(codebook, windows[i], n_assignments) for i in ids])
            machines = fit_machines(bags, of_windows, [c.c for c in alike])
            readers |= {c: Reader(codebook, n_assignments, m) for c, m in zip(alike, machines, strict=True)}
    return readers


def choose(windows: Windows, assignment: Assignment, ids: Sequence[str]) -> tuple[Choice, str]:
    """Choose words, assignments and C inside the training part.

    Args:
        windows: of the participants.
        assignment: labels, seed, and what folds are stratified by.
        ids: training participants with tracks.

    Returns:
        The choice with the least mean absolute error over participants held out; and how it came about, in words.
    """
    if len(ids) < INNER_FOLDS * MIN_PARTICIPANTS:
        return UNCHOSEN, f"{len(ids)} participants with tracks are too few to choose by: {_words(UNCHOSEN)} it is"
    choices = [Choice(*each) for each in product(N_WORDS, N_ASSIGNMENTS, CS)]
    ranked = {i: assignment.order_by.get(i, float("nan")) for i in ids}
    errors: dict[Choice, list[float]] = {choice: [] for choice in choices}
    for fold in make_folds(ranked, n_folds=INNER_FOLDS, seed=assignment.seed).folds:
        chance = np.random.default_rng((assignment.seed, fold.fold))
        readers = fit_readers(windows, assignment.labels, fold.train_ids, choices, chance)
        for choice, reader in readers.items():
            for i in fold.test_ids:
                answer = as_percentages(reader(windows[i])[None], assignment.target)
                errors[choice].append(float(np.abs(answer - assignment.labels[i]).mean()))
    best = min(choices, key=lambda choice: round(float(np.mean(errors[choice])), 6))
    error = float(np.mean(errors[best]))
    return best, f"{_words(best)}: mean absolute error {error:.2f} of participants held out in {INNER_FOLDS} folds"


def fit_bag_of_words(material: Material, assignment: Assignment) -> Fitted:
    """Choose inside the training part, then fit to all of it.

    Raises:
        TrackError: fewer than three training participants have tracks.
        InputError: tracks that hold no numbers.
    """
    seen = {i: windows_of(material, i) for i in assignment.train_ids}
    known = known_by_tracks(assignment, {i: bool(found) for i, found in seen.items()})
    lags_s = lags_for([window for i in known.ids for window in seen[i]])
    windows = {i: [displacements_at(w, lags_s, participant=i) for w in seen[i]] for i in known.ids}
    choice, said = choose(windows, assignment, known.ids)
    chance = np.random.default_rng((assignment.seed, 0))
    reader = fit_readers(windows, assignment.labels, known.ids, [choice], chance)[choice]

    def predict(participant: str) -> Percentages:
        found = [displacements_at(w, lags_s, participant=participant) for w in windows_of(material, participant)]
        return as_percentages(reader(found)[None], assignment.target) if found else known.mean[None]

    n_tracks = sum(len(window) for found in windows.values() for window in found)
    counted = (
        f"{len(reader.codebook)} words of {len(lags_s)} lags up to {lags_s[-1]:.2f} s, from {n_tracks} tracks in "
        f"{sum(map(len, windows.values()))} windows"
    )
    parts = ("codebook", "words, assignments and C", "input scaling", "regressor")
    return Fitted(
        predict=predict,
        fits=tuple(Fit(what=what, ids=known.ids) for what in parts),
        n_parameters=reader.codebook.words.size + reader.machine.n_parameters,
        notes=(said, counted, *known.notes),
    )


def _words(choice: Choice) -> str:
    return f"{choice.n_words} words, {choice.n_assignments} a track, C {choice.c:g}"


BAG_OF_WORDS = Method(
    "tracks-bow", "bag of words of tracks' displacement, then a linear SVR", "cheap", ("tracks",), fit_bag_of_words
)
