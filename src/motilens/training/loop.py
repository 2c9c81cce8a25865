"""The training loop of all networks.

Everything random in an epoch comes from (seed, epoch), so a training that is killed and continued from its last
checkpoint gives bit-identical weights on the CPU.
"""

import math
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

import lightning_fabric
import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter  # pyright: ignore[reportPrivateImportUsage]

from motilens.errors import TrainingError
from motilens.files import digest_of, storage_errors
from motilens.predictors.origin import Epoch, TrainingCurve
from motilens.progress import Task
from motilens.training.batches import BatchShares, EpochBatches, loader
from motilens.training.checkpoint import Checkpoint, read_checkpoint, state_of, write_best, write_checkpoint

CHECKPOINT_EVERY_S = 20.0
"""Interval between checkpoints: the most work that is lost when a run is killed; it does not affect results."""

TRAINING_VERSION = 1
"""Incremented when a change of the code gives other weights, so that checkpoints of older code are not used."""

Loss = Callable[[nn.Module, tuple[Tensor, ...]], Tensor]
"""Function from a network and a batch to a scalar."""

Network = TypeVar("Network", bound=nn.Module)

Select = Callable[[Network, int], float]
"""A score of a network after an epoch, counted from 1; lower is better."""


@dataclass(frozen=True)
class TrainingData:
    """Data that a network is trained on.

    Attributes:
        dataset: reads a batch from a list of samples; must be picklable.
        batches: the samples of each batch of each epoch.
    """

    dataset: torch.utils.data.Dataset[Tensor]
    batches: EpochBatches


@dataclass(frozen=True)
class TrainingPlan:
    """Length, learning rate, seed and digest of a training.

    Attributes:
        epochs: number of epochs of the training and of its schedule.
        learning_rate: highest learning rate.
        weight_decay: weight decay of Adam.
        schedule: ``constant`` or ``one-cycle``.
        seed: seed of everything random.
        digest: digest of everything else that determines the training: settings, participants, labels, pixels or
            images.
    """

    epochs: int
    learning_rate: float
    weight_decay: float
    schedule: str
    seed: int
    digest: str


@dataclass
class History:
    """History of a training: losses by epoch, the best epoch (from 1), and where the time went."""

    train_loss: list[float] = field(default_factory=list)
    select_score: list[float | None] = field(default_factory=list)
    best_epoch: int = 0
    wait_s: float = 0.0
    total_s: float = 0.0

    @property
    def stall_share(self) -> float:
        """Share of the training time spent waiting for data."""
        return self.wait_s / self.total_s if self.total_s else 0.0


def curve_of(name: str, history: History) -> TrainingCurve:
    """Convert a history to the curve that is saved with a model."""
    losses = zip(history.train_loss, history.select_score, strict=True)
    epochs = tuple(Epoch(epoch=k, train_loss=train, select_loss=select) for k, (train, select) in enumerate(losses, 1))
    return TrainingCurve(name=name, best_epoch=history.best_epoch, epochs=epochs)


def epoch_seed(seed: int, epoch: int, rank: int = 0) -> int:
    """A seed for one epoch of one process, independent of all other epochs' and seeds'."""
    return int(np.random.SeedSequence([seed, epoch, rank] if rank else [seed, epoch]).generate_state(1)[0])


