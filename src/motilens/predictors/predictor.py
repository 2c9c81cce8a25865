"""The interface of everything that answers for a recording."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Protocol, runtime_checkable

import numpy as np

from motilens.predictors.origin import Origin
from motilens.predictors.prediction import Prediction
from motilens.recordings.recording import Recording

Need = Literal["stacks", "tracks", "concentration"]
"""What a predictor asks of a recording: stacks of frames, tracks (and so the width of a pixel), or the laboratory's
concentration."""

Arrays = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Parts:
    """A predictor taken apart for a file.

    Attributes:
        fields: JSON values.
        arrays: named arrays by file name without ending, such as ``{"regressor": {"conv.weight": ...}}``.
    """

    fields: Mapping[str, Any]
    arrays: Mapping[str, Arrays]


@runtime_checkable
class Predictor(Protocol):
    """A fitted method.

    Attributes:
        kind: names the class in a saved model.
        origin: how it came to be.
    """

    kind: ClassVar[str]

    @property
    def origin(self) -> Origin:
        """How it came to be."""
        ...

    @property
    def needs(self) -> tuple[Need, ...]:
        """What it asks of a recording."""
        ...

    def predict(self, recording: Recording) -> Prediction:
        """Predict one recording; depends on nothing but the recording and the predictor.

        Raises:
            VideoError: the recording cannot be used.
            MismatchError: the recording lacks something that is needed, or the predictor makes feature-images only.
        """
        ...

    def with_origin(self, origin: Origin) -> "Predictor":
        """The same predictor with another origin."""
        ...

    def parts(self) -> Parts:
        """Take it apart for a file."""
        ...

    @classmethod
    def from_parts(cls, parts: Parts, origin: Origin) -> "Predictor":
        """Put it together again.

        Raises:
            BundleError: parts that do not fit; names the first.
        """
        ...
