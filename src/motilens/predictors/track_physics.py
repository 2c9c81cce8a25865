"""Predicts by a ridge regression on the shares of WHO's motility classes and other features of tracks."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, cast

import numpy as np
from jaxtyping import Float

from motilens.config import ClassThresholds, validated
from motilens.errors import BundleError, ConfigError
from motilens.predictors.origin import Origin
from motilens.predictors.parts import array_of, field_of, target_of
from motilens.predictors.percentages import as_percentages
from motilens.predictors.prediction import Prediction
from motilens.predictors.predictor import Need, Parts
from motilens.predictors.segment_tracks import NO_TRACKS
from motilens.predictors.standardised_linear import StandardisedLinear
from motilens.predictors.track_features import FEATURES, features_of, measure
from motilens.recordings.recording import Recording


@dataclass(frozen=True)
class TrackPhysicsPredictor:
    """Measures the tracks of a recording and applies the regression.

    Attributes:
        origin: where the predictor comes from.
        thresholds: limits of the motility classes.
        regression: map from ``track_features.FEATURES`` to percentages.
        mean_pct: mean label of the training participants, predicted for a recording without any track.
    """

    kind: ClassVar[str] = "track-physics"

    origin: Origin
    thresholds: ClassThresholds
    regression: StandardisedLinear
    mean_pct: Float[np.ndarray, "3"]

    @property
    def needs(self) -> tuple[Need, ...]:
        """Tracks, and so the width of a pixel."""
        return ("tracks",)

    def predict(self, recording: Recording) -> Prediction:
        """Predict one recording as a whole.

        Raises:
            InputError: tracks with a position that is not finite, or without a beat.
            MismatchError: the width of a pixel is not known.
            VideoError: the recording cannot be used.
        """
        target, settings = target_of(self.origin), self.origin.settings
        problems = recording.track_record(settings.tracking).problems
        measured = measure([recording], settings)
        if measured is None:
            predicted, problems = self.mean_pct[None], (*problems, NO_TRACKS)
        else:
            predicted = as_percentages(self.regression(features_of(measured, self.thresholds)[None]), target)
        return Prediction(recording.video_id, target, predicted, "recording", problems=problems)

    def with_origin(self, origin: Origin) -> "TrackPhysicsPredictor":
        """Return the same predictor with another origin."""
        return replace(self, origin=origin)

    def parts(self) -> Parts:
        """Return its parts for saving."""
        regression = {**self.regression.arrays(), "mean_pct": self.mean_pct}
        return Parts({"thresholds": self.thresholds.model_dump()}, {"regression": regression})

    @classmethod
    def from_parts(cls, parts: Parts, origin: Origin) -> "TrackPhysicsPredictor":
        """Rebuild the predictor from its parts. Raises BundleError for parts that do not fit."""
        thresholds = field_of(parts, "thresholds")
        try:
            found = validated(ClassThresholds, cast(Mapping[str, object], thresholds))
        except (ConfigError, TypeError, ValueError) as error:
            raise BundleError(f"thresholds {thresholds!r} do not fit; train the model again") from error
        regression = StandardisedLinear.from_parts(parts, "regression", len(FEATURES))
        return cls(origin, found, regression, array_of(parts, "regression", "mean_pct", (3,)))
