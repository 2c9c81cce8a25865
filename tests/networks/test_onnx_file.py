import sys
from pathlib import Path
from typing import Literal

import numpy as np
import onnxruntime
import pytest
import torch

from motilens.config import CounterConfig, InputType
from motilens.errors import MissingError, StorageError
from motilens.networks.counter import Counter, input_channels
from motilens.networks.onnx_file import write_onnx
from tests.networks.counters import random_counter, small_config, small_counter

CLOSE = 1e-4
"""Cells in a pixel: two libraries sum in another order."""


def maps_of(path: Path, x: torch.Tensor) -> np.ndarray:
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    (maps,) = session.run(["maps"], {"stacks": x.numpy()})
    return np.asarray(maps)


@pytest.mark.parametrize(("input_type", "stride"), [("I1", 4), ("I4", 4), ("I1", 8)])
def test_another_program_counts_the_same_at_any_size(
    input_type: InputType, stride: Literal[4, 8], tmp_path: Path
) -> None:
    counter = small_counter(input_type, stride)
    write_onnx(tmp_path / "counter.onnx", counter)
    for shape in ((1, 48, 80), (3, 64, 32)):
        n, height, width = shape
        x = torch.randn(n, input_channels(counter.config), height, width)
        found, expected = maps_of(tmp_path / "counter.onnx", x), counter(x).numpy()
        assert found.shape == expected.shape == (n, 6, height // stride, width // stride)
        assert np.ptp(expected) > 0.1
        np.testing.assert_allclose(found, expected, rtol=0, atol=CLOSE)


def test_a_counter_with_a_backbone_of_timm(tmp_path: Path) -> None:
    counter = random_counter(CounterConfig(input_type="I1", encoder_width=4, backbone="mobilenetv3_small_100"))
    write_onnx(tmp_path / "counter.onnx", counter)
    for side in (32, 48):
        x = torch.randn(1, 1, side, side)
        np.testing.assert_allclose(maps_of(tmp_path / "counter.onnx", x), counter(x).numpy(), rtol=0, atol=CLOSE)


def test_a_counter_in_training_is_written_as_it_predicts_and_goes_on_training(tmp_path: Path) -> None:
    counter = Counter(small_config())
    torch.nn.init.normal_(counter.head.weight)
    counter.train()(torch.randn(4, 1, 32, 32))  # the statistics of its batch norms are those of no single batch now
    write_onnx(tmp_path / "counter.onnx", counter)
    assert all(module.training for module in counter.modules())
    x = torch.randn(2, 1, 32, 32)
    expected = counter.eval()(x).detach().numpy()
    np.testing.assert_allclose(maps_of(tmp_path / "counter.onnx", x), expected, rtol=0, atol=CLOSE)


def test_without_the_package_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(MissingError, match=r"^writing ONNX needs the package onnx; install motilens\[onnx\]$"):
        write_onnx(tmp_path / "counter.onnx", small_counter())
    assert not list(tmp_path.iterdir())


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(StorageError, match="a file of that name is in the way"):
        write_onnx(tmp_path / "file" / "counter.onnx", small_counter())
