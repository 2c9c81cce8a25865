import json
from pathlib import Path
from typing import Any

import pytest
import safetensors
import safetensors.torch
import torch

from motilens.config import CounterConfig, InputType, Target
from motilens.errors import MissingError, StorageError, WeightsError
from motilens.networks.counter import Counter
from motilens.networks.counter_file import counter_file, load_counter, save_counter
from tests.networks.counters import random_counter, small_counter


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The file of a counter of motility for I1."""
    return save_counter(tmp_path, "motility", small_counter())


def change_header(path: Path, **changes: str | None) -> None:
    """Change the header; None removes a field."""
    with safetensors.safe_open(path, framework="pt") as file:
        header = {**file.metadata(), **changes}
    state = safetensors.torch.load_file(path)
    safetensors.torch.save_file(state, path, {k: v for k, v in header.items() if v is not None})


def change_config(path: Path, **changes: object) -> None:
    with safetensors.safe_open(path, framework="pt") as file:
        config: dict[str, Any] = json.loads(file.metadata()["config"])
    change_header(path, config=json.dumps(config | changes))


def refused(path: Path) -> str:
    """Try to load the counter of motility for I1, and return the line that is said."""
    with pytest.raises(WeightsError) as caught:
        load_counter(str(path.parent), "motility", "I1")
    message = str(caught.value)
    assert message.startswith(str(path)) and "\n" not in message
    return message.removeprefix(str(path))


@pytest.mark.parametrize(
    "counter",
    [
        small_counter("I1", 4),
        small_counter("I4", 8),
        random_counter(CounterConfig(input_type="I1", encoder_width=4, backbone="resnet18", stride=8)),
    ],
    ids=["small at 4", "small at 8", "resnet18 at 8"],
)
def test_what_comes_back_counts_the_same(counter: Counter, tmp_path: Path) -> None:
    input_type = counter.config.input_type
    saved = save_counter(tmp_path, "morphology", counter)
    assert saved == counter_file(str(tmp_path), "morphology", input_type)
    assert [path.name for path in tmp_path.iterdir()] == [f"morphology-{input_type}.safetensors"]
    loaded = load_counter(str(tmp_path), "morphology", input_type)
    assert (loaded.config, loaded.digest) == (counter.config, counter.digest)
    x = torch.randn(2, 1 if input_type == "I1" else 21, 32, 48)
    assert torch.equal(loaded(x), counter(x))


def test_a_counter_comes_back_frozen(path: Path) -> None:
    loaded = load_counter(str(path.parent), "motility", "I1")
    assert not loaded.train().training
    assert not any(parameter.requires_grad for parameter in loaded.parameters())


@pytest.mark.parametrize("target", ["motility", "morphology"])
def test_the_built_in_counters_are_in_the_package(target: Target) -> None:
    for input_type in ("I1", "I4"):
        assert load_counter("builtin", target, input_type).config.input_type == input_type


@pytest.mark.parametrize("weights", ["folder", "builtin"])
def test_a_counter_that_is_not_there(weights: str, tmp_path: Path) -> None:
    folder = str(tmp_path) if weights == "folder" else "builtin"
    with pytest.raises(
        MissingError,
        match=r"^no counter of motility for I2 at .*motility-I2\.safetensors; allowed: builtin, or a folder that "
        r"motilens train-counters has made$",
    ):
        load_counter(folder, "motility", "I2")


@pytest.mark.parametrize("version", ["1", None])
def test_another_version(path: Path, version: str | None) -> None:
    change_header(path, counter_version=version)
    assert refused(path) == f" is a counter of version {version}, this motilens reads 2; train it again"


@pytest.mark.parametrize("share", [0, 0.5, 0.99])
def test_a_file_that_was_cut_off(path: Path, share: float) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    message = refused(path)
    assert message.startswith(" is damaged (") and message.endswith("); copy it again, or train it again")


@pytest.mark.parametrize(
    "changes",
    [{"stride": 5}, {"colour": "blue"}, {"widths": [4, 4]}, {"backbone": "resnet17"}],
    ids=["stride", "unknown field", "too few widths", "unknown backbone"],
)
def test_settings_that_cannot_be(path: Path, changes: dict[str, object]) -> None:
    change_config(path, **changes)
    message = refused(path)
    assert message.startswith(" is damaged (") and message.endswith("); copy it again, or train it again")


@pytest.mark.parametrize("config", ["{", None, "[]"])
def test_no_settings(path: Path, config: str | None) -> None:
    change_header(path, config=config)
    assert refused(path).startswith(" is damaged (")


def test_weights_of_other_settings_name_the_tensor(path: Path) -> None:
    change_config(path, encoder_width=5)
    assert refused(path) == (
        ": tensor encoder.1.weight is torch.float32 [4, 1, 3, 3], the model needs torch.float32 [5, 1, 3, 3]"
    )


@pytest.mark.parametrize(("target", "input_type"), [("motility", "I2"), ("morphology", "I1")])
def test_a_file_of_another_target_or_input_type_is_refused(path: Path, target: Target, input_type: InputType) -> None:
    path.rename(path.with_name(f"{target}-{input_type}.safetensors"))  # I1 and I2 have weights of the same shapes
    with pytest.raises(
        WeightsError,
        match=rf"\.safetensors is a counter of motility for I1, not of {target} for {input_type}; rename it, or train "
        r"one with motilens train-counters$",
    ):
        load_counter(str(path.parent), target, input_type)


@pytest.mark.parametrize("target", [None, "colour"])
def test_a_file_that_does_not_say_what_it_is_for(path: Path, target: str | None) -> None:
    change_header(path, target=target)
    refused(path)


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(StorageError, match="a file of that name is in the way"):
        save_counter(tmp_path / "file", "motility", small_counter())
