"""The interface of everything that predicts a recording."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Protocol, runtime_checkable

import numpy as np

from motilens.config import InputType, StackConfig
from motilens.predictors.origin import Origin
from motilens.predictors.prediction import Prediction
from motilens.recordings.recording import Recording
from motilens.shapes import ChannelImages
from motilens.stacks.stack_batch import StackBatch

Need = Literal["stacks", "cells", "tracks", "concentration"]
"""What a predictor needs of a recording: stacks of frames, cells that a network counts, tracks (and so the width of a
pixel), or the laboratory's concentration."""

Arrays = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Parts:
    """The parts of a predictor, as they are saved.

    Attributes:
        fields: JSON values.
        arrays: named arrays by file name without ending, such as ``{"regressor": {"conv.weight": ...}}``.
    """

    fields: Mapping[str, Any]
    arrays: Mapping[str, Arrays]


@runtime_checkable
class ImagePredictor(Protocol):
    """A predictor that sees stacks as images of a few channels."""

    @property
    def stacks(self) -> StackConfig:
        """Settings of the stacks."""
        ...

    @property
    def input_type(self) -> InputType:
        """Which frames of a stack it sees."""
        ...

    def make_images(self, batch: StackBatch) -> ChannelImages:
        """Images of some stacks: (n, channel, y, x), float32."""
        ...


@runtime_checkable
class Predictor(Protocol):
    """A fitted method.

    Attributes:
        kind: name of the class in a saved model.
        origin: where the predictor comes from.
    """

    kind: ClassVar[str]

    @property
    def origin(self) -> Origin:
        """Where the predictor comes from."""
        ...

    @property
    def needs(self) -> tuple[Need, ...]:
        """What it needs of a recording."""
        ...

    def predict(self, recording: Recording) -> Prediction:
        """Predict one recording; the result depends only on the recording and the predictor.

        Raises:
            VideoError: the recording cannot be used.
            MismatchError: the recording lacks something that is needed, or the predictor makes feature-images only.
        """
        ...

    def with_origin(self, origin: Origin) -> "Predictor":
        """Return the same predictor with another origin."""
        ...

    def parts(self) -> Parts:
        """Return its parts for saving."""
        ...

    @classmethod
    def from_parts(cls, parts: Parts, origin: Origin) -> "Predictor":
        """Rebuild the predictor from its parts.

        Raises:
            BundleError: a part does not fit; the message names the first such part.
        """
        ...
