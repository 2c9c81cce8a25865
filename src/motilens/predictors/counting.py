"""Predicts from counts of cells: a percentage is the number of cells of a class, divided by the number of all cells.

The network counts the cells of each class in each stack. Their sums over all stacks give the shares of the recording: a
stack with many cells counts more than one with few. A ridge regression may then fit the shares to what a laboratory
counts.
"""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from jaxtyping import Float

from motilens.config import CounterConfig, InputType, Settings, StackConfig, Target
from motilens.errors import BundleError, InputError, NoCellsError
from motilens.features.cell_maps import CellMaps, cell_maps, counter_images
from motilens.networks.counter import DEFECTS, MOTILITY, Counter
from motilens.predictors.origin import Origin
from motilens.predictors.parts import array_of, load_state, settings_of, state_arrays, target_of
from motilens.predictors.percentages import as_percentages
from motilens.predictors.prediction import Prediction
from motilens.predictors.predictor import Need, Parts
from motilens.predictors.standardised_linear import StandardisedLinear
from motilens.recordings.recording import Recording
from motilens.shapes import ChannelImages
from motilens.stacks.stack_batch import StackBatch

LEAST_CELLS = 1.0
"""A recording with fewer cells in all of its stacks gets the mean of the training participants."""

NO_CELLS = "no cells were found: the training mean is predicted"


class _Fitted(Settings):
    """What was fitted to labels."""

    regression: bool
    mean: bool


def shares(counts: Float[np.ndarray, "row 6"], target: Target) -> Float[np.ndarray, "row 3"]:
    """Compute percentages from counts.

    Args:
        counts: cells of each kind, in the order of ``networks.counter.MAPS``; some of them above 0.
        target: motility (classes) or morphology (defects).
    """
    total = counts[:, MOTILITY].sum(axis=1, keepdims=True)
    return np.clip(100 * counts[:, MOTILITY if target == "motility" else DEFECTS] / total, 0, 100)


def n_cells(counts: Float[np.ndarray, "row 6"]) -> Float[np.ndarray, " row"]:
    """Compute the number of all cells."""
    return counts[:, MOTILITY].sum(axis=1)


@dataclass(frozen=True)
class CountingPredictor:
    """Counts the cells of a recording and predicts their shares.

    Attributes:
        origin: where the predictor comes from.
        counter: the trained network.
        regression: map from shares to percentages; None predicts the shares themselves.
        mean_pct: mean label of the training participants, predicted for a recording without cells; None refuses it.
    """

    kind: ClassVar[str] = "counting"

    origin: Origin
    counter: Counter
    regression: StandardisedLinear | None
    mean_pct: Float[np.ndarray, "3"] | None

    @property
    def needs(self) -> tuple[Need, ...]:
        """Cells, which are counted at a known width of a pixel."""
        return ("cells",)

    @property
    def stacks(self) -> StackConfig:
        """Settings of the stacks in which cells are counted."""
        return self.origin.settings.counting.stacks(self.input_type, target_of(self.origin))

    @property
    def input_type(self) -> InputType:
        """Which frames of a stack it sees."""
        return self.counter.config.input_type

    def maps(self, batch: StackBatch) -> CellMaps:
        """Count the cells in stacks: (stack, 6, y / stride, x / stride); see ``features.cell_maps``."""
        return cell_maps(self.counter, batch.pixels)

    def make_images(self, batch: StackBatch) -> ChannelImages:
        """Feature-images of some stacks: (n, 3, y, x), float32."""
        return counter_images(self.counter, batch.pixels)

    def predict(self, recording: Recording) -> Prediction:
        """Predict one recording as a whole, with the counts of each stack.

        Raises:
            NoCellsError: no cells were found, and there is no mean to predict.
            VideoError: the recording cannot be used, or the width of a pixel is not known and cannot be estimated.
        """
        target = target_of(self.origin)
        found = recording.cell_counts(self.counter, self.stacks)
        counts, problems = found.array(), found.problems
        if n_cells(counts).sum() < LEAST_CELLS:
            if self.mean_pct is None:
                raise NoCellsError(
                    f"no cells were found in {recording.video.name}, so there is no percentage; check the width of a "
                    f"pixel, which is {found.um_per_px:g} um here, with --um-per-px"
                )
            predicted, problems = self.mean_pct[None], (*problems, NO_CELLS)
        else:
            predicted = shares(counts.sum(axis=0, keepdims=True), target)
            if self.regression is not None:
                predicted = as_percentages(self.regression(predicted), target)
        return Prediction(
            recording.video_id, target, predicted, "recording", found.times_s, problems, cell_counts=counts
        )

    def with_origin(self, origin: Origin) -> "CountingPredictor":
        """Return the same predictor with another origin."""
        return replace(self, origin=origin)

    def parts(self) -> Parts:
        """Return its parts for saving."""
        fields = {
            "counter": self.counter.config.model_dump(mode="json"),
            "fitted": {"regression": self.regression is not None, "mean": self.mean_pct is not None},
        }
        regression = dict(self.regression.arrays()) if self.regression else {}
        if self.mean_pct is not None:
            regression["mean_pct"] = self.mean_pct
        return Parts(fields, {"counter": state_arrays(self.counter), "regression": regression})

    @classmethod
    def from_parts(cls, parts: Parts, origin: Origin) -> "CountingPredictor":
        """Rebuild the predictor from its parts. Raises BundleError for parts that do not fit."""
        try:
            counter = Counter(settings_of(parts, "counter", CounterConfig))
        except InputError as error:
            raise BundleError(f"bundle.json: counter: {error}; copy the model again or train it again") from error
        load_state(counter, parts, "counter")
        fitted = settings_of(parts, "fitted", _Fitted)
        regression = StandardisedLinear.from_parts(parts, "regression", 3) if fitted.regression else None
        mean_pct = array_of(parts, "regression", "mean_pct", (3,)) if fitted.mean else None
        return cls(origin, counter, regression, mean_pct)
