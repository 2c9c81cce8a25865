"""Fits motilitAI's method (Ottl et al. 2022, doi 10.1016/j.isci.2022.104644): bag of words of tracks, linear SVR.

As published: the mean drift is removed; in windows of 10 s, one every 5 s, each track is described by its mean squared
displacement at each lag, -1 where it is too short; k-means finds words in the training participants' tracks; a window
is the histogram of its tracks' nearest words; a support vector regression predicts each window, and a participant's
prediction is the mean over windows. Words are found on log(1 + MSD) (``predictors.codebook``).

Decisions made here, because the paper and its code disagree or to save computing time:

- *linear*, as in the paper; its code uses scikit-learn's default, an RBF kernel. The regression is ``SVR`` on the
  products of histograms: the same as ``LinearSVR``, but its intercept is not regularised and its cost does not grow
  with the number of words.
- *scaling*: histograms are standardised on the training windows and divided by the square root of the number of words,
  so that one grid of C suits all codebooks.
- *words and assignments*: 250, 1,000 or 2,500 words and 1, 10, 50 or 200 assignments, instead of 2,500 to 20,000 and 1
  to 500, drawn at random. 57 participants have about 27,000 tracks, too few for 20,000 words; and a fit takes half a
  minute of one core instead of hours.
- *lags*: 50, evenly up to the longest window of the training participants, instead of each frame. Displacement changes
  smoothly with the lag, so distances between tracks are nearly the same. Lags are times, so recordings
  of different frame rates can be compared.
- *short segments*: a segment between stage moves that is shorter than a window is one window.

Words, assignments and C are chosen together by cross-validation inside the training part, in folds of participants;
each fold has a codebook and a standardisation of its own, so that nothing is fitted to the participants held out. This
is the grid search of scikit-learn's ``GridSearchCV``, written out as loops: choices with the same number of words then
share a codebook, those with the same histograms share the products, and each fold draws its codebooks from a seed of
its own. A ``Pipeline`` with a cache of fitted codebooks inside ``GridSearchCV`` was tried on 60 participants with 400
synthetic tracks each: its search took 138 CPU seconds, the loops 32.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import NamedTuple

import numpy as np

from motilens.config import BagOfWordsConfig, MethodSettings
from motilens.data.folds import MIN_PARTICIPANTS, make_folds
from motilens.methods.codebook import fit_codebook
from motilens.methods.method import Method, TrainingSet, Workspace
from motilens.methods.tracked_participants import tracked_participants
from motilens.predictors.bag_of_words import BagOfWordsPredictor
from motilens.predictors.codebook import Histograms, Window, histograms
from motilens.predictors.origin import Fit, Origin
from motilens.predictors.percentages import as_percentages
from motilens.predictors.standardised_linear import StandardisedLinear
from motilens.predictors.track_windows import Lags, displacements_at, windows_of
from motilens.shapes import Percentages
from motilens.tracking.tracks import Tracks

NAME = "tracks-bow"

Windows = Mapping[str, Sequence[Window]]
"""Windows of all recordings of each participant."""


class Choice(NamedTuple):
    """Hyperparameters that are chosen inside the training part."""

    n_words: int
    n_assignments: int
    c: float

    def __str__(self) -> str:
        return f"{self.n_words} words, {self.n_assignments} for each track, C {self.c:g}"


def fit_bag_of_words(training: TrainingSet, settings: MethodSettings, workspace: Workspace) -> BagOfWordsPredictor:
    """Choose the hyperparameters inside the training part, then fit to all of it.

    Args:
        training: participants and labels.
        settings: settings of tracking and of the bag of words.
        workspace: not used.

    Raises:
        TrackError: fewer than three training participants have tracks.
        InputError: tracks with a position that is not finite.
        MismatchError: the width of a pixel is not known.
        VideoError: a recording cannot be used.
    """
    config = settings.bag_of_words
    seen = {i: [w for each in training.recordings[i] for w in windows_of(each, settings)] for i in training.ids}
    participants = tracked_participants(training, {i for i, windows in seen.items() if windows})
    ids = participants.ids
    lags_s = lags_for([window for i in ids for window in seen[i]], config.n_lags)
    windows = {i: [displacements_at(window, lags_s) for window in seen[i]] for i in ids}
    choice, note = choose(windows, training, ids, settings)

    rng = np.random.default_rng((settings.seed, 0))
    words = fit_codebook(windows, ids, n_words=choice.n_words, tracks_per_word=config.tracks_per_word, rng=rng)
    (bags,) = histograms(words, _joined(windows, ids), [choice.n_assignments])
    (regression,) = fit_regressions(bags, _labels_of_windows(windows, training, ids), [choice.c], config.epsilon_pct)

    size = (
        f"{len(words)} words of {len(lags_s)} lags up to {lags_s[-1]:.2f} s, from "
        f"{sum(len(window) for i in ids for window in windows[i])} tracks in {len(bags)} windows"
    )
    parts = ("codebook", "words, assignments and C", "input scaling", "regressor")
    origin = Origin(
        method=NAME,
        target=training.target,
        settings=settings,
        fits=tuple(Fit(what=what, ids=ids) for what in parts),
        n_parameters=words.size + regression.n_parameters,
        notes=(note, size, *participants.notes),
    )
    n_assignments = min(choice.n_assignments, len(words))
    return BagOfWordsPredictor(origin, lags_s, words, n_assignments, regression, participants.mean_pct)


def choose(windows: Windows, training: TrainingSet, ids: Sequence[str], settings: MethodSettings) -> tuple[Choice, str]:
    """Choose words, assignments and C inside the training part.

    Args:
        windows: windows of each participant.
        training: labels, and the values that folds are stratified by.
        ids: training participants with tracks.
        settings: the grid and the seed.

    Returns:
        The choice with the smallest mean absolute error on participants held out, and a sentence about it.
    """
    config, target = settings.bag_of_words, training.target
    assert target is not None, "this method makes no feature-images"
    if len(ids) < config.inner_folds * MIN_PARTICIPANTS:
        middle = Choice(config.n_words[0], config.n_assignments[0], config.c[(len(config.c) - 1) // 2])
        return middle, f"{len(ids)} participants with tracks are too few to choose; taken: {middle}"
    errors: dict[Choice, list[float]] = {
        Choice(*each): [] for each in product(config.n_words, config.n_assignments, config.c)
    }
    ranked = {i: training.order.get(i, float("nan")) for i in ids}
    for fold in make_folds(ranked, n_folds=config.inner_folds, seed=settings.seed).folds:
        rng = np.random.default_rng((settings.seed, fold.fold))
        for choice, predicted in _grid(windows, training, fold.train_ids, fold.test_ids, config, rng):
            missed = np.abs(as_percentages(predicted, target) - training.labels_of(fold.test_ids))
            errors[choice] += missed.mean(axis=1).tolist()
    best = min(errors, key=lambda choice: round(float(np.mean(errors[choice])), 6))
    error = float(np.mean(errors[best]))
    return best, f"{best}: mean absolute error {error:.2f} of participants held out in {config.inner_folds} folds"


def lags_for(windows: Sequence[Tracks], n_lags: int) -> Lags:
    """Lags in seconds, evenly spaced up to the longest window; at most ``n_lags``, and at least a frame apart."""
    longest_s, frames = max(((w.n_frames - 1) / w.scale.fps_hz, w.n_frames - 1) for w in windows)
    n = min(n_lags, frames)
    return longest_s * np.arange(1, n + 1) / n


def fit_regressions(
    bags: Histograms, labels: Percentages, cs: Sequence[float], epsilon_pct: float
) -> list[StandardisedLinear]:
    """Fit a linear support vector regression for each C.

    Args:
        bags: histograms of the training windows.
        labels: labels of the windows' participants, percent.
        cs: values of C, the weight of errors relative to that of large coefficients.
        epsilon_pct: smaller errors cost nothing.
    """
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVR

    scaler = StandardScaler().fit(bags)
    mean, scale = np.asarray(scaler.mean_), np.asarray(scaler.scale_) * np.sqrt(bags.shape[1])
    x = (bags - mean) / scale
    products = x @ x.T  # smaller than x, as there are fewer windows than words, and the same for every C
    found = []
    for c in cs:
        svrs = [SVR(kernel="precomputed", C=c, epsilon=epsilon_pct).fit(products, column) for column in labels.T]
        coefficients = np.stack([np.asarray(svr.dual_coef_)[0] @ x[svr.support_] for svr in svrs])
        intercept = np.array([float(np.asarray(svr.intercept_)[0]) for svr in svrs])
        found.append(StandardisedLinear(mean, scale, coefficients, intercept))
    return found


def _grid(
    windows: Windows,
    training: TrainingSet,
    fit_ids: Sequence[str],
    held_out_ids: Sequence[str],
    config: BagOfWordsConfig,
    rng: np.random.Generator,
) -> Iterator[tuple[Choice, np.ndarray]]:
    """For each choice, fit to some participants and predict the others: (participant, 3), percent, not clipped."""
    labels = _labels_of_windows(windows, training, fit_ids)
    counts = np.array([len(windows[i]) for i in held_out_ids])
    begins = np.cumsum(counts) - counts
    for n_words in config.n_words:
        words = fit_codebook(windows, fit_ids, n_words=n_words, tracks_per_word=config.tracks_per_word, rng=rng)
        fitted = histograms(words, _joined(windows, fit_ids), config.n_assignments)
        held_out = histograms(words, _joined(windows, held_out_ids), config.n_assignments)
        for n_assignments, fit_bags, held_out_bags in zip(config.n_assignments, fitted, held_out, strict=True):
            regressions = fit_regressions(fit_bags, labels, config.c, config.epsilon_pct)
            for c, regression in zip(config.c, regressions, strict=True):
                sums = np.add.reduceat(regression(held_out_bags), begins, axis=0)
                yield Choice(n_words, n_assignments, c), sums / counts[:, None]


def _joined(windows: Windows, ids: Sequence[str]) -> list[Window]:
    return [window for i in ids for window in windows[i]]


def _labels_of_windows(windows: Windows, training: TrainingSet, ids: Sequence[str]) -> Percentages:
    return training.labels_of([i for i in ids for _ in windows[i]])


BAG_OF_WORDS = Method(
    NAME, "bag of words of tracks' displacement, then a linear SVR", "cheap", ("tracks",), fit_bag_of_words
)