@dataclass(frozen=True)
class Training(Generic[Network]):
    """One training, ready to run on one device or several.

    Attributes:
        network: the network, in its memory format; trained in place.
        data: the batches.
        loss: function of the network, as Fabric wraps it, and a batch.
        plan: length, learning rate, seed and digest.
        select: function that scores the network after each epoch; None if no epoch is chosen.
        folder: where checkpoints and TensorBoard logs go.
        loader_workers: number of processes that read batches.
        name: for messages.
    """

    network: Network
    data: TrainingData
    loss: Loss
    plan: TrainingPlan
    select: Select[Network] | None
    folder: Path
    loader_workers: int
    name: str

    def run(self, fabric: lightning_fabric.Fabric, task: Task) -> History:
        """Train from the last checkpoint, if there is one of the same training; every process calls this.

        Args:
            fabric: device and precision.
            task: a progress bar with one step per batch.

        Returns:
            The history. The weights of the best epoch are in ``best.safetensors``.

        Raises:
            TrainingError: the loss or the selection score is not finite.
            StorageError: the disk is full or cannot be written to.
        """
        network, plan = self.network, self.plan
        shares = BatchShares(self.data.batches, rank=fabric.global_rank, n_processes=fabric.world_size)
        digest = digest_of([TRAINING_VERSION, vars(plan), fabric.strategy.precision.precision, len(shares)])
        optimiser = torch.optim.Adam(network.parameters(), lr=plan.learning_rate, weight_decay=plan.weight_decay)
        wrapped, optimiser = fabric.setup(network, optimiser)
        schedule = _schedule(optimiser, plan, len(shares))
        history, best = History(), None
        if checkpoint := read_checkpoint(self.folder, digest):
            network.load_state_dict(checkpoint.network)
            optimiser.load_state_dict(checkpoint.optimiser)
            if schedule is not None and checkpoint.schedule is not None:
                schedule.load_state_dict(checkpoint.schedule)
            fabric.strategy.precision.load_state_dict(checkpoint.precision)
            history, best = History(**checkpoint.history), checkpoint.best
        done = len(history.train_loss)
        task.advance(done * len(shares), note=f"resumed after epoch {done}" if done else "")
        batches = loader(self.data.dataset, shares, self.loader_workers)
        saved_at = time.monotonic()
        with storage_errors(self.folder), _tensorboard(self.folder, fabric, done) as board:
            for epoch in range(done + 1, plan.epochs + 1):
                wrapped.train()
                started = time.perf_counter()
                total, n = torch.zeros(()), 0
                with torch.random.fork_rng(devices=[fabric.device] if fabric.device.type == "cuda" else []):
                    torch.manual_seed(epoch_seed(plan.seed, epoch, fabric.global_rank))  # for dropout in backbones
                    for batch in _timed(batches(epoch), history):
                        value = self.loss(wrapped, tuple(part.to(fabric.device) for part in batch))
                        optimiser.zero_grad(set_to_none=True)
                        fabric.backward(value)
                        optimiser.step()
                        if schedule is not None:
                            schedule.step()
                        total, n = total + value.detach().cpu(), n + 1
                        task.advance(1)
                mean_loss = _mean_of_processes(fabric, float(total) / max(n, 1))
                self._check("loss", mean_loss, epoch)
                history.total_s += time.perf_counter() - started
                network.eval()
                score = self._score(fabric, epoch)
                is_best = score is None or score < min(_scores(history), default=math.inf)
                history.train_loss.append(mean_loss)
                history.select_score.append(score)
                if is_best:
                    history.best_epoch = epoch
                    best = None if score is None else state_of(network)
                task.advance(0, note=_note(epoch, plan, mean_loss, score))
                if board is not None:
                    board.add_scalar("loss/train", mean_loss, epoch)
                    if score is not None:
                        board.add_scalar("score/select", score, epoch)
                    if epoch == plan.epochs or time.monotonic() - saved_at > CHECKPOINT_EVERY_S:
                        states = (optimiser.state_dict(), schedule.state_dict() if schedule is not None else None)
                        precision = fabric.strategy.precision.state_dict()
                        checkpoint = Checkpoint(state_of(network), best, *states, precision, vars(history))
                        write_checkpoint(self.folder, checkpoint, digest)
                        saved_at = time.monotonic()
            if board is not None:
                write_best(self.folder, best or state_of(network))
        return history

    def _score(self, fabric: lightning_fabric.Fabric, epoch: int) -> float | None:
        """Compute the selection score in the first process, and send it to all."""
        if self.select is None:
            return None
        score: float = fabric.broadcast(self.select(self.network, epoch) if fabric.is_global_zero else math.nan)
        self._check("selection score", score, epoch)
        return score

    def _check(self, what: str, value: float, epoch: int) -> None:
        if not math.isfinite(value):
            raise TrainingError(
                f"{self.name}: the {what} is {value} in epoch {epoch}; allowed: finite numbers; "
                f"lower learning_rate (now {self.plan.learning_rate})"
            )


@contextmanager
def _tensorboard(folder: Path, fabric: lightning_fabric.Fabric, done: int) -> Iterator[SummaryWriter | None]:
    """Open TensorBoard's log in the one process that writes files."""
    if not fabric.is_global_zero:
        yield None
        return
    with SummaryWriter(str(folder / "tensorboard"), purge_step=done + 1) as board:
        yield board


def _mean_of_processes(fabric: lightning_fabric.Fabric, value: float) -> float:
    if fabric.world_size == 1:
        return value
    mean = fabric.all_reduce(torch.tensor(value), reduce_op="mean")
    assert isinstance(mean, Tensor), "a tensor in, a tensor out"
    return float(mean)


def _timed(batches: Iterable[tuple[Tensor, ...]], history: History) -> Iterator[tuple[Tensor, ...]]:
    iterator = iter(batches)
    while True:
        started = time.perf_counter()
        batch = next(iterator, None)
        history.wait_s += time.perf_counter() - started
        if batch is None:
            return
        yield batch


def _scores(history: History) -> list[float]:
    return [score for score in history.select_score if score is not None]


def _note(epoch: int, plan: TrainingPlan, mean_loss: float, score: float | None) -> str:
    note = f"epoch {epoch}/{plan.epochs} loss {mean_loss:.4g}"
    return note if score is None else f"{note}, select {score:.4g}"


def _schedule(
    optimiser: torch.optim.Optimizer, plan: TrainingPlan, steps_per_epoch: int
) -> torch.optim.lr_scheduler.OneCycleLR | None:
    if plan.schedule == "constant":
        return None
    steps = plan.epochs * steps_per_epoch
    return torch.optim.lr_scheduler.OneCycleLR(optimiser, max_lr=plan.learning_rate, total_steps=max(steps, 2))
