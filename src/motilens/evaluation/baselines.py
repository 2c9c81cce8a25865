"""What a model must beat: answers that look at no feature-image.

- ``mean``: the training participants' mean, whoever is asked about.
- ``median``: their median by component: the constant with the least absolute error. Medians of a composition need not
  sum to 100 and are not renormalised, as that would no longer be the least.
- ``count``: a least-squares line on log(cells seen in a frame + 1). Of the video it sees how many cells there are.
- ``count-lab``: the same on the laboratory's log concentration. Left out, and said so, where any participant of the
  folds lacks it.

Predictions are cut to 0-100. A line fitted to a composition sums to 100 by itself, up to that cut.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from motilens.arrays import Percentages
from motilens.config import Target
from motilens.data.names import listed, naturally
from motilens.data.values import Fold, LeftOut, Participant
from motilens.errors import FoldError
from motilens.evaluation.result import Cell, Fit, ParticipantScore

Values = Mapping[str, float | None]
"""A number by participant, None where it is not known."""

Predictor = Callable[[str], np.ndarray]
"""From a participant to three percentages, (3,)."""


@dataclass(frozen=True)
class BaselineData:
    """What baselines may know.

    Attributes:
        labels: three percentages by participant; those without them take no part.
        participants: cells seen, concentration and number of stacks of each.
    """

    labels: Mapping[str, np.ndarray]
    participants: Mapping[str, Participant]

    def labels_of(self, ids: Sequence[str]) -> Percentages:
        """Labels of some participants: (n, 3), percent."""
        return np.array([self.labels[i] for i in ids], dtype=np.float64)

    def log_cells_seen(self, participant: str) -> float | None:
        """log(heads seen in a frame + 1)."""
        return float(np.log1p(self.participants[participant].cells_seen))

    def log_concentration(self, participant: str) -> float | None:
        """log(10^6 cells per mL); None where it is not known or 0."""
        concentration = self.participants[participant].concentration
        return float(np.log(concentration)) if concentration else None


Feature = Callable[[BaselineData, str], float | None]


@dataclass(frozen=True)
class Baseline:
    """One baseline: how to fit it, and what it must know of everyone.

    Attributes:
        fit: from data and training IDs to a predictor; sees the labels of nobody else.
        needs: a number that everyone must have, None when none is needed.
        needs_words: that number in words.
    """

    fit: Callable[[BaselineData, Sequence[str]], Predictor]
    needs: Feature | None = None
    needs_words: str = ""


def _constant(statistic: Callable[..., np.ndarray]) -> Baseline:
    def fit(data: BaselineData, train_ids: Sequence[str]) -> Predictor:
        answer = np.asarray(statistic(data.labels_of(train_ids), axis=0))
        return lambda participant: answer

    return Baseline(fit)


def _line(on: Feature, words: str) -> Baseline:
    def fit(data: BaselineData, train_ids: Sequence[str]) -> Predictor:
        x = np.array([on(data, i) for i in train_ids], dtype=np.float64)
        y = data.labels_of(train_ids)
        dx = x - x.mean()
        # Participants who are all alike say nothing about the slope: the line is then their mean.
        slope = dx @ (y - y.mean(axis=0)) / (dx @ dx) if dx @ dx > 0 else np.zeros(3)

        def predict(participant: str) -> np.ndarray:
            value = on(data, participant)
            assert value is not None, "participants without it were checked before"
            return y.mean(axis=0) + slope * (value - x.mean())

        return predict

    return Baseline(fit, on, words)


BASELINE_FITS: dict[str, Baseline] = {
    "mean": _constant(np.mean),
    "median": _constant(np.median),
    "count": _line(BaselineData.log_cells_seen, "cells seen"),
    "count-lab": _line(BaselineData.log_concentration, "laboratory concentration above 0"),
}
"""In the order of ``result.BASELINES``."""


def baseline_cells(
    data: BaselineData, folds: Sequence[Fold], *, target: Target, seed: int = 0
) -> tuple[tuple[Cell, ...], tuple[LeftOut, ...]]:
    """Fit every baseline in every fold to the training participants and score the test participants.

    Args:
        data: labels of this target, and participants.
        folds: who trains and who tests; participants without labels take no part.
        target: motility or morphology.
        seed: written into the cells, so that those of repeats of a fold are told apart; nothing is drawn.

    Returns:
        Cells, baseline by baseline and fold by fold; and the baselines that could not be fitted, with the reason.

    Raises:
        FoldError: a fold without labelled participants in training or in test.
    """
    labelled = tuple(
        Fold(
            fold=fold.fold,
            train_ids=tuple(i for i in fold.train_ids if i in data.labels),
            test_ids=tuple(i for i in fold.test_ids if i in data.labels),
        )
        for fold in folds
    )
    for fold in labelled:
        if not fold.train_ids or not fold.test_ids:
            raise FoldError(
                f"fold {fold.fold} has {len(fold.train_ids)} training and {len(fold.test_ids)} test participants with "
                f"{target} labels; allowed: at least one each; use other folds"
            )
    everyone = naturally({i for fold in labelled for i in (*fold.train_ids, *fold.test_ids)})
    cells: list[Cell] = []
    left_out: list[LeftOut] = []
    for name, baseline in BASELINE_FITS.items():
        needs = baseline.needs
        if needs is not None and (lacking := [i for i in everyone if needs(data, i) is None]):
            reason = f"{baseline.needs_words} not known of participants {listed(lacking)}"
            left_out.append(LeftOut(name=f"baseline {name} ({target})", reason=reason))
            continue
        cells.extend(_cell(name, baseline, data, fold, target=target, seed=seed) for fold in labelled)
    return tuple(cells), tuple(left_out)


def _cell(name: str, baseline: Baseline, data: BaselineData, fold: Fold, *, target: Target, seed: int) -> Cell:
    predict = baseline.fit(data, fold.train_ids)
    scores = []
    for participant in fold.test_ids:
        truth, predicted = data.labels[participant], np.clip(predict(participant), 0, 100)
        scores.append(
            ParticipantScore(
                participant=participant,
                n_stacks=data.participants[participant].n_stacks,
                truth_pct=_triple(truth),
                predicted_pct=_triple(predicted),
                spread_pct=(0.0, 0.0, 0.0),  # every stack of a participant gets the same answer
                stack_error_pct=_triple(np.abs(predicted - truth)),
            )
        )
    fits = (Fit(what=f"baseline {name}", ids=fold.train_ids),)
    return Cell(method=name, target=target, fold=fold.fold, seed=seed, scores=tuple(scores), fits=fits)


def _triple(values: np.ndarray) -> tuple[float, float, float]:
    return float(values[0]), float(values[1]), float(values[2])
