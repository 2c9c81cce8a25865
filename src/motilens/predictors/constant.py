"""Predicts the same percentages for every recording: the reference for all other predictors."""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from motilens.predictors.origin import Origin
from motilens.predictors.parts import array_of, target_of
from motilens.predictors.prediction import Prediction
from motilens.predictors.predictor import Need, Parts
from motilens.recordings.recording import Recording


@dataclass(frozen=True)
class ConstantPredictor:
    """Predicts a constant.

    Attributes:
        origin: where the predictor comes from.
        constant_pct: the constant, (3,), percent.
    """

    kind: ClassVar[str] = "constant"

    origin: Origin
    constant_pct: np.ndarray

    @property
    def needs(self) -> tuple[Need, ...]:
        """Needs nothing of a recording."""
        return ()

    def predict(self, recording: Recording) -> Prediction:
        """Predict the constant, whatever the recording shows; the file is not opened."""
        return Prediction(recording.video_id, target_of(self.origin), self.constant_pct[None], "recording")

    def with_origin(self, origin: Origin) -> "ConstantPredictor":
        """Return the same predictor with another origin."""
        return replace(self, origin=origin)

    def parts(self) -> Parts:
        """Return its parts for saving."""
        return Parts({}, {"constant": {"constant_pct": self.constant_pct}})

    @classmethod
    def from_parts(cls, parts: Parts, origin: Origin) -> "ConstantPredictor":
        """Rebuild the predictor from its parts. Raises BundleError if the array is missing or has another shape."""
        return cls(origin, array_of(parts, "constant", "constant_pct", (3,)))
