"""The one training loop, read from top to bottom; both networks use it.

All chance of an epoch comes from (seed, epoch), so a run that is killed and started again from its last checkpoint
goes on bit for bit as if nothing had happened (on the CPU). ``last`` and ``best`` are two files: ``last.ckpt`` has all
that is needed to go on, ``best.safetensors`` the weights of the epoch with the lowest selection score.
"""

import io
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import lightning_fabric
import numpy as np
import safetensors.torch
import torch
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter  # pyright: ignore[reportPrivateImportUsage]

from motilens.errors import ConfigError, TrainingError
from motilens.files import make_folder, storage_errors, write_bytes
from motilens.progress import Task

CHECKPOINT_EVERY_S = 20.0
"""At most this much work is lost when a run is killed; results do not depend on it."""


@dataclass(frozen=True)
class LoopPlan:
    """How long and how fast.

    Attributes:
        epochs: length of the schedule.
        stop_after: the epoch to stop at, 1 to ``epochs``; a refit stops where selection said.
        steps_per_epoch: batches an epoch; the schedule needs to know.
        digest: identifies settings and data, so that a checkpoint of another run is never taken up.
    """

    epochs: int
    stop_after: int
    steps_per_epoch: int
    learning_rate: float
    weight_decay: float
    schedule: str
    seed: int
    digest: str


@dataclass
class History:
    """What happened: losses by epoch, the best epoch (from 1), and where the time went."""

    train_loss: list[float] = field(default_factory=list)
    select_score: list[float | None] = field(default_factory=list)
    best_epoch: int = 0
    wait_s: float = 0.0
    total_s: float = 0.0

    @property
    def stall_share(self) -> float:
        """Share of the training time spent waiting for data."""
        return self.wait_s / self.total_s if self.total_s else 0.0


def epoch_seed(seed: int, epoch: int) -> int:
    """A seed for one epoch, independent of all other epochs' and seeds'."""
    return int(np.random.SeedSequence([seed, epoch]).generate_state(1)[0])


def run_epochs(
    network: nn.Module,
    *,
    loss: Callable[[nn.Module, tuple[Tensor, ...]], Tensor],
    batches: Callable[[int], Iterable[tuple[Tensor, ...]]],
    select: Callable[[int], float | None],
    plan: LoopPlan,
    folder: Path,
    fabric: lightning_fabric.Fabric,
    task: Task,
) -> History:
    """Train ``network`` in place, from its last checkpoint if there is one.

    Args:
        network: in memory format channels_last already; trained in place.
        loss: of the (wrapped) network and a batch.
        batches: the batches of an epoch, counted from 1.
        select: a score after each epoch, lower is better; None where nothing is to be chosen. Sees the network itself.
        plan: how long and how fast.
        folder: where checkpoints and TensorBoard logs go.
        fabric: device and precision.
        task: a bar of ``stop_after * steps_per_epoch`` steps.

    Returns:
        The history. The network has the weights of the last epoch; the best are in ``best.safetensors``.

    Raises:
        TrainingError: the loss is no longer finite.
        ConfigError: the checkpoint in ``folder`` is of another run.
    """
    make_folder(folder)
    optimiser = torch.optim.Adam(network.parameters(), lr=plan.learning_rate, weight_decay=plan.weight_decay)
    wrapped, optimiser = fabric.setup(network, optimiser)
    schedule = _schedule(optimiser, plan)
    history, done = _resume(folder / "last.ckpt", network, optimiser, schedule, plan.digest)
    task.advance(done * plan.steps_per_epoch, note=f"resumed after epoch {done}" if done else "")
    saved_at = time.monotonic()
    with storage_errors(folder), SummaryWriter(str(folder / "tensorboard"), purge_step=done + 1) as log:
        for epoch in range(done + 1, plan.stop_after + 1):
            wrapped.train()
            started = time.perf_counter()
            total, n = torch.zeros(()), 0
            with torch.random.fork_rng(devices=[fabric.device] if fabric.device.type == "cuda" else []):
                torch.manual_seed(epoch_seed(plan.seed, epoch))  # for dropout inside backbones
                for batch in _timed(batches(epoch), history):
                    value = loss(wrapped, tuple(part.to(fabric.device) for part in batch))
                    optimiser.zero_grad(set_to_none=True)
                    fabric.backward(value)
                    optimiser.step()
                    if schedule is not None:
                        schedule.step()
                    total, n = total + value.detach().cpu(), n + 1
                    task.advance(1)
            mean_loss = float(total) / max(n, 1)
            if not torch.isfinite(total):
                raise TrainingError(
                    f"{folder.name}: the loss is {mean_loss} in epoch {epoch}; "
                    f"lower learning_rate (now {plan.learning_rate})"
                )
            history.total_s += time.perf_counter() - started
            network.eval()
            score = select(epoch)
            history.train_loss.append(mean_loss)
            history.select_score.append(score)
            log.add_scalar("loss/train", mean_loss, epoch)
            if score is not None:
                log.add_scalar("score/select", score, epoch)
            if score is None or _is_best(history):
                history.best_epoch = epoch
                write_bytes(folder / "best.safetensors", safetensors.torch.save(_plain_state(network)))
            task.advance(0, note=_note(epoch, plan, mean_loss, score))
            if epoch == plan.stop_after or time.monotonic() - saved_at > CHECKPOINT_EVERY_S:
                _save(folder / "last.ckpt", network, optimiser, schedule, history, plan.digest)
                saved_at = time.monotonic()
    return history


