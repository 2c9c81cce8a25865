"""The one training function, on a network so small that its training takes milliseconds."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
import safetensors.torch
import torch
from torch import Tensor, nn
from torch.multiprocessing.spawn import ProcessExitedException

import motilens.training.loop
from motilens.config import AutoencoderConfig, LossName
from motilens.errors import TrainingError, WorkerError
from motilens.networks.autoencoder import NETWORKS, OBJECTIVES
from motilens.progress import SilentTask
from motilens.training.augment import draw_plain
from motilens.training.batches import EpochBatches, Sample
from motilens.training.devices import run_on_devices
from motilens.training.fit_network import fit_network
from motilens.training.loop import History, Training, TrainingData, TrainingPlan, curve_of, epoch_seed
from motilens.training.losses import LOSSES, loss_on_labels
from motilens.training.runtime import Runtime
from tests.training.conftest import CPU

ROWS, EPOCHS = 24, 4

PLAN = TrainingPlan(EPOCHS, learning_rate=0.05, weight_decay=0.0, schedule="one-cycle", seed=3, digest="a")


class Line(torch.utils.data.Dataset[Tensor]):
    """Points on a line with some noise; counts the batches that were read."""

    def __init__(self) -> None:
        rng = np.random.default_rng(0)
        self.x = rng.normal(size=(ROWS, 2)).astype(np.float32)
        self.y = (self.x @ [[1.0], [-2.0]] + rng.normal(0, 0.1, (ROWS, 1))).astype(np.float32)
        self.n_read = 0

    def __getitems__(self, samples: list[Sample]) -> tuple[Tensor, Tensor]:
        self.n_read += 1
        rows = [sample.row for sample in samples]
        return torch.from_numpy(self.x[rows]), torch.from_numpy(self.y[rows])


class Net(nn.Module):
    """Two linear layers with dropout between them, which draws from PyTorch's generator."""

    def __init__(self, dropout: float = 0.3) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Dropout(dropout), nn.Linear(8, 1))

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x)


def select_error(network: Net, epoch: int) -> float:
    with torch.no_grad():
        return float((network(torch.ones(1, 2)) + 1).abs())


def fit(
    folder: Path,
    *,
    plan: TrainingPlan = PLAN,
    dataset: Line | None = None,
    select: Callable[[Net, int], float] | None = select_error,
    make: Callable[[], Net] = Net,
    runtime: Runtime = CPU,
    progress: object = None,
) -> tuple[Net, History]:
    batches = EpochBatches(np.arange(ROWS), batch_size=8, steps=None, draw=draw_plain, seed=plan.seed)
    return fit_network(
        make,
        TrainingData(dataset or Line(), batches),
        partial(loss_on_labels, "mse"),
        plan,
        folder=folder,
        select=select,
        runtime=runtime,
        progress=progress,  # type: ignore[arg-type]  # a stand-in that stops the training
        name="line",
    )


def weights(network: nn.Module) -> list[Tensor]:
    return list(network.state_dict().values())


def are_equal(a: nn.Module, b: nn.Module) -> bool:
    return all(torch.equal(x, y) for x, y in zip(weights(a), weights(b), strict=True))


class Killed(Exception):
    """Stands for kill -9 in the middle of an epoch."""


class DiesAtStep:
    """A bar that ends the training at some step."""

    def __init__(self, last: int) -> None:
        self._last = last

    @contextmanager
    def task(self, name: str, total: int) -> Iterator[SilentTask]:
        last = self._last

        class Task(SilentTask):
            done = 0

            def advance(self, steps: int = 1, *, note: str = "") -> None:
                self.done += steps
                if self.done >= last:
                    raise Killed

        yield Task()


