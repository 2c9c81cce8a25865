"""Fits step 1: an autoencoder is trained on the stacks of some participants, and others choose the epoch.

Scaling and weights are fitted to ``fit_ids``, and ``select_ids`` choose the epoch; no other pixels are read.
"""

import logging
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from motilens.config import AutoencoderConfig, InputType, MethodSettings
from motilens.errors import FoldError
from motilens.files import digest_of
from motilens.networks.autoencoder import OBJECTIVES, Autoencoder, PixelScaling, dead_channels, target_of
from motilens.networks.evaluation_mode import evaluation_mode
from motilens.predictors.origin import TrainingCurve
from motilens.progress import Progress
from motilens.shapes import InputImages
from motilens.stacks.preprocess import to_input
from motilens.training.batches import READ_AT_ONCE, EpochBatches, StackCrops, StackSource, draw_crops
from motilens.training.fit_network import fit_network
from motilens.training.loop import History, TrainingData, TrainingPlan, curve_of
from motilens.training.losses import LOSSES
from motilens.training.runtime import Runtime

log = logging.getLogger("motilens")

SELECT_STACKS = 64
"""Largest number of stacks that choose the epoch, evenly spaced over the stacks of ``select_ids``."""

WATCHED_STACKS = 8
"""Number of training stacks on which dead channels are looked for after each epoch."""


@dataclass(frozen=True)
class FittedAutoencoder:
    """A trained autoencoder and its training."""

    autoencoder: Autoencoder
    history: History
    dead: tuple[str, ...]
    """Channels that are dead at the best epoch."""
    fit_ids: tuple[str, ...]
    """Participants that scaling and weights were fitted to."""
    select_ids: tuple[str, ...]
    """Participants that chose the epoch."""

    @property
    def curve(self) -> TrainingCurve:
        """The history, as it is saved with a model."""
        return curve_of("autoencoder", self.history)


def input_batches(source: StackSource, rows: np.ndarray, input_type: InputType) -> Iterator[InputImages]:
    """Whole stacks of some rows, a few at a time: (n, C, H, W), float32, grey 0-1."""
    for start in range(0, len(rows), READ_AT_ONCE):
        yield to_input(source.read(rows[start : start + READ_AT_ONCE]), input_type)


def fit_pixel_scaling(batches: Iterable[np.ndarray], config: AutoencoderConfig) -> PixelScaling:
    """Mean and standard deviation of the input's grey values and of the objective's target.

    The identity if the settings do not standardise.
    """
    if not config.standardise:
        return PixelScaling()
    n, sums = 0, np.zeros(4)
    for x in batches:
        stacks = torch.from_numpy(x)
        target = OBJECTIVES[config.objective](stacks)
        n += x.size
        sums += [float(v.double().sum()) for v in (stacks, stacks.square(), target, target.square())]
    mean, target_mean = sums[0] / n, sums[2] / n
    sd = math.sqrt(max(sums[1] / n - mean**2, 0.0))
    target_sd = math.sqrt(max(sums[3] / n - target_mean**2, 0.0))
    return PixelScaling(mean=mean, sd=sd or 1.0, target_mean=target_mean, target_sd=target_sd or 1.0)


def evenly(rows: np.ndarray, most: int) -> np.ndarray:
    """Select at most ``most`` of the rows, evenly spaced."""
    return rows if len(rows) <= most else rows[np.linspace(0, len(rows) - 1, most).round().astype(int)]


