"""Counts cells with a network that simulated cells have taught, then fits a ridge regression to a laboratory's values.

The network is fitted to no participant: it comes with the package, or from a folder that ``motilens train-counters``
has made. Only the regression from shares to percentages, twelve numbers, is fitted to the training participants; its
strength is chosen among them by leave-one-out cross-validation.
"""

import numpy as np

from motilens.config import InputType, MethodSettings
from motilens.errors import MismatchError
from motilens.methods.method import Method, TrainingSet, Workspace
from motilens.methods.track_physics import fit_ridge
from motilens.networks.counter_file import load_counter
from motilens.networks.weights import state_digest
from motilens.predictors.counting import LEAST_CELLS, CountingPredictor, n_cells, shares
from motilens.predictors.origin import Fit, Origin
from motilens.predictors.predictor import Predictor
from motilens.predictors.standardised_linear import StandardisedLinear

LEAST_PARTICIPANTS = 3
"""With fewer participants in whose videos cells are found, the shares are predicted as they are."""


def counting_method(input_type: InputType, description: str) -> Method:
    """Make a method that counts cells in stacks of one input type."""
    name = f"count-{input_type}"

    def fit(training: TrainingSet, settings: MethodSettings, workspace: Workspace) -> Predictor:
        config, target = settings.counting, training.target
        if target is None:
            raise MismatchError(f"method {name} counts cells for a target; choose --target motility or morphology")
        counter = load_counter(config.weights, target, input_type)
        stacks = config.stacks(input_type, target)
        counts = {
            i: np.concatenate([r.cell_counts(counter, stacks).array() for r in training.recordings[i]]).sum(axis=0)
            for i in training.ids
        }
        ids = tuple(i for i in training.ids if n_cells(counts[i][None])[0] >= LEAST_CELLS)
        regression: StandardisedLinear | None = None
        note = "shares of the counted cells, not fitted to labels"
        if config.calibrate and len(ids) >= LEAST_PARTICIPANTS:
            features = shares(np.stack([counts[i] for i in ids]), target)
            ridge = fit_ridge(features, training.labels_of(ids), config.alphas)
            regression = ridge.regression
            note = (
                f"alpha {ridge.alpha:g}: mean absolute error {ridge.error_pct:.2f} with each training participant left "
                "out in turn"
            )
        origin = Origin(
            method=name,
            target=target,
            settings=settings,
            fits=(
                *(Fit(what=what, ids=ids) for what in ("input scaling", "regressor") if regression),
                Fit(what="mean", ids=training.ids),
            ),
            n_parameters=regression.n_parameters if regression else 0,
            notes=(note,),
            weights_origin=f"counter {config.weights} ({state_digest(counter)[:12]}), taught by simulated cells",
        )
        return CountingPredictor(origin, counter, regression, training.labels_of(training.ids).mean(axis=0))

    return Method(
        name,
        description,
        "cheap",
        ("cells",),
        fit,
        input_type=input_type,
    )


COUNTING_METHODS: tuple[Method, ...] = (
    counting_method("I1", "cells counted in one frame, then a ridge regression"),
    counting_method("I4", "cells counted in 18 frames, then a ridge regression"),
)
"""``count-I1`` and ``count-I4``."""
