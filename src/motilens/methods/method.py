"""The interface of everything that can be fitted.

A method gets a ``TrainingSet``: recordings and labels of the training participants and of no others, so it cannot use a
test participant. It returns a ``Predictor``, which predicts any recording.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np

from motilens.config import AutoencoderName, InputType, MethodSettings, Target
from motilens.predictors.predictor import Need, Predictor
from motilens.progress import Progress, Silent
from motilens.recordings.recording import Recording
from motilens.shapes import Percentages
from motilens.training.runtime import Runtime

Cost = Literal["cheap", "costly"]
"""Cost class; cheap methods take seconds per fold and are repeated more often."""


@dataclass(frozen=True)
class TrainingSet:
    """Training participants with their recordings and labels.

    Attributes:
        target: motility or morphology; None for feature-images alone, which need no label.
        recordings: recordings by participant, one or more each.
        labels: three percentages, (3,), for each participant in ``recordings``; empty without a target.
        stratify_by: values that inner splits are stratified by; None for the first percentage of the labels. The same
            for all targets, so that they can share an autoencoder.
        epoch_ids: participants who choose epochs and whom nothing else may be fitted to (the protocol ``as-released``);
            None lets an inner split of the training participants do so.
    """

    target: Target | None
    recordings: Mapping[str, Sequence[Recording]]
    labels: Mapping[str, np.ndarray]
    stratify_by: Mapping[str, float] | None = None
    epoch_ids: tuple[str, ...] | None = None

    @property
    def ids(self) -> tuple[str, ...]:
        """Participants that parameters may be fitted to, in the order of ``recordings``."""
        return tuple(i for i in self.recordings if i not in set(self.epoch_ids or ()))

    @property
    def videos(self) -> tuple[str, ...]:
        """Content of all video files as fingerprints, sorted. Raises MissingError if one does not exist."""
        return tuple(sorted(r.video.content for own in self.recordings.values() for r in own))

    @property
    def order(self) -> dict[str, float]:
        """Values that inner splits are stratified by, by participant; participants without a value are left out."""
        if self.stratify_by is not None:
            return {i: self.stratify_by[i] for i in self.recordings if i in self.stratify_by}
        return {i: float(v[0]) for i, v in self.labels.items()}

    def labels_of(self, ids: Sequence[str]) -> Percentages:
        """Labels of some participants: (n, 3), percent."""
        return np.array([self.labels[i] for i in ids], np.float64).reshape(-1, 3)


@dataclass(frozen=True)
class Workspace:
    """Folder and devices of a fit.

    Attributes:
        folder: folder of this fit's checkpoints; the targets of a fold share it, and so share one autoencoder.
        runtime: device, precision and loader.
        progress: shows how far the work is.
    """

    folder: Path
    runtime: Runtime = Runtime("cpu")  # noqa: RUF009 - frozen
    progress: Progress = field(default_factory=Silent)


@dataclass(frozen=True)
class Method:
    """A way to predict percentages from recordings.

    Attributes:
        name: name in tables and files; no facts are derived from it.
        description: what it is, in a few words.
        cost: cheap or costly.
        needs: what it needs of a recording.
        fit: function that fits it to training participants; its random numbers come from ``settings.seed``.
        autoencoder: the autoencoder that makes its feature-images, if any.
        input_type: which frames of a stack it sees, if that can be chosen.
        image_channels: channels of the images that its CNN sees; None if it makes no images.
        holds_out: whether some training participants only choose the epoch, so that it needs at least two.
    """

    name: str
    description: str
    cost: Cost
    needs: tuple[Need, ...]
    fit: Callable[[TrainingSet, MethodSettings, Workspace], Predictor]
    autoencoder: AutoencoderName | None = None
    input_type: InputType | None = None
    image_channels: int | None = None
    holds_out: bool = False

    @property
    def makes_images(self) -> bool:
        """Whether it can make feature-images without predicting."""
        return self.image_channels is not None