def load_best(network: nn.Module, folder: Path) -> None:
    """Give the network the weights of its best epoch."""
    network.load_state_dict(safetensors.torch.load_file(folder / "best.safetensors"))


def _timed(batches: Iterable[tuple[Tensor, ...]], history: History) -> Iterator[tuple[Tensor, ...]]:
    iterator = iter(batches)
    while True:
        started = time.perf_counter()
        batch = next(iterator, None)
        history.wait_s += time.perf_counter() - started
        if batch is None:
            return
        yield batch


def _is_best(history: History) -> bool:
    scores = [score for score in history.select_score if score is not None]
    return scores[-1] <= min(scores) and scores[-1] not in scores[:-1]


def _note(epoch: int, plan: LoopPlan, mean_loss: float, score: float | None) -> str:
    said = f"epoch {epoch}/{plan.stop_after} loss {mean_loss:.4g}"
    return said if score is None else f"{said}, select {score:.4g}"


Schedule = torch.optim.lr_scheduler.OneCycleLR | None


def _schedule(optimiser: torch.optim.Optimizer, plan: LoopPlan) -> Schedule:
    if plan.schedule == "constant":
        return None
    steps = plan.epochs * plan.steps_per_epoch
    return torch.optim.lr_scheduler.OneCycleLR(optimiser, max_lr=plan.learning_rate, total_steps=max(steps, 2))


def _plain_state(network: nn.Module) -> dict[str, Tensor]:
    return {name: tensor.detach().cpu().contiguous() for name, tensor in network.state_dict().items()}


def _save(
    path: Path, network: nn.Module, optimiser: torch.optim.Optimizer, schedule: Schedule, history: History, digest: str
) -> None:
    state = {
        "digest": digest,
        "network": _plain_state(network),
        "optimiser": optimiser.state_dict(),
        "schedule": schedule.state_dict() if schedule is not None else None,
        "history": vars(history),
    }
    buffer = io.BytesIO()  # torch.save into a file hides a full disk behind an error of its own
    torch.save(state, buffer)
    write_bytes(path, buffer.getvalue())


def _resume(
    path: Path, network: nn.Module, optimiser: torch.optim.Optimizer, schedule: Schedule, digest: str
) -> tuple[History, int]:
    if not path.is_file():
        return History(), 0
    state = torch.load(path, map_location="cpu", weights_only=True)
    if state["digest"] != digest:
        raise ConfigError(
            f"{path} is a checkpoint of other settings or other data; "
            "choose another --out, or remove that folder to start anew"
        )
    network.load_state_dict(state["network"])
    optimiser.load_state_dict(state["optimiser"])
    if schedule is not None:
        schedule.load_state_dict(state["schedule"])
    history = History(**state["history"])
    return history, len(history.train_loss)