def fit_autoencoder(
    source: StackSource,
    *,
    fit_ids: tuple[str, ...],
    select_ids: tuple[str, ...],
    settings: MethodSettings,
    folder: Path,
    runtime: Runtime = Runtime(),  # noqa: B008 - frozen
    progress: Progress | None = None,
    name: str = "autoencoder",
    source_digest: str = "",
) -> FittedAutoencoder:
    """Train an autoencoder, or continue it from the last checkpoint in ``folder`` if that belongs to the same training.

    Args:
        source: stacks by participant.
        fit_ids: participants that scaling and weights are fitted to.
        select_ids: participants that choose the epoch.
        settings: settings of the method.
        folder: folder of the checkpoints ``last.ckpt`` and ``best.safetensors`` and of TensorBoard logs.
        runtime: devices, precision and loader.
        progress: shows how far the work is.
        name: name in the progress bar and in messages.
        source_digest: identifies the stacks; a checkpoint of other stacks is not used.

    Returns:
        The autoencoder with the weights of its best epoch, on the CPU.

    Raises:
        FoldError: one of the two groups has no stack.
        TrainingError: the loss or the selection score is not finite.
        MismatchError: the stacks have fewer frames than the input type needs.
        StorageError: checkpoints cannot be written.
    """
    config, input_type = settings.autoencoder, settings.input_type
    rows, select_rows = source.rows_of(fit_ids), evenly(source.rows_of(select_ids), SELECT_STACKS)
    if len(rows) == 0 or len(select_rows) == 0:
        raise FoldError(
            f"{name}: {len(rows)} stacks to fit and {len(select_rows)} to choose the epoch; "
            "each needs at least one participant"
        )
    scaling = fit_pixel_scaling(input_batches(source, rows, input_type), config)
    watched = np.concatenate(list(input_batches(source, evenly(rows, WATCHED_STACKS), input_type)))
    draw = draw_crops(settings.stacks.size_px, config.crop_px)
    autoencoder, history = fit_network(
        partial(_new_autoencoder, input_type, config, scaling),
        TrainingData(
            StackCrops(source, input_type, config.crop_px),
            EpochBatches(
                rows, batch_size=config.batch_size, steps=config.steps_per_epoch, draw=draw, seed=settings.seed
            ),
        ),
        partial(_loss, config, scaling),
        TrainingPlan(
            epochs=config.epochs,
            learning_rate=config.learning_rate,
            weight_decay=config.weight_decay,
            schedule=config.schedule,
            seed=settings.seed,
            digest=digest_of(
                [
                    *(part.model_dump(mode="json") for part in (config, settings.stacks, scaling)),
                    *(input_type, fit_ids, select_ids, source_digest),
                ]
            ),
        ),
        folder=folder,
        select=_Selection(name, list(input_batches(source, select_rows, input_type)), watched),
        runtime=runtime,
        progress=progress,
        name=name,
    )
    return FittedAutoencoder(
        autoencoder, history, dead_channels(autoencoder, torch.from_numpy(watched)), fit_ids, select_ids
    )


def _new_autoencoder(input_type: InputType, config: AutoencoderConfig, scaling: PixelScaling) -> Autoencoder:
    autoencoder = Autoencoder(input_type, config, scaling)
    return autoencoder.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue] - torch's own overload


def _loss(config: AutoencoderConfig, scaling: PixelScaling, network: nn.Module, batch: tuple[Tensor, ...]) -> Tensor:
    (x,) = batch
    return LOSSES[config.loss](network(x), target_of(x, config, scaling))


@dataclass
class _Selection:
    """Computes the loss on the selecting stacks; also warns of each dead channel once.

    Attributes:
        name: name in messages.
        inputs: selecting stacks, a few at a time: (n, C, H, W), float32, grey 0-1.
        watched: training stacks that dead channels are looked for on.
        warned: channels that were dead after an earlier epoch.
    """

    name: str
    inputs: list[np.ndarray]
    watched: InputImages
    warned: set[str] = field(default_factory=set)

    def __call__(self, autoencoder: Autoencoder, epoch: int) -> float:
        config = autoencoder.config
        with evaluation_mode(autoencoder) as device:
            for channel in dead_channels(autoencoder, torch.from_numpy(self.watched).to(device)):
                if channel not in self.warned:
                    self.warned.add(channel)
                    log.warning(
                        "%s: %s carries nothing after epoch %d (%s network)", self.name, channel, epoch, config.network
                    )
            total, n = 0.0, 0
            for batch in self.inputs:
                x = torch.from_numpy(batch).to(device, memory_format=torch.channels_last)
                total += float(LOSSES[config.loss](autoencoder(x), autoencoder.target(x))) * len(x)
                n += len(x)
        return total / n
