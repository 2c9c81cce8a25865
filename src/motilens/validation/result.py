"""The result of a validation: every prediction beside the laboratory's value, every limit and its outcome, the origin.

``validation.json`` holds this value; the page and the tables are made from it alone. It contains no paths.
"""

from typing import Literal

from motilens.config import Settings, Target
from motilens.data.participants import LeftOut
from motilens.evaluation.result import Triple
from motilens.prediction.predict import VideoPrediction
from motilens.validation.checks import Check, Overall, PercentageAgreement
from motilens.validation.limits import LimitsFile

VALIDATION_FILE = "validation.json"
"""Name of the result's file in the folder of a validation."""


class Sample(Settings):
    """One participant: the laboratory's percentages, and those predicted."""

    participant: str
    laboratory_pct: Triple
    predicted_pct: Triple
    """Mean over the recordings that could be used."""
    recordings: tuple[VideoPrediction, ...]
    """All recordings, including those that could not be used."""

    @property
    def results_pct(self) -> tuple[Triple, ...]:
        """Predictions for the recordings that could be used."""
        return tuple(line.predicted_pct for line in self.recordings if line.predicted_pct is not None)


class ValidatedModel(Settings):
    """The model that was validated, and what it was made from."""

    name: str
    """``builtin``, or the name of the model's folder."""
    digest: str
    """Short hash of the model's files, as in predictions."""
    method: str
    trained_on: str
    """Name and size of the training data, or where the weights come from."""
    motilens_version: str
    """The version that made the model."""


class Validation(Settings):
    """A whole validation."""

    kind: Literal["validation"] = "validation"
    validation_version: Literal[1] = 1
    motilens_version: str
    versions: dict[str, str]
    """Versions of Python and of the libraries that affect the numbers."""
    date: str
    """When the validation was finished (ISO 8601, UTC)."""
    dataset: str
    """Name of the data's folder."""
    data_fingerprint: str
    """Hash over the videos' fingerprints and the laboratory's values."""
    target: Target
    names: tuple[str, str, str]
    """Names of the three percentages."""
    um_per_px: float | None
    """Width of a pixel as given; None to take it from the data, or to estimate it."""
    model: ValidatedModel
    limits: LimitsFile | None
    overall: Overall
    checks: tuple[Check, ...]
    agreements: tuple[PercentageAgreement, ...]
    """One for each percentage."""
    samples: tuple[Sample, ...]
    left_out: tuple[LeftOut, ...]
    """Participants and recordings that are not in the numbers, with the reason."""
