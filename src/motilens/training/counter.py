"""Trains a counter on labelled stacks, on the percentages of participants, or on both.

On labelled stacks the maps shall have the cells where they are. The loss has two parts: the negative log likelihood of
a Poisson distribution of the cells in each pixel of the maps, and that of what each cell is, given where it is. Both
are proper, so the sum of a map over an area estimates the number of cells in it without bias. The second part can be
given more weight than likelihood gives it, since where cells are is learned long before what they are. ``label_bags``
has the losses on percentages.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from motilens.config import MODEL_UM_PER_PX, CounterConfig, CounterTrainingConfig, Target
from motilens.errors import InputError
from motilens.files import digest_of
from motilens.networks.counter import DEFECTS, MOTILITY, Counter, prepared
from motilens.networks.weights import state_digest
from motilens.predictors.origin import TrainingCurve
from motilens.progress import Progress
from motilens.simulate.labelled_stacks import LabelledStacks
from motilens.training.batches import EpochBatches
from motilens.training.cell_crops import CellCrops, draw_cell_samples
from motilens.training.fit_network import fit_network
from motilens.training.label_bags import STACKS_IN_BAG, Bag, BagStacks, DrawBags, composition_loss, heads_loss
from motilens.training.loop import History, TrainingData, TrainingPlan, curve_of
from motilens.training.runtime import Runtime

MOST_STEPS_PER_EPOCH = 100
"""After each epoch the training can be continued; all epochs have the same number of steps."""

_TINY = 1e-6
_NO_ROWS = np.array([], dtype=np.int64)


@dataclass(frozen=True)
class FittedCounter:
    """A trained counter and its training."""

    counter: Counter
    history: History

    @property
    def curve(self) -> TrainingCurve:
        """The history, as it is saved with a model."""
        return curve_of("counter", self.history)


def place_loss(maps: Tensor, cells: Tensor, counts: Tensor | None = None) -> Tensor:
    """Negative log likelihood of the number of cells in each pixel, whatever they are; averaged over pixels.

    Args:
        maps: predicted (n, 6, y, x), above 0.
        cells: true (n, 6, y, x).
        counts: (n,) 1 for the stacks that count, 0 for the others; None for all. Without any the loss is 0.
    """
    found, there = _all_cells(maps), _all_cells(cells)
    each = (found - there * torch.log(found + _TINY)).mean(dim=(1, 2, 3))
    return each.mean() if counts is None else (counts * each).sum() / counts.sum().clamp(min=1)


def class_loss(maps: Tensor, cells: Tensor) -> Tensor:
    """Negative log likelihood of the classes of the cells, given where they are; averaged over pixels.

    Together with ``place_loss`` it is that of a Poisson distribution in each of the first three maps.
    """
    return -(cells[:, MOTILITY] * _log(maps[:, MOTILITY] / _all_cells(maps))).sum(dim=1).mean()


def defect_loss(maps: Tensor, cells: Tensor) -> Tensor:
    """Negative log likelihood of the defects of the cells, given where they are; averaged over pixels."""
    share, without = maps[:, DEFECTS] / _all_cells(maps), _all_cells(cells) - cells[:, DEFECTS]
    return -(cells[:, DEFECTS] * _log(share) + without * _log(1 - share)).sum(dim=1).mean()


def _all_cells(maps: Tensor) -> Tensor:
    return maps[:, MOTILITY].sum(dim=1, keepdim=True)


def _log(share: Tensor) -> Tensor:
    return torch.log(share.clamp(min=0) + _TINY)


def fit_counter(
    stacks: LabelledStacks | None,
    target: Target,
    config: CounterConfig,
    training: CounterTrainingConfig,
    *,
    rows: np.ndarray = _NO_ROWS,
    bags: Sequence[Bag] = (),
    made_from: str = "",
    start: Counter | None = None,
    seed: int,
    folder: Path,
    runtime: Runtime = Runtime(),  # noqa: B008 - frozen
    progress: Progress | None = None,
) -> FittedCounter:
    """Train a counter, or continue from the last checkpoint in ``folder`` if that belongs to the same training.

    Args:
        stacks: labelled stacks, whose cells are known; None for none.
        target: motility or morphology; determines the width of a pixel.
        config: the network.
        training: its training.
        rows: labelled stacks to train on.
        bags: participants whose percentages are known.
        made_from: digest of the bags.
        start: the network to start from; None starts from random numbers.
        seed: seed of everything random.
        folder: folder of the checkpoints.
        runtime: devices, precision and loader.
        progress: shows how far the work is.

    Raises:
        InputError: a loss has a weight but no data.
        TrainingError: the loss is not finite.
        StorageError: checkpoints cannot be written.
    """
    epochs = math.ceil(training.steps / MOST_STEPS_PER_EPOCH)
    steps = math.ceil(training.steps / epochs)
    data, crops = _checked(training, stacks, bags), None
    if stacks is not None and training.cells_weight:
        crops = CellCrops(stacks, config, um_per_px=MODEL_UM_PER_PX[target], crop_px=training.crop_px)
    draw_crops = partial(draw_cell_samples, largest_zoom=training.largest_zoom, centred_share=training.centred_share)
    if "bags" in data:
        # Each bag takes the place of its stacks in the order of an epoch, so participants are repeated.
        order = np.repeat(np.arange(len(bags)), STACKS_IN_BAG)
        n_crops = len(stacks) if crops and stacks else 0
        draw = DrawBags(tuple(len(bag.heads) for bag in bags), n_crops, draw_crops)
        batches = EpochBatches(order, batch_size=STACKS_IN_BAG, steps=steps, draw=draw, seed=seed)
        dataset = BagStacks(bags, config, crops)
    else:
        assert crops is not None
        batches = EpochBatches(rows, batch_size=training.batch_size, steps=steps, draw=draw_crops, seed=seed)
        dataset = crops
    digest = [
        stacks.digest if stacks else None,
        rows.tolist(),
        made_from,
        state_digest(start) if start else None,
        target,
        config.model_dump(),
        training.model_dump(),
    ]
    plan = TrainingPlan(
        epochs=epochs,
        learning_rate=training.learning_rate,
        weight_decay=training.weight_decay,
        schedule="one-cycle",
        seed=seed,
        digest=digest_of(digest),
    )
    counter, history = fit_network(
        partial(_make, config, start),
        TrainingData(dataset, batches),
        partial(_loss_on_bags if "bags" in data else _loss_on_cells, training, target),
        plan,
        folder=folder,
        runtime=runtime,
        progress=progress,
        name=f"{target} {config.input_type}",
    )
    return FittedCounter(counter, history)


def _checked(training: CounterTrainingConfig, stacks: LabelledStacks | None, bags: Sequence[Bag]) -> set[str]:
    """Tell which data the losses use; raise InputError if one of them has none, or if there is no loss."""
    wanted = {"cells"} if training.cells_weight else set()
    wanted |= {"bags"} if training.labels_weight or training.count_weight else set()
    there = ({"cells"} if stacks is not None else set()) | ({"bags"} if bags else set())
    if not wanted or wanted - there:
        raise InputError(
            f"losses with the weights {training.cells_weight:g} on cells, {training.labels_weight:g} on labels and "
            f"{training.count_weight:g} on heads; allowed: at least one above 0, and only those for which there are "
            f"data: {', '.join(sorted(there)) or 'none'}"
        )
    return wanted


def _make(config: CounterConfig, start: Counter | None) -> Counter:
    counter = Counter(config)
    if start is not None:
        counter.load_state_dict(start.state_dict())
    return counter.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue] - torch's overload


def _loss_on_cells(
    training: CounterTrainingConfig, target: Target, network: nn.Module, batch: tuple[Tensor, ...]
) -> Tensor:
    x, cells, unbiased = batch
    maps = network(_input(x))
    sought, others = (class_loss, defect_loss) if target == "motility" else (defect_loss, class_loss)
    return place_loss(maps, cells, unbiased) + training.kinds_weight * sought(maps, cells) + others(maps, cells)


def _loss_on_bags(
    training: CounterTrainingConfig, target: Target, network: nn.Module, batch: tuple[Tensor, ...]
) -> Tensor:
    x, label_pct, heads, *crops = batch
    maps = network(_input(x))
    loss = training.labels_weight * composition_loss(maps, label_pct, target)
    loss = loss + training.count_weight * heads_loss(maps, heads)
    return loss + training.cells_weight * _loss_on_cells(training, target, network, tuple(crops)) if crops else loss


def _input(x: Tensor) -> Tensor:
    return prepared(x).contiguous(memory_format=torch.channels_last)
