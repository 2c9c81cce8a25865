"""Baseline methods, which do not use motion.

- ``mean``: the training participants' mean.
- ``median``: their median of each percentage, the constant with the smallest absolute error. Medians of a composition
  need not sum to 100; they are not renormalised, as that would increase the error.
- ``count``: a least-squares line on log(cells seen in a frame + 1).
- ``count-lab``: the same on the log of the laboratory's concentration; takes part only if that of every
  participant is known.

The predictions of a line fitted to a composition sum to 100, unless they are clipped to 0-100.
"""

from collections.abc import Callable

import numpy as np

from motilens.config import MethodSettings
from motilens.errors import MismatchError
from motilens.methods.method import Method, TrainingSet, Workspace
from motilens.predictors.constant import ConstantPredictor
from motilens.predictors.line import REGRESSORS, LinePredictor, Regressor
from motilens.predictors.origin import Fit, Origin
from motilens.predictors.predictor import Need, Predictor

_Fit = Callable[[TrainingSet, MethodSettings, Workspace], Predictor]


def fit_constant(name: str, statistic: Callable[..., np.ndarray]) -> _Fit:
    """Make a function that fits a constant to the training participants."""

    def fit(training: TrainingSet, settings: MethodSettings, workspace: Workspace) -> Predictor:
        origin = _origin(name, training, settings, n_parameters=3)
        constant = np.asarray(statistic(training.labels_of(training.ids), axis=0))
        return ConstantPredictor(origin, np.clip(constant, 0, 100))

    return fit


def fit_line(name: str, regressor: Regressor) -> _Fit:
    """Make a function that fits a line on one number to the training participants."""

    def fit(training: TrainingSet, settings: MethodSettings, workspace: Workspace) -> Predictor:
        origin = _origin(name, training, settings, n_parameters=6)
        number = REGRESSORS[regressor]
        x = np.array([np.mean([number(r, origin) for r in training.recordings[i]]) for i in training.ids], np.float64)
        y = training.labels_of(training.ids)
        dx = x - x.mean()
        # If all participants have the same number, the slope is not defined: the line is then their mean.
        slope = dx @ (y - y.mean(axis=0)) / (dx @ dx) if dx @ dx > 0 else np.zeros(3)
        return LinePredictor(origin, regressor, slope, y.mean(axis=0) - slope * x.mean())

    return fit


def _origin(name: str, training: TrainingSet, settings: MethodSettings, *, n_parameters: int) -> Origin:
    if training.target is None:
        raise MismatchError(f"method {name} makes no feature-images; train it with --target motility or morphology")
    fits = (Fit(what=name, ids=training.ids),)
    return Origin(method=name, target=training.target, settings=settings, fits=fits, n_parameters=n_parameters)


def _method(name: str, description: str, fit: _Fit, *needs: Need) -> Method:
    return Method(name, description, "cheap", needs, fit)


BASELINES: tuple[Method, ...] = (
    _method("mean", "training mean", fit_constant("mean", np.mean)),
    _method("median", "training median", fit_constant("median", np.median)),
    _method("count", "line on log cell count seen", fit_line("count", "log cells seen"), "stacks"),
    _method(
        "count-lab",
        "line on the laboratory's log concentration",
        fit_line("count-lab", "log concentration"),
        "concentration",
    ),
)
"""The baselines, in the order of tables."""
