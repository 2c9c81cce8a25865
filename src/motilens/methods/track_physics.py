"""Fits a ridge regression from the shares of WHO's motility classes among tracks to a laboratory's percentages.

A participant's tracks are cut into pieces of about a second (``tracking.pieces``), with the median drift removed, and
all segments are pooled. The classes' shares of cell-seconds are then nearly the prediction. Three things are learned to
match a laboratory's counts: the beat from which a standing cell counts as non-progressive, the speed from which a
moving cell counts as progressive, and a ridge regression from the shares and four more numbers to the percentages.

The two thresholds and the strength of the ridge are those with the smallest mean absolute error in leave-one-out
cross-validation over training participants; the first of the grid in case of a tie. The grid of speeds is small and
centred on WHO's value, to allow for an inexact width of a pixel (VISEM does not publish it).
"""

from collections.abc import Sequence
from itertools import product
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from motilens.config import ClassThresholds, MethodSettings
from motilens.methods.method import Method, TrainingSet, Workspace
from motilens.methods.tracked_participants import tracked_participants
from motilens.predictors.origin import Fit, Origin
from motilens.predictors.standardised_linear import StandardisedLinear
from motilens.predictors.track_features import features_of, measure
from motilens.predictors.track_physics import TrackPhysicsPredictor
from motilens.shapes import Percentages

NAME = "tracks-physics"


class Ridge(NamedTuple):
    """A ridge regression.

    Attributes:
        regression: map from features to percentages.
        alpha: strength of the regularisation.
        error_pct: mean absolute error in leave-one-out cross-validation, in points.
    """

    regression: StandardisedLinear
    alpha: float
    error_pct: float


def fit_track_physics(training: TrainingSet, settings: MethodSettings, workspace: Workspace) -> TrackPhysicsPredictor:
    """Choose thresholds and fit the ridge regression.

    Args:
        training: participants and labels.
        settings: settings of tracking and of the grids.
        workspace: not used.

    Raises:
        TrackError: fewer than three training participants have tracks.
        InputError: tracks with a position that is not finite, or without a beat.
        MismatchError: the width of a pixel is not known.
        VideoError: a recording cannot be used.
    """
    config = settings.track_physics
    measured = {i: measure(training.recordings[i], settings) for i in training.ids}
    participants = tracked_participants(training, {i for i, found in measured.items() if found is not None})
    labels = training.labels_of(participants.ids)

    def ridge_for(thresholds: ClassThresholds) -> Ridge:
        features = [features_of(found, thresholds) for i in participants.ids if (found := measured[i]) is not None]
        return fit_ridge(np.stack(features), labels, config.alphas)

    candidates = [
        (thresholds, ridge_for(thresholds))
        for progressive_um_s, least_beat in product(config.progressive_um_s, config.least_beats)
        if (thresholds := config.thresholds(progressive_um_s=progressive_um_s, least_beat=least_beat))
    ]
    thresholds, ridge = min(candidates, key=lambda candidate: round(candidate[1].error_pct, 6))

    note = (
        f"standing cells beat from {thresholds.least_beat:g} times the background on, progressive from "
        f"{thresholds.progressive_um_s:g} um/s, alpha {ridge.alpha:g}: mean absolute error {ridge.error_pct:.2f} with "
        "each training participant left out in turn"
    )
    origin = Origin(
        method=NAME,
        target=training.target,
        settings=settings,
        fits=tuple(Fit(what=what, ids=participants.ids) for what in ("thresholds", "input scaling", "regressor")),
        n_parameters=ridge.regression.n_parameters + 2,
        notes=(note, *participants.notes),
    )
    return TrackPhysicsPredictor(origin, thresholds, ridge.regression, participants.mean_pct)


def fit_ridge(
    features: Float[np.ndarray, "participant feature"], labels: Percentages, alphas: Sequence[float]
) -> Ridge:
    """Fit a ridge regression with the strength that has the smallest error.

    Args:
        features: features of the training participants.
        labels: their percentages.
        alphas: strengths to choose from.
    """
    from sklearn.linear_model import RidgeCV
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler().fit(features)
    ridge = RidgeCV(alphas=list(alphas), scoring="neg_mean_absolute_error").fit(scaler.transform(features), labels)
    regression = StandardisedLinear(
        mean=np.asarray(scaler.mean_),
        scale=np.asarray(scaler.scale_),
        coefficients=np.asarray(ridge.coef_, np.float64),
        intercept=np.asarray(ridge.intercept_, np.float64),
    )
    return Ridge(regression, float(np.asarray(ridge.alpha_)), -float(np.asarray(ridge.best_score_)))


TRACK_PHYSICS = Method(
    NAME, "WHO's motility classes of tracks, then a ridge regression", "cheap", ("tracks",), fit_track_physics
)
