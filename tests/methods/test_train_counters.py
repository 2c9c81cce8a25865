"""The command's workflow, from hand-made stacks to networks with a model card."""

import json
from pathlib import Path

import numpy as np
import pytest

from motilens.config import CounterTrainingConfig, Target
from motilens.errors import InputError, MissingError
from motilens.methods import train_counters as module
from motilens.methods.train_counters import CounterModel, CounterRequest, train_counters
from motilens.networks.counter_file import load_counter
from motilens.networks.weights import state_digest
from motilens.simulate.labelled_stacks import LabelledStacks
from motilens.training.runtime import Runtime
from tests.methods.counted import TINY
from tests.training.dots import draw_dots, write_part

CPU = Runtime("cpu")
VIDEOS = 40
BRIEF = CounterTrainingConfig(steps=2, batch_size=4, crop_px=32)


@pytest.fixture(autouse=True)
def _brief(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stacks of drawn dots instead of videos, and small networks."""

    def draw(folder: Path, *, seed: int, n: int, **others: object) -> LabelledStacks:
        write_part(folder, *draw_dots(n, seed=seed, least=10, most=14, frames=18, size=(64, 80)))
        return LabelledStacks.open(folder)

    monkeypatch.setattr(module, "make_labelled_stacks", draw)
    monkeypatch.setattr(module, "CounterConfig", lambda input_type: TINY.model_copy(update={"input_type": input_type}))


def request(out: Path, **changes: object) -> CounterRequest:
    training: dict[Target, CounterTrainingConfig] = {"motility": BRIEF, "morphology": BRIEF}
    given = {"out": out, "seed": 3, "videos": VIDEOS, "training": training, "onnx": False}
    return CounterRequest(**{**given, **changes})  # type: ignore[arg-type]


def trained(out: Path, **changes: object) -> CounterModel:
    return train_counters(request(out, **changes), runtime=CPU, workers=1)


@pytest.fixture
def no_training(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "fit_counter", lambda *_, **__: pytest.fail("trained again"))


def test_all_networks_are_trained_scored_and_written(tmp_path: Path) -> None:
    model = trained(tmp_path)
    assert [(c.target, c.input_type) for c in model.counters] == [
        ("motility", "I1"), ("motility", "I4"), ("morphology", "I1"), ("morphology", "I4"),
    ]  # fmt: skip
    written = json.loads((tmp_path / "model.json").read_text(encoding="utf-8"))
    assert written == model.model_dump(mode="json")
    assert (written["seed"], written["videos"]) == (3, VIDEOS)
    card = (tmp_path / "MODEL.md").read_text(encoding="utf-8")
    assert f"motilens train-counters --out counters --seed 3 --videos {VIDEOS}" in card
    for record in model.counters:
        counter = load_counter(str(tmp_path), record.target, record.input_type)
        assert counter.config == record.network == TINY.model_copy(update={"input_type": record.input_type})
        assert state_digest(counter).startswith(record.digest) and f"`{record.digest}`" in card
        assert record.n_parameters == sum(p.numel() for p in counter.parameters())
        assert (record.n_stacks, record.scores["n_stacks"]) == (38, 2)  # a twentieth is held out
        assert record.um_per_px == {"motility": 1.0, "morphology": 0.5}[record.target]
        assert (record.training, len(record.curve.epochs)) == (BRIEF, 1)
    assert len({record.digest for record in model.counters}) == 4
    assert not list(tmp_path.glob("*.onnx"))


def test_held_out_stacks_are_not_trained_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows: dict[str, set[int]] = {"fit": set(), "score": set()}
    fit, score = module.fit_counter, module.score_counter

    def fits(*given: object, **others: object) -> object:
        rows["fit"] |= set(np.asarray(others["rows"]).tolist())
        return fit(*given, **others)  # type: ignore[arg-type]

    def scores(counter: object, stacks: object, target: object, tested: range) -> object:
        rows["score"] |= set(tested)
        return score(counter, stacks, target, tested)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "fit_counter", fits)
    monkeypatch.setattr(module, "score_counter", scores)
    trained(tmp_path, targets=("motility",), inputs=("I1",))
    assert rows == {"fit": set(range(2, VIDEOS)), "score": {0, 1}}


@pytest.mark.usefixtures("no_training")
def test_stacks_in_which_no_defect_can_be_seen_are_not_trained_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(module.WIDEST_UM_PER_PX, "morphology", 0.4)
    words = "0 of 40 stacks have pixels of at most 0.4 um, and 0 of them are kept for scoring; allowed: some of both"
    with pytest.raises(InputError, match=words):
        trained(tmp_path, targets=("morphology",))


@pytest.mark.usefixtures("no_training")
def test_the_same_command_trains_nothing_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as first:
        first.setattr(module, "fit_counter", _fit)
        model = trained(tmp_path, targets=("motility",))
    assert trained(tmp_path, targets=("motility",)).model_dump(mode="json") == model.model_dump(mode="json")


_fit = module.fit_counter


def test_other_stacks_another_training_or_other_weights_are_trained_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = {"targets": ("motility",), "inputs": ("I1",)}
    calls: list[int] = []
    monkeypatch.setattr(module, "fit_counter", lambda *a, **k: calls.append(1) or _fit(*a, **k))
    first = trained(tmp_path, **one)
    longer = {"motility": BRIEF.model_copy(update={"steps": 3}), "morphology": BRIEF}
    second = trained(tmp_path, **one, training=longer)
    assert len(calls) == 2 and second.counters[0].digest != first.counters[0].digest
    trained(tmp_path, **one, training=longer, videos=60)
    assert len(calls) == 3
    # Weights that are not those of the record, as after an interruption between the two files.
    file = tmp_path / "motility-I1.safetensors"
    kept = state_digest(load_counter(str(tmp_path), "motility", "I1"))
    trained(tmp_path / "other", **one)
    file.write_bytes((tmp_path / "other" / "motility-I1.safetensors").read_bytes())
    trained(tmp_path, **one, training=longer, videos=60)
    assert len(calls) == 5 and state_digest(load_counter(str(tmp_path), "motility", "I1")) == kept


def test_onnx_is_written_if_asked_for_and_without_training_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "check_onnx", lambda: None)
    monkeypatch.setattr(module, "write_onnx", lambda path, counter: path.write_bytes(b"of the network"))
    one = {"targets": ("motility",), "inputs": ("I1",)}
    trained(tmp_path, **one)
    monkeypatch.setattr(module, "fit_counter", lambda *_, **__: pytest.fail("trained again"))
    trained(tmp_path, **one, onnx=True)
    assert [path.name for path in tmp_path.glob("*.onnx")] == ["motility-I1.onnx"]
    # Another network without ONNX leaves none of the earlier network behind.
    monkeypatch.setattr(module, "fit_counter", _fit)
    trained(tmp_path, **one, videos=60)
    assert not list(tmp_path.glob("*.onnx"))


def test_onnx_without_its_package_is_told_before_anything_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def absent() -> None:
        raise MissingError("writing ONNX needs the package onnx; install motilens[onnx]")

    monkeypatch.setattr(module, "check_onnx", absent)
    monkeypatch.setattr(module, "make_labelled_stacks", lambda *_, **__: pytest.fail("drawn"))
    with pytest.raises(MissingError, match=r"install motilens\[onnx\]"):
        trained(tmp_path, onnx=True)


def test_too_few_videos_to_hold_any_out_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="9 stacks came of 9 videos; allowed: at least 20"):
        trained(tmp_path, videos=9)
