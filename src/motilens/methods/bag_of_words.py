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
- *words and assignments*: 250, 1,000 or 2,500 words and 1, 10, 50 or 200 assignments, instead of 2,500 to 20,000 and 1
  to 500, drawn at random. 57 participants leave some 27,000 tracks, which cannot fill 20,000 words; and a fit takes
  half a minute of one core instead of hours.
- *lags*: 50, evenly up to the longest window of the training participants, instead of each frame. Displacement is
  smooth in the lag, so that distances between tracks are nearly the same. Lags are times: videos of other rates fit.
- a stretch between stage moves shorter than a window is one window.

Words, assignments and C are chosen together by cross-validation inside the training part, in three folds of
participants; each fold has a codebook and a standardisation of its own, so that nobody who is held out has been
seen by any part of it. Fewer than six participants choose nothing: the middle of the grid is taken, and said.

A participant without a track, whom nothing is known of, gets the training participants' mean.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from motilens.arrays import Percentages
from motilens.data.folds import MIN_PARTICIPANTS, make_folds
from motilens.data.values import Fit
from motilens.methods.from_tracks import as_percentages, known_by_tracks
from motilens.methods.machine import Bags, Machine, fit_machines
from motilens.methods.values import Assignment, Fitted, Material, Method
from motilens.methods.windows import displacements_at, lags_for, windows_of
from motilens.tracks.codebook import Codebook, fit_codebook, words_in

N_WORDS = (250, 1000, 2500)
N_ASSIGNMENTS = (1, 10, 50, 200)
CS = (1.0, 3.0, 10.0, 30.0, 100.0, 300.0)
TRACKS_A_WORD = 10
"""A codebook has no more words than leave so many tracks for each: fewer would be tracks, not words."""

INNER_FOLDS = 3
_CHUNK = 2048

Window = Float[np.ndarray, "_ _"]
"""Displacements of one window, (track, lag), um^2: windows have different numbers of tracks."""

Windows = Mapping[str, Sequence[Window]]
"""Of each participant."""


class Choice(NamedTuple):
    """What is chosen inside the training part."""

    n_words: int
    n_assignments: int
    c: float


UNCHOSEN = Choice(N_WORDS[0], N_ASSIGNMENTS[0], 10.0)
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

    def __call__(self, windows: Sequence[Window]) -> np.ndarray:
        """The mean of the answers for some windows: (3,), percent, not cut to 0-100."""
        return self.machine(bags_of(self.codebook, windows, self.n_assignments)).mean(axis=0)


def bags_of(codebook: Codebook, windows: Sequence[Window], n_assignments: int) -> Bags:
    """Histograms of some windows as ``tracks.codebook.bag_of_words`` makes each: here all at once, which is faster.

    Args:
        codebook: words.
        windows: (track, lag) each, um^2.
        n_assignments: words that each track counts for; all, of a codebook that has fewer.
    """
    n = min(n_assignments, len(codebook))
    tracks, window_of = np.concatenate(windows), np.repeat(np.arange(len(windows)), [len(w) for w in windows])
    square = (codebook.words**2).sum(axis=1)
    counts = np.zeros((len(windows), len(codebook)))
    for begin in range(0, len(tracks), _CHUNK):
        distance = square - 2 * words_in(tracks[begin : begin + _CHUNK]) @ codebook.words.T
        nearest = np.argpartition(distance, n - 1, axis=1)[:, :n]
        np.add.at(counts, (window_of[begin : begin + _CHUNK, None], nearest), 1)
    return counts / counts.sum(axis=1, keepdims=True)


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
            bags = bags_of(codebook, [window for i in ids for window in windows[i]], n_assignments)
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
        for choice, answers in _answers(readers, windows, fold.test_ids).items():
            missed = np.abs(as_percentages(answers, assignment.target) - assignment.labels_of(fold.test_ids))
            errors[choice] += missed.mean(axis=1).tolist()
    best = min(choices, key=lambda choice: round(float(np.mean(errors[choice])), 6))
    error = float(np.mean(errors[best]))
    return best, f"{_words(best)}: mean absolute error {error:.2f} of participants held out in {INNER_FOLDS} folds"


def _answers(readers: Mapping[Choice, Reader], windows: Windows, ids: Sequence[str]) -> dict[Choice, Percentages]:
    """What each reader answers for some participants; those that share a codebook share histograms."""
    all_windows = [window for i in ids for window in windows[i]]
    begins = np.cumsum([0, *(len(windows[i]) for i in ids)])[:-1]
    counts = np.array([[len(windows[i])] for i in ids])
    bags: dict[tuple[int, int], Bags] = {}
    answers = {}
    for choice, reader in readers.items():
        if choice[:2] not in bags:
            bags[choice[:2]] = bags_of(reader.codebook, all_windows, reader.n_assignments)
        answers[choice] = np.add.reduceat(reader.machine(bags[choice[:2]]), begins, axis=0) / counts
    return answers


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
