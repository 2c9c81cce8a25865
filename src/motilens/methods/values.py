"""What a method is given, and what it gives back.

A method is handed an ``Assignment``: labels of the training participants and nobody else's. So it cannot look at a test
participant's label, whatever it does. It gives back a ``Fitted``, which answers for any participant. What it may look
at of a video (stacks, tracks, cells seen) is the ``Material``, the same for all.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np

from motilens.arrays import Percentages
from motilens.config import InputType, Pipeline, Step1Name, Target
from motilens.data.values import Fit, Participant
from motilens.progress import Progress, Silent
from motilens.tracks.values import Tracks
from motilens.training.batches import StackSource
from motilens.training.runtime import Runtime

Cost = Literal["cheap", "costly"]
"""Cheap methods take seconds a fold and are repeated more often."""

Preparation = Literal["stacks", "tracks"]
"""What a method wants of a video before it can answer."""


@dataclass(frozen=True)
class Material:
    """What methods may look at of all participants. No label is in it.

    Attributes:
        source: stacks of 18 frames by participant.
        participants: cells seen, concentration and number of stacks of each.
        tracks: from a participant to the tracks of each stretch of the video between stage moves, in order; a stretch
            without any is an empty ``Tracks``.
        pipeline: complete settings by input type and step 1; without a step 1, that of the preset.
        images: folder for feature-images that depend on no training, kept from fold to fold.
        runtime: device and loader.
        progress: where to show how far it is.
    """

    source: StackSource
    participants: Mapping[str, Participant]
    tracks: Callable[[str], tuple[Tracks, ...]]
    pipeline: Callable[[InputType, Step1Name | None], Pipeline]
    images: Path
    runtime: Runtime = Runtime("cpu")  # noqa: RUF009 - frozen
    progress: Progress = field(default_factory=Silent)


@dataclass(frozen=True)
class Assignment:
    """One fit.

    Attributes:
        target: motility or morphology.
        labels: three percentages by training participant, (3,) each; nobody else is in it.
        seed: all chance of the fit comes from it.
        folder: checkpoints of this fold, shared by its targets.
        ranked_by: what inner splits are stratified by, the same for all targets, so that they can share an autoencoder;
            the first percentage of the labels if None.
    """

    target: Target
    labels: Mapping[str, np.ndarray]
    seed: int
    folder: Path
    ranked_by: Mapping[str, float] | None = None

    @property
    def train_ids(self) -> tuple[str, ...]:
        """Training participants, in the order of the labels."""
        return tuple(self.labels)

    @property
    def order_by(self) -> dict[str, float]:
        """What inner splits are stratified by, by training participant."""
        if self.ranked_by is not None:
            return {i: self.ranked_by[i] for i in self.labels if i in self.ranked_by}
        return {i: float(v[0]) for i, v in self.labels.items()}

    def labels_of(self, ids: tuple[str, ...]) -> Percentages:
        """Labels of some training participants: (n, 3), percent."""
        return np.array([self.labels[i] for i in ids], np.float64).reshape(-1, 3)


@dataclass(frozen=True)
class Fitted:
    """A method that has been fitted.

    Attributes:
        predict: from a participant to one answer a stack, window or video: (n, 3), percent, n at least 1.
        fits: which participants each part of it saw.
        n_parameters: numbers that were fitted, of all its parts.
        notes: what was chosen inside the training part, and what had to be worked around.
    """

    predict: Callable[[str], Percentages]
    fits: tuple[Fit, ...]
    n_parameters: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Method:
    """One way to get from a video to percentages.

    Attributes:
        name: as in tables and files.
        words: what it is, in a few words.
        cost: cheap or costly.
        uses: what it wants of a video.
        fit: fits it to the participants of an assignment.
        lacking: what it needs and cannot have of this data, in words; None where it can be fitted.
    """

    name: str
    words: str
    cost: Cost
    uses: tuple[Preparation, ...]
    fit: Callable[[Material, Assignment], Fitted]
    lacking: Callable[[Material], str | None] = lambda material: None