@pytest.mark.parametrize("schedule", ["one-cycle", "constant"])
@pytest.mark.parametrize("select", [select_error, None])
def test_an_interrupted_training_ends_bit_for_bit_like_an_uninterrupted_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, schedule: str, select: Callable[[Net, int], float] | None
) -> None:
    plan = replace(PLAN, schedule=schedule)
    whole, history = fit(tmp_path / "whole", plan=plan, select=select)
    monkeypatch.setattr(motilens.training.loop, "CHECKPOINT_EVERY_S", 0.0)
    with pytest.raises(Killed):
        fit(tmp_path / "cut", plan=plan, select=select, progress=DiesAtStep(8))  # in the third epoch of three steps
    dataset = Line()
    again, resumed = fit(tmp_path / "cut", plan=plan, select=select, dataset=dataset)
    assert 6 <= dataset.n_read <= 7  # two epochs were left, and one batch is read ahead
    assert resumed.train_loss == history.train_loss
    assert resumed.select_score == history.select_score
    assert resumed.best_epoch == history.best_epoch
    assert are_equal(again, whole)


def test_the_best_epoch_comes_back_not_the_last(tmp_path: Path) -> None:
    states: list[list[Tensor]] = []

    def second_is_best(network: Net, epoch: int) -> float:
        states.append([tensor.clone() for tensor in weights(network)])
        return [3.0, 1.0, 2.0, 1.0][epoch - 1]

    network, history = fit(tmp_path, select=second_is_best)
    assert history.best_epoch == 2  # of equals the first
    assert all(torch.equal(a, b) for a, b in zip(weights(network), states[1], strict=True))
    assert not all(torch.equal(a, b) for a, b in zip(weights(network), states[3], strict=True))
    best = safetensors.torch.load_file(tmp_path / "best.safetensors")
    assert all(torch.equal(tensor, best[name]) for name, tensor in network.state_dict().items())
    last = torch.load(tmp_path / "last.ckpt", weights_only=True)["network"]
    assert torch.equal(last["layers.0.weight"], states[3][0])
    assert list((tmp_path / "tensorboard").iterdir())
    again, _ = fit(tmp_path, select=second_is_best)
    assert are_equal(again, network)


def test_without_a_selection_the_last_epoch_comes_back(tmp_path: Path) -> None:
    network, history = fit(tmp_path, select=None)
    assert history.best_epoch == EPOCHS
    assert history.select_score == [None] * EPOCHS
    last = torch.load(tmp_path / "last.ckpt", weights_only=True)["network"]
    assert torch.equal(last["layers.0.weight"], weights(network)[0])


@pytest.mark.parametrize("change", [{"digest": "b"}, {"epochs": 3}, {"learning_rate": 0.01}, {"seed": 4}])
def test_a_checkpoint_of_another_training_is_not_taken_up(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, change: dict[str, object]
) -> None:
    plan = replace(PLAN, **change)  # type: ignore[arg-type]  # fields of the plan
    fit(tmp_path / "old")
    with caplog.at_level(logging.INFO, logger="motilens"):
        again, history = fit(tmp_path / "old", plan=plan)
    assert "last.ckpt is of other settings or other data; the training starts from the beginning" in caplog.text
    fresh, expected = fit(tmp_path / "fresh", plan=plan)
    assert history.train_loss == expected.train_loss
    assert are_equal(again, fresh)


def test_a_checkpoint_of_another_precision_is_not_taken_up(tmp_path: Path) -> None:
    _, history = fit(tmp_path)
    _, other = fit(tmp_path, runtime=Runtime("cpu", precision="bf16-mixed"))
    assert other.train_loss == pytest.approx(history.train_loss, rel=0.1)
    assert other.train_loss != history.train_loss


