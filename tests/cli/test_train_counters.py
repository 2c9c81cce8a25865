"""``motilens train-counters``: what it asks of the workflow, and what it prints."""

from pathlib import Path

import pytest

from motilens.config import counter_training
from motilens.methods import train_counters as module
from motilens.methods.train_counters import CounterModel, CounterRequest
from motilens.training.runtime import Runtime
from tests.program import Run


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[CounterRequest, Runtime, int | None]]:
    """What the workflow was asked for."""
    calls = []

    def train(request: CounterRequest, *, runtime: Runtime, workers: int | None, progress: object) -> CounterModel:
        calls.append((request, runtime, workers))
        return CounterModel(seed=request.seed, videos=request.videos, versions={}, counters=())

    monkeypatch.setattr(module, "train_counters", train)
    return calls


def test_defaults_are_the_built_in_models(
    run: Run, asked: list[tuple[CounterRequest, Runtime, int | None]], tmp_path: Path
) -> None:
    out = tmp_path / "counters"
    code, printed, errors = run("train-counters", "--out", out)
    assert code == 0, errors
    ((request, runtime, workers),) = asked
    training = {target: counter_training(target) for target in ("motility", "morphology")}
    assert request == CounterRequest(out=out, seed=0, videos=1200, training=training, onnx=False)  # type: ignore[arg-type]
    assert (runtime.accelerator, runtime.devices, workers) == ("auto", 1, None)
    assert f"motilens train DATA --method count-I4 --set counting.weights={out} --out MODEL" in printed
    assert str(out / "MODEL.md") in printed


def test_options_reach_the_workflow(
    run: Run, asked: list[tuple[CounterRequest, Runtime, int | None]], tmp_path: Path
) -> None:
    words = ("--seed", 5, "--videos", 40, "--steps", 7, "--onnx", "--workers", 2, "--accelerator", "cpu")
    assert run("train-counters", "--out", tmp_path, *words)[0] == 0
    ((request, runtime, workers),) = asked
    assert (request.seed, request.videos, request.onnx, workers) == (5, 40, True, 2)
    assert {training.steps for training in request.training.values()} == {7}
    assert request.training["morphology"].crop_px == counter_training("morphology").crop_px
    assert runtime.accelerator == "cpu"


@pytest.mark.parametrize(("option", "value"), [("--videos", 19), ("--steps", 0), ("--seed", -1)])
def test_values_out_of_range_are_wrong_use(option: str, value: int, run: Run, tmp_path: Path) -> None:
    assert run("train-counters", "--out", tmp_path / "out", option, value)[0] == 2
    assert not (tmp_path / "out").exists()
