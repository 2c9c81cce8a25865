"""Predicts from a least-squares line on one number, without using motion."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ClassVar, Literal, cast

import numpy as np

from motilens.errors import BundleError, MismatchError
from motilens.predictors.origin import Origin
from motilens.predictors.parts import array_of, field_of, target_of
from motilens.predictors.prediction import Prediction
from motilens.predictors.predictor import Need, Parts
from motilens.recordings.recording import Recording

Regressor = Literal["log cells seen", "log concentration"]
"""The number that the line is fitted on: log(heads counted in a frame + 1), or log(10^6 cells per mL)."""


def log_cells_seen(recording: Recording, origin: Origin) -> float:
    """log(mean number of heads in a frame + 1). Raises VideoError for a recording that cannot be used."""
    return float(np.log1p(recording.cells_seen(origin.settings.stacks)))


def log_concentration(recording: Recording, origin: Origin) -> float:
    """log(10^6 cells per mL).

    Raises:
        MismatchError: the concentration is not known, or is 0.
    """
    if not recording.concentration or recording.concentration <= 0:
        raise MismatchError(
            f"{origin.method} needs the laboratory's concentration of {recording.path.name}, which is "
            f"{'not known' if recording.concentration is None else recording.concentration}; allowed: a number above "
            "0; give it with --concentration"
        )
    return float(np.log(recording.concentration))


REGRESSORS: dict[Regressor, Callable[[Recording, Origin], float]] = {
    "log cells seen": log_cells_seen,
    "log concentration": log_concentration,
}


@dataclass(frozen=True)
class LinePredictor:
    """Predicts ``intercept + slope * number``, clipped to 0-100.

    Attributes:
        origin: where the predictor comes from.
        regressor: the number.
        slope_pct: (3,), percentage points per unit of the number.
        intercept_pct: (3,), percent.
    """

    kind: ClassVar[str] = "line"

    origin: Origin
    regressor: Regressor
    slope_pct: np.ndarray
    intercept_pct: np.ndarray

    @property
    def needs(self) -> tuple[Need, ...]:
        """Stacks, in whose first frames cells are counted, or the laboratory's concentration."""
        return ("stacks",) if self.regressor == "log cells seen" else ("concentration",)

    def predict(self, recording: Recording) -> Prediction:
        """Predict one recording.

        Raises:
            VideoError: the recording cannot be used.
            MismatchError: its concentration is needed and not known.
        """
        value = REGRESSORS[self.regressor](recording, self.origin)
        predicted = np.clip(self.intercept_pct + self.slope_pct * value, 0, 100)
        return Prediction(recording.video_id, target_of(self.origin), predicted[None], "recording")

    def with_origin(self, origin: Origin) -> "LinePredictor":
        """Return the same predictor with another origin."""
        return replace(self, origin=origin)

    def parts(self) -> Parts:
        """Return its parts for saving."""
        line = {"slope_pct": self.slope_pct, "intercept_pct": self.intercept_pct}
        return Parts({"regressor": self.regressor}, {"line": line})

    @classmethod
    def from_parts(cls, parts: Parts, origin: Origin) -> "LinePredictor":
        """Rebuild the predictor from its parts. Raises BundleError for parts that do not fit."""
        regressor = field_of(parts, "regressor")
        if not isinstance(regressor, str) or regressor not in REGRESSORS:
            raise BundleError(f"a line on {regressor!r}; allowed: {', '.join(REGRESSORS)}; train the model again")
        return cls(
            origin,
            cast(Regressor, regressor),
            array_of(parts, "line", "slope_pct", (3,)),
            array_of(parts, "line", "intercept_pct", (3,)),
        )