@pytest.mark.parametrize("content", [b"", b"nonsense", None])
def test_a_damaged_checkpoint_is_warned_of_and_the_training_restarts(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, content: bytes | None
) -> None:
    network, history = fit(tmp_path)
    whole = (tmp_path / "last.ckpt").read_bytes()
    (tmp_path / "last.ckpt").write_bytes(whole[: len(whole) // 2] if content is None else content)
    again, resumed = fit(tmp_path)
    assert "last.ckpt is damaged; the training starts from the beginning" in caplog.text
    assert resumed.train_loss == history.train_loss
    assert are_equal(again, network)


def test_a_loss_that_is_not_finite_ends_the_training(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"line: the loss is nan in epoch 1; .*lower learning_rate \(now 1e\+30\)"):
        fit(tmp_path, plan=replace(PLAN, learning_rate=1e30, schedule="constant"))


def test_a_selection_score_that_is_not_finite_ends_the_training(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="line: the selection score is nan in epoch 3; allowed: finite numbers"):
        fit(tmp_path, select=lambda network, epoch: float("nan") if epoch == 3 else 1.0)


def test_weights_start_from_the_seed_and_leave_the_generator_alone(tmp_path: Path) -> None:
    before = torch.random.get_rng_state()
    a, b, c = (
        weights(fit(tmp_path / name, plan=replace(PLAN, epochs=1, learning_rate=1e-30, seed=seed))[0])[0]
        for name, seed in (("a", 0), ("b", 0), ("c", 1))
    )
    assert torch.equal(torch.random.get_rng_state(), before)
    assert torch.equal(a, b)
    assert not torch.allclose(a, c)
    assert len({epoch_seed(s, e, r) for s in range(3) for e in range(3) for r in range(3)}) == 27


def test_two_processes_train_as_one(tmp_path: Path) -> None:
    # Without dropout, which each process draws for itself.
    make = partial(Net, 0.0)
    one, history = fit(tmp_path / "one", make=make)
    two, shared = fit(tmp_path / "two", make=make, runtime=Runtime("cpu", devices=2))
    assert shared.train_loss == pytest.approx(history.train_loss, rel=1e-4)
    assert shared.select_score == pytest.approx(history.select_score, rel=1e-3)
    for a, b in zip(weights(one), weights(two), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(
    ("error", "expected", "told"),
    [
        (TrainingError("the loss is nan"), TrainingError, "the loss is nan"),
        (None, WorkerError, r"line: a training process failed \(.*SIGKILL\); run again with --devices 1"),
    ],
)
def test_the_error_of_a_process_comes_out_of_the_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: TrainingError | None, expected: type[Exception], told: str
) -> None:
    def one_fails(function: partial[History]) -> None:
        if error is not None:
            function.args[1].put(error)
        raise ProcessExitedException("process 1 terminated with signal SIGKILL", 1, 1, 9)

    fabric = Runtime("cpu", devices=2).fabric()
    monkeypatch.setattr(fabric, "launch", one_fails)
    data = TrainingData(Line(), EpochBatches(np.arange(ROWS), batch_size=8, steps=None, draw=draw_plain, seed=0))
    training = Training(Net(), data, partial(loss_on_labels, "mse"), PLAN, None, tmp_path, 0, "line")
    with pytest.raises(expected, match=told):
        run_on_devices(training, fabric, SilentTask())


def test_losses_on_paper() -> None:
    batch = torch.zeros(2, 1), torch.tensor([[0.5], [3.0]])
    network = nn.Identity()
    assert float(loss_on_labels("mse", network, batch)) == pytest.approx((0.25 + 9) / 2)
    assert float(loss_on_labels("l1", network, batch)) == pytest.approx(3.5 / 2)
    assert float(loss_on_labels("huber", network, batch)) == pytest.approx((0.5 * 0.25 + 3 - 0.5) / 2)


def test_settings_reach_every_loss_objective_and_network() -> None:
    fields = AutoencoderConfig.model_fields
    assert set(LOSSES) == set(get_args(LossName)) == set(get_args(fields["loss"].annotation))
    assert set(OBJECTIVES) == set(get_args(fields["objective"].annotation))
    assert set(NETWORKS) == set(get_args(fields["network"].annotation))


def test_a_curve_on_paper() -> None:
    curve = curve_of("line", History([3.0, 2.0], [None, 0.5], best_epoch=2))
    assert (curve.name, curve.best_epoch) == ("line", 2)
    assert [(e.epoch, e.train_loss, e.select_loss) for e in curve.epochs] == [(1, 3.0, None), (2, 2.0, 0.5)]
