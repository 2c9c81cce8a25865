"""Counts cells with a network that simulated cells have taught, then fits a ridge regression to a laboratory's values.

Unless the settings say otherwise, the network is fitted to no participant: it comes with the package, or from a folder
that ``motilens train-counters`` has made. Only the regression from shares to percentages, twelve numbers, is then
fitted to the training participants; its strength is chosen among them by leave-one-out cross-validation.
"""

from functools import partial

import numpy as np

from motilens.config import CounterConfig, InputType, MethodSettings, Target
from motilens.errors import MismatchError
from motilens.files import digest_of
from motilens.methods.method import Method, TrainingSet, Workspace
from motilens.methods.track_physics import fit_ridge
from motilens.networks.counter import Counter
from motilens.networks.counter_file import NO_WEIGHTS, load_counter
from motilens.networks.freeze import freeze
from motilens.networks.weights import state_digest
from motilens.predictors.counting import LEAST_CELLS, CountingPredictor, n_cells, shares
from motilens.predictors.origin import Fit, Origin, TrainingCurve
from motilens.predictors.predictor import Predictor
from motilens.predictors.standardised_linear import StandardisedLinear
from motilens.training.counter import fit_counter
from motilens.training.label_bags import Bag

LEAST_PARTICIPANTS = 3
"""With fewer participants in whose videos cells are found, the shares are predicted as they are."""


def counting_method(input_type: InputType, description: str) -> Method:
    """Make a method that counts cells in stacks of one input type."""
    name = f"count-{input_type}"

    def fit(training: TrainingSet, settings: MethodSettings, workspace: Workspace) -> Predictor:
        config, target = settings.counting, training.target
        if target is None:
            raise MismatchError(f"method {name} counts cells for a target; choose --target motility or morphology")
        stacks = config.stacks(input_type, target)
        counter, fits, curves = _network(training, settings, workspace, target, input_type)
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
                *fits,
                *(Fit(what=what, ids=ids) for what in ("input scaling", "regressor") if regression),
                Fit(what="mean", ids=training.ids),
            ),
            n_parameters=(regression.n_parameters if regression else 0)
            + (sum(p.numel() for p in counter.parameters()) if fits else 0),
            notes=(note,),
            curves=curves,
            weights_origin=f"counter {config.weights} ({state_digest(counter)[:12]})",
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


def _network(
    training: TrainingSet, settings: MethodSettings, workspace: Workspace, target: Target, input_type: InputType
) -> tuple[Counter, tuple[Fit, ...], tuple[TrainingCurve, ...]]:
    """Load the network, and train it on the participants' percentages if the settings say so."""
    config = settings.counting
    start = None if config.weights == NO_WEIGHTS else load_counter(config.weights, target, input_type)
    if not config.training.is_on:
        if start is None:
            raise MismatchError(
                "counting.weights is 'none' and nothing trains the network; allowed: builtin, a folder, or none with "
                "counting.training.labels_weight above 0"
            )
        return start, (), ()
    stacks = config.stacks(input_type, target)
    bags = [
        Bag(partial(recording.stacks, stacks), np.array(recording.stack_record(stacks).cells_seen), training.labels[i])
        for i in training.ids
        for recording in training.recordings[i]
    ]
    made_from = [[r.fingerprint for r in training.recordings[i]] for i in training.ids]
    fitted = fit_counter(
        None,
        target,
        start.config if start else CounterConfig(input_type=input_type),
        config.training,
        bags=bags,
        made_from=digest_of([made_from, training.labels_of(training.ids).tolist(), stacks.model_dump(mode="json")]),
        start=start,
        seed=settings.seed,
        folder=workspace.folder / f"counter-{target}",
        runtime=workspace.runtime,
        progress=workspace.progress,
    )
    freeze(fitted.counter)
    return fitted.counter, (Fit(what="counter", ids=training.ids),), (fitted.curve,)


COUNTING_METHODS: tuple[Method, ...] = (
    counting_method("I1", "cells counted in one frame, then a ridge regression"),
    counting_method("I4", "cells counted in 18 frames, then a ridge regression"),
)
"""``count-I1`` and ``count-I4``."""
