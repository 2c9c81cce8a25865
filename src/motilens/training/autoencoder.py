"""Fitting step 1: units and weights of an autoencoder from the stacks of given participants, the epoch from others.

The fit sees ``fit_ids`` for units and weights and ``select_ids`` for the epoch; nobody else's pixels are read.
"""

import logging
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from motilens.arrays import InputImages
from motilens.config import AutoencoderConfig, InputType, Pipeline
from motilens.errors import FoldError
from motilens.files import digest_of
from motilens.models.autoencoder import OBJECTIVES, Autoencoder, PixelScaling, dead_channels
from motilens.progress import Progress, Silent
from motilens.stacks.preprocess import to_input
from motilens.training.batches import EpochBatches, StackCrops, StackSource, draw_crops, loader
from motilens.training.loop import History, LoopPlan, load_best, run_epochs
from motilens.training.runtime import Runtime

log = logging.getLogger("motilens")

READ_AT_ONCE = 32
"""Stacks read at once outside training; decides memory, not results."""

SELECT_STACKS = 64
"""The epoch is chosen on at most so many stacks, spread evenly over the selecting participants."""

WATCHED_STACKS = 8
"""Training stacks on which dead channels are looked for after each epoch."""


@dataclass(frozen=True)
class FittedAutoencoder:
    """A trained autoencoder and how it came to be."""

    autoencoder: Autoencoder
    history: History
    dead: tuple[str, ...]
    """Channels that carry nothing at the best epoch."""
    fit_ids: tuple[str, ...]
    select_ids: tuple[str, ...]


def input_batches(source: StackSource, rows: np.ndarray, input_type: InputType) -> Iterator[InputImages]:
    """Whole stacks of some rows, a few at a time: (n, C, H, W), float32, grey 0-1."""
    for start in range(0, len(rows), READ_AT_ONCE):
        yield to_input(source.read(rows[start : start + READ_AT_ONCE]), input_type)


def fit_pixel_scaling(batches: Iterable[np.ndarray], config: AutoencoderConfig) -> PixelScaling:
    """Mean and standard deviation of the grey values going in and of what the objective asks for.

    The identity when the settings do not standardise.
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
    spread = math.sqrt(max(sums[1] / n - mean**2, 0.0))
    target_spread = math.sqrt(max(sums[3] / n - target_mean**2, 0.0))
    return PixelScaling(mean=mean, spread=spread or 1.0, target_mean=target_mean, target_spread=target_spread or 1.0)


def evenly(rows: np.ndarray, most: int) -> np.ndarray:
    """At most ``most`` of the rows, spread evenly."""
    return rows if len(rows) <= most else rows[np.linspace(0, len(rows) - 1, most).round().astype(int)]


def fit_autoencoder(
    source: StackSource,
    *,
    fit_ids: tuple[str, ...],
    select_ids: tuple[str, ...],
    pipeline: Pipeline,
    folder: Path,
    runtime: Runtime = Runtime(),  # noqa: B008 - frozen
    progress: Progress | None = None,
    name: str = "autoencoder",
) -> FittedAutoencoder:
    """Train an autoencoder; goes on from the last checkpoint in ``folder``.

    Args:
        source: stacks by participant.
        fit_ids: participants that units and weights are fitted to.
        select_ids: participants that choose the epoch.
        pipeline: settings.
        folder: checkpoints ``last.ckpt``, ``best.safetensors`` and TensorBoard logs.
        runtime: device and loader.
        progress: where to show how far it is.
        name: for the bar.

    Returns:
        The autoencoder with the weights of its best epoch, on the CPU.

    Raises:
        FoldError: one of the two groups has no stack.
        TrainingError: the loss is no longer finite.
        MismatchError: the stacks have fewer frames than the input type needs.
        StorageError: checkpoints cannot be written.
    """
    config, input_type = pipeline.autoencoder, pipeline.stacks.input_type
    rows, select_rows = source.rows_of(fit_ids), evenly(source.rows_of(select_ids), SELECT_STACKS)
    if len(rows) == 0 or len(select_rows) == 0:
        raise FoldError(
            f"{name}: {len(rows)} stacks to fit and {len(select_rows)} to choose the epoch; "
            "each needs at least one participant"
        )
    scaling = fit_pixel_scaling(input_batches(source, rows, input_type), config)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(pipeline.seed)
        autoencoder = Autoencoder(input_type, config, scaling)
    autoencoder.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue] - torch's own overload
    fabric = runtime.fabric()
    size_px = pipeline.stacks.size_px
    sampler = EpochBatches(
        rows,
        batch_size=config.batch_size,
        steps=config.steps_per_epoch,
        draw=draw_crops(size_px, config.crop_px),
        seed=pipeline.seed,
    )
    select_inputs = list(input_batches(source, select_rows, input_type))
    watched = torch.from_numpy(np.concatenate(list(input_batches(source, evenly(rows, WATCHED_STACKS), input_type))))
    said: set[str] = set()

    def loss(network: nn.Module, batch: tuple[Tensor, ...]) -> Tensor:
        (x,) = batch
        return F.mse_loss(network(x), autoencoder.target(x))

    def select(epoch: int) -> float:
        for channel in dead_channels(autoencoder, watched.to(fabric.device)):
            if channel not in said:
                said.add(channel)
                log.warning("%s: %s carries nothing after epoch %d (%s network)", name, channel, epoch, config.network)
        return _selection_loss(autoencoder, select_inputs, fabric.device)

    plan = LoopPlan(
        epochs=config.epochs,
        stop_after=config.epochs,
        steps_per_epoch=len(sampler),
        learning_rate=config.learning_rate,
        weight_decay=config.weight_decay,
        schedule=config.schedule,
        seed=pipeline.seed,
        digest=digest_of([pipeline.model_dump(mode="json"), list(fit_ids), list(select_ids), scaling.model_dump()]),
    )
    with (progress or Silent()).task(name, plan.stop_after * plan.steps_per_epoch) as task:
        history = run_epochs(
            autoencoder,
            loss=loss,
            batches=loader(StackCrops(source, input_type, config.crop_px), sampler, runtime.loader_workers),
            select=select,
            plan=plan,
            folder=folder,
            fabric=fabric,
            task=task,
        )
    load_best(autoencoder, folder)
    autoencoder.cpu().eval()
    return FittedAutoencoder(autoencoder, history, dead_channels(autoencoder, watched), fit_ids, select_ids)


@torch.no_grad()
def _selection_loss(autoencoder: Autoencoder, inputs: list[InputImages], device: torch.device) -> float:
    total, n = 0.0, 0
    for batch in inputs:
        x = torch.from_numpy(batch).to(device, memory_format=torch.channels_last)
        total += float(F.mse_loss(autoencoder(x), autoencoder.target(x))) * len(x)
        n += len(x)
    return total / n
