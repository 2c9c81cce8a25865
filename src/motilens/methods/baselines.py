"""Answers that look at no feature-image.

- ``mean``: the training participants' mean, whoever is asked about.
- ``median``: their median by component: the constant with the least absolute error. Medians of a composition need not
  sum to 100 and are not renormalised, as that would no longer be the least.
- ``count``: a least-squares line on log(cells seen in a frame + 1). Of the video it sees how many cells there are.
- ``count-lab``: the same on the laboratory's log concentration; cannot be had where anybody's is not known.

Predictions are cut to 0-100. A line fitted to a composition sums to 100 by itself, up to that cut.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from motilens.arrays import Percentages
from motilens.data.names import listed, naturally
from motilens.data.values import Fit, Participant
from motilens.methods.values import Assignment, Fitted, Material, Method

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
"""In the order of tables."""

_WORDS = {
    "mean": "training mean",
    "median": "training median",
    "count": "line on log cell count seen",
    "count-lab": "line on the laboratory's log concentration",
}


def _method(name: str, baseline: Baseline) -> Method:
    def fit(material: Material, assignment: Assignment) -> Fitted:
        data = BaselineData(assignment.labels, material.participants)
        predict = baseline.fit(data, assignment.train_ids)
        return Fitted(
            predict=lambda participant: np.clip(predict(participant), 0, 100)[None],
            fits=(Fit(what=f"baseline {name}", ids=assignment.train_ids),),
            n_parameters=3 if baseline.needs is None else 6,
        )

    def lacking(material: Material) -> str | None:
        needs = baseline.needs
        if needs is None:
            return None
        data = BaselineData({}, material.participants)
        without = [i for i in naturally(material.participants) if needs(data, i) is None]
        return f"{baseline.needs_words} not known of participants {listed(without)}" if without else None

    # Counting cells is done while stacks are cut.
    uses = ("stacks",) if name == "count" else ()
    return Method(name, _WORDS[name], "cheap", uses, fit, lacking)


BASELINE_METHODS: tuple[Method, ...] = tuple(_method(name, baseline) for name, baseline in BASELINE_FITS.items())
