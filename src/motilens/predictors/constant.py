"""The same percentages for every recording: what any other predictor must beat."""

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
        origin: how it came to be.
        constant_pct: (3,), percent.
    """

    kind: ClassVar[str] = "constant"

    origin: Origin
    constant_pct: np.ndarray

    @property
    def needs(self) -> tuple[Need, ...]:
        """Nothing."""
        return ()

    def predict(self, recording: Recording) -> Prediction:
        """The constant, whatever the recording shows; the file is not opened."""
        return Prediction(recording.video_id, target_of(self.origin), self.constant_pct[None], "recording")

    def with_origin(self, origin: Origin) -> "ConstantPredictor":
        """The same predictor with another origin."""
        return replace(self, origin=origin)

    def parts(self) -> Parts:
        """Take it apart for a file."""
        return Parts({}, {"constant": {"constant_pct": self.constant_pct}})

    @classmethod
    def from_parts(cls, parts: Parts, origin: Origin) -> "ConstantPredictor":
        """Put it together again. Raises BundleError for an array that is missing or of another shape."""
        return cls(origin, array_of(parts, "constant", "constant_pct", (3,)))
