"""The interface of everything that can be fitted.

A method is handed a ``TrainingSet``: recordings and labels of the training participants and of nobody else, so it
cannot look at a test participant, whatever it does. It gives back a ``Predictor``, which answers for any recording.
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
"""Cheap methods take seconds a fold and are repeated more often."""


@dataclass(frozen=True)
class TrainingSet:
    """Training participants.

    Attributes:
        target: motility or morphology; None for feature-images alone, which need no label.
        recordings: of each participant, one or more.
        labels: three percentages by participant, (3,) each, of all participants in ``recordings``; empty without a
            target.
        stratify_by: what inner splits are stratified by; the first percentage of the labels if None. The same for all
            targets, so that they can share an autoencoder.
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
        """Everyone whom parameters may be fitted to, in the order of ``recordings``."""
        return tuple(i for i in self.recordings if i not in set(self.epoch_ids or ()))

    @property
    def order(self) -> dict[str, float]:
        """What inner splits are stratified by, by participant; those without a value are not in it."""
        if self.stratify_by is not None:
            return {i: self.stratify_by[i] for i in self.recordings if i in self.stratify_by}
        return {i: float(v[0]) for i, v in self.labels.items()}

    def labels_of(self, ids: Sequence[str]) -> Percentages:
        """Labels of some participants: (n, 3), percent."""
        return np.array([self.labels[i] for i in ids], np.float64).reshape(-1, 3)


@dataclass(frozen=True)
class Workspace:
    """Where a fit runs.

    Attributes:
        folder: checkpoints of this fit; the targets of a fold share it, and so one autoencoder.
        runtime: device, precision and loader.
        progress: where to show how far it is.
    """

    folder: Path
    runtime: Runtime = Runtime("cpu")  # noqa: RUF009 - frozen
    progress: Progress = field(default_factory=Silent)


@dataclass(frozen=True)
class Method:
    """One way to get from recordings to percentages.

    Attributes:
        name: as in tables and files; nothing is read from it.
        description: what it is, in a few words.
        cost: cheap or costly.
        needs: what it asks of a recording.
        fit: fits it to training participants; all chance comes from ``settings.seed``.
        autoencoder: the autoencoder that makes its feature-images, if any.
        input_type: what of a stack it sees, where that is a choice.
        makes_images: whether it can be asked for feature-images alone.
    """

    name: str
    description: str
    cost: Cost
    needs: tuple[Need, ...]
    fit: Callable[[TrainingSet, MethodSettings, Workspace], Predictor]
    autoencoder: AutoencoderName | None = None
    input_type: InputType | None = None
    makes_images: bool = False
