import pytest
import torch

from motilens.errors import InputError
from motilens.training.runtime import Runtime


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"precision": "bf16-true"}, "precision is 'bf16-true'; allowed: 32-true, 16-mixed, bf16-mixed"),
        ({"strategy": "fsdp"}, "strategy is 'fsdp'; allowed: auto, ddp, dp"),
        ({"devices": 0}, "devices is 0; allowed: at least 1"),
        ({"loader_workers": -1}, "loader_workers is -1; allowed: at least 0"),
    ],
)
def test_values_that_are_not_allowed(wrong: dict[str, object], told: str) -> None:
    with pytest.raises(InputError, match=told):
        Runtime("cpu", **wrong)  # type: ignore[arg-type]  # that is the point


def test_what_fabric_refuses_is_one_line_that_says_what_was_asked_for() -> None:
    with pytest.raises(InputError) as caught:
        Runtime("typewriter").fabric()
    assert "accelerator 'typewriter', devices 1, precision '32-true', strategy 'auto': " in str(caught.value)
    assert "such as --accelerator cpu --devices 1" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_options_reach_fabric() -> None:
    fabric = Runtime("cpu", devices=2, precision="bf16-mixed").fabric()
    assert fabric.world_size == 2
    assert fabric.strategy.precision.precision == "bf16-mixed"
    assert Runtime("cpu").fabric().world_size == 1


@pytest.mark.parametrize("accelerator", ["tpu", "mps", "gpu", "cuda"])
def test_an_accelerator_that_is_not_there_is_one_line(accelerator: str) -> None:
    if accelerator in ("gpu", "cuda") and torch.cuda.is_available():
        pytest.skip("there is one here")
    if accelerator in ("gpu", "mps") and torch.backends.mps.is_available():
        pytest.skip("there is one here")
    with pytest.raises(
        InputError, match=f"cannot train with accelerator '{accelerator}', devices 1, .*--accelerator cpu"
    ):
        Runtime(accelerator).fabric()


def test_more_gpus_than_there_are() -> None:
    if not torch.cuda.is_available():
        pytest.skip("no GPU here")
    with pytest.raises(InputError, match="cannot train with accelerator 'gpu', devices 99, .*machine only has"):
        Runtime("gpu", devices=99).fabric()


def test_a_precision_that_the_accelerator_lacks_is_not_replaced_by_another() -> None:
    with pytest.raises(
        InputError,
        match="precision is '16-mixed', which a CPU does not have; choose --precision 32-true or --precision bf16",
    ):
        Runtime("cpu", precision="16-mixed").fabric()


def test_a_strategy_that_the_accelerator_lacks_is_not_replaced_by_another() -> None:
    with pytest.raises(InputError, match="strategy is 'dp', which needs GPUs"):
        Runtime("cpu", devices=2, strategy="dp").fabric()
