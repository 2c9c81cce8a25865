"""Fits step 2: a CNN is trained on images of some participants' stacks, and others choose the epoch."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from motilens.config import MethodSettings, RegressorConfig, Target
from motilens.features.scaling import fit_channel_scaling
from motilens.files import digest_of
from motilens.networks.regressor import ChannelScaling, Regressor, predict_images
from motilens.networks.weights import load_weights
from motilens.predictors.origin import TrainingCurve
from motilens.progress import Progress
from motilens.shapes import Percentages
from motilens.training.augment import Vectors, apply_flips
from motilens.training.batches import Sample, StackSource
from motilens.training.image_cache import ImageCache
from motilens.training.labelled import LabelledTraining, Labels
from motilens.training.loop import History
from motilens.training.runtime import Runtime


@dataclass(frozen=True)
class FittedRegressor:
    """A trained regressor and its training."""

    regressor: Regressor
    history: History
    """History of the training that chose the epoch, or of the only one."""
    weights_origin: str
    """Where the pre-trained weights came from."""
    fit_ids: tuple[str, ...]
    """Participants that scaling and weights of the returned network were fitted to."""
    select_ids: tuple[str, ...]
    """Participants that chose the epoch; empty if none was chosen."""
    curves: tuple[TrainingCurve, ...]
    """Curves of the training that chose the epoch, or of the only one, and of the refit."""


def fit_regressor(
    source: StackSource,
    images: ImageCache,
    labels: Labels,
    *,
    target: Target,
    fit_ids: tuple[str, ...],
    select_ids: tuple[str, ...],
    settings: MethodSettings,
    folder: Path,
    runtime: Runtime = Runtime(),  # noqa: B008 - frozen
    progress: Progress | None = None,
    name: str = "regressor",
    vectors: Vectors = (),
) -> FittedRegressor:
    """Train a regressor, or continue it from the last checkpoint in ``folder`` if that belongs to the same training.

    Args:
        source: gives the rows of each participant; its pixels are not read.
        images: one image per row.
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
        vectors: pairs of channels that are x and y of a vector; mirroring an image changes their sign.

    Returns:
        The regressor, on the CPU.

    Raises:
        FoldError: no participants to train on or to choose the epoch, or one without a stack or a label.
        WeightsError: the pre-trained weights could not be obtained.
        TrainingError: the loss or the selection score is not finite.
        StorageError: checkpoints cannot be written.
    """
    kind = ImageCnn(images, target, settings.regressor, settings.stacks.size_px, vectors)
    training = LabelledTraining(kind, source, labels, "regressor", settings, runtime, progress)
    fitted = training.fit(fit_ids, select_ids, folder=folder, name=name)
    return FittedRegressor(
        fitted.network,
        fitted.history,
        fitted.network.weights_origin,
        fitted.fit_ids,
        fitted.select_ids,
        fitted.curves,
    )


@dataclass(frozen=True)
class ImageCnn:
    """The CNN on images, as ``labelled`` trains it.

    Attributes:
        images: one image per row.
        target: motility or morphology.
        config: settings.
        size_px: height and width of the images.
        vectors: pairs of channels that are x and y of a vector.
    """

    images: ImageCache
    target: Target
    config: RegressorConfig
    size_px: int
    vectors: Vectors = ()

    @property
    def epochs(self) -> int:
        """Number of epochs in the settings."""
        return self.config.epochs

    @property
    def digest(self) -> str:
        """Digest of images and target; the training adds the settings."""
        return digest_of([self.images.digest, self.target, self.vectors])

    def dataset(self, labels_pct: np.ndarray) -> "LabelledImages":
        """Make a reader of batches."""
        return LabelledImages(self.images, labels_pct, self.vectors)

    def fit_scaling(self, rows: np.ndarray) -> ChannelScaling:
        """Mean and standard deviation of each channel; the identity if the settings do not standardise."""
        if self.config.input_scaling == "none":
            return ChannelScaling()
        return fit_channel_scaling(self.images.batches(rows))

    def make(self, scaling: ChannelScaling, mean_pct: list[float]) -> Regressor:
        """Make the untrained regressor with its pre-trained backbone."""
        regressor = Regressor(self.target, self.config, scaling, size_px=self.size_px)
        regressor.weights_origin = load_weights(regressor.backbone, self.config, size_px=self.size_px)
        regressor.start_at(mean_pct)
        return regressor.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue] - torch's own overload

    def predict(self, network: Regressor, rows: np.ndarray) -> Percentages:
        """Predict the percentages of some rows: (n, 3)."""
        return predict_images(network, self.images.batches(rows))


class LabelledImages(torch.utils.data.Dataset[Tensor]):
    """Reads a batch of images and their labels: (n, channel, y, x) and (n, 3), float32.

    Args:
        images: one image per row.
        labels_pct: (row, 3), percent, NaN for rows without a label.
        vectors: as in ``augment.apply_flips``.
    """

    def __init__(self, images: ImageCache, labels_pct: np.ndarray, vectors: Vectors = ()) -> None:
        self._images, self._labels_pct, self._vectors = images, labels_pct, vectors

    def __getitems__(self, samples: list[Sample]) -> tuple[Tensor, Tensor]:
        """Read one batch; the loader calls this once per batch."""
        rows = np.array([sample.row for sample in samples])
        read = zip(self._images.read(rows), samples, strict=True)
        images = np.stack([apply_flips(image, sample, self._vectors) for image, sample in read])
        return (
            torch.from_numpy(images).contiguous(memory_format=torch.channels_last),
            torch.from_numpy(self._labels_pct[rows].astype(np.float32)),
        )
