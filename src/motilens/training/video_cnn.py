"""Fits the 3D CNN: it is trained on the stacks of some participants, and others choose the epoch."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from motilens.config import MethodSettings, Target, VideoCnnConfig
from motilens.files import digest_of
from motilens.networks.regressor import ChannelScaling, head_kind
from motilens.networks.video_cnn import VideoCnn, predict_stacks, shrink
from motilens.progress import Progress
from motilens.shapes import Percentages, StackPixels
from motilens.training.augment import apply_flips
from motilens.training.batches import READ_AT_ONCE, Sample, StackSource
from motilens.training.labelled import LabelledFit, LabelledTraining, Labels
from motilens.training.runtime import Runtime

_LEAST_SD = 1.0
"""Least standard deviation, so that constant pixels are not amplified."""

FittedVideoCnn = LabelledFit[VideoCnn]
"""A trained 3D CNN and its training."""


def fit_video_cnn(
    source: StackSource,
    labels: Labels,
    *,
    target: Target,
    fit_ids: tuple[str, ...],
    select_ids: tuple[str, ...],
    settings: MethodSettings,
    folder: Path,
    runtime: Runtime = Runtime(),  # noqa: B008 - frozen
    progress: Progress | None = None,
    name: str = "3D CNN",
    source_digest: str = "",
) -> FittedVideoCnn:
    """Train a 3D CNN, or continue it from the last checkpoint in ``folder`` if that belongs to the same training.

    Args:
        source: stacks by participant. They are read in every epoch, and averaged down to ``size_px`` each time unless
            they are that small already.
        labels: percentages by participant.
        target: motility or morphology.
        fit_ids: participants that scaling and weights are fitted to.
        select_ids: participants that choose the epoch; with ``refit`` the final network is fitted to them too. If
            no epoch is chosen, the only network is fitted to them, and there may be none.
        settings: settings of the method.
        folder: folder of checkpoints and TensorBoard logs, with a subfolder per training.
        runtime: devices, precision and loader.
        progress: shows how far the work is.
        name: name in progress bars and messages.
        source_digest: identifies the stacks; a checkpoint of other stacks is not used.

    Returns:
        The network, on the CPU.

    Raises:
        FoldError: no participants to train on or to choose the epoch, or one without a stack or a label.
        TrainingError: the loss or the selection score is not finite.
        StorageError: checkpoints cannot be written.
    """
    kind = StackCnn(source, target, settings, source_digest)
    training = LabelledTraining(kind, source, labels, "video CNN", settings, runtime, progress)
    return training.fit(fit_ids, select_ids, folder=folder, name=name)


@dataclass(frozen=True)
class StackCnn:
    """The 3D CNN, as ``labelled`` trains it.

    Attributes:
        source: stacks.
        target: motility or morphology.
        settings: settings of the method.
        source_digest: identifies the stacks.
    """

    source: StackSource
    target: Target
    settings: MethodSettings
    source_digest: str

    @property
    def config(self) -> VideoCnnConfig:
        """Settings of the network and its training."""
        return self.settings.video_cnn

    @property
    def epochs(self) -> int:
        """Number of epochs, in proportion to the regressor's."""
        return max(1, round(self.config.epochs_ratio * self.settings.regressor.epochs))

    @property
    def digest(self) -> str:
        """Digest of stacks, target and head; the training adds the other settings."""
        return digest_of([self.source_digest, self.target, self.settings.regressor.head])

    def dataset(self, labels_pct: np.ndarray) -> "LabelledStacks":
        """Make a reader of batches."""
        return LabelledStacks(self, labels_pct)

    def fit_scaling(self, rows: np.ndarray) -> ChannelScaling:
        """Mean and standard deviation of all pixels, from counts of grey values, so the order of rows has no effect."""
        counts = np.zeros(256, np.int64)
        for start in range(0, len(rows), READ_AT_ONCE):
            counts += np.bincount(self.read(rows[start : start + READ_AT_ONCE]).ravel(), minlength=256)
        grey = np.arange(256)
        mean = float((counts * grey).sum() / counts.sum())
        sd = float(np.sqrt((counts * (grey - mean) ** 2).sum() / counts.sum()))
        return ChannelScaling(mean=(mean,), sd=(max(sd, _LEAST_SD),))

    def make(self, scaling: ChannelScaling, mean_pct: list[float]) -> VideoCnn:
        """Make the untrained network."""
        network = VideoCnn(head_kind(self.settings.regressor, self.target), self.config, scaling)
        network.start_at(mean_pct)
        return network.to(memory_format=torch.channels_last_3d)  # pyright: ignore[reportCallIssue] - torch's own overload

    def predict(self, network: VideoCnn, rows: np.ndarray) -> Percentages:
        """Predict the percentages of some rows: (n, 3)."""
        return predict_stacks(network, self.source.read(rows))

    def read(self, rows: np.ndarray) -> StackPixels:
        """Read some stacks, averaged down."""
        return shrink(self.source.read(rows), self.config.size_px)


class LabelledStacks(torch.utils.data.Dataset[Tensor]):
    """Reads a batch of stacks and their labels: (n, frame, y, x), uint8, and (n, 3), float32, percent.

    Args:
        kind: reads the stacks.
        labels_pct: (row, 3), percent, NaN for rows without a label.
    """

    def __init__(self, kind: StackCnn, labels_pct: np.ndarray) -> None:
        self._kind, self._labels_pct = kind, labels_pct

    def __getitems__(self, samples: list[Sample]) -> tuple[Tensor, Tensor]:
        """Read one batch; the loader calls this once per batch."""
        rows = np.array([sample.row for sample in samples])
        stacks = np.stack([apply_flips(f, s) for f, s in zip(self._kind.read(rows), samples, strict=True)])
        return torch.from_numpy(stacks), torch.from_numpy(self._labels_pct[rows].astype(np.float32))
