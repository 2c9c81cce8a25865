"""Writes counters as ONNX, for programs without PyTorch; needs the optional extra ``motilens[onnx]``."""

import io
import warnings
from pathlib import Path

import torch

from motilens.errors import MissingError
from motilens.files import write_bytes
from motilens.networks.counter import Counter, input_channels

OPSET = 17
"""ONNX operators of 2022, which all runtimes of today have."""


def check_onnx() -> None:
    """Check that ONNX can be written. Raises MissingError if the package ``onnx`` is not installed."""
    try:
        import onnx  # noqa: F401  # pyright: ignore[reportUnusedImport] - torch's exporter imports it
    except ImportError as error:
        raise MissingError("writing ONNX needs the package onnx; install motilens[onnx]") from error


def write_onnx(path: Path, counter: Counter) -> None:
    """Write a counter with the input ``stacks`` and the output ``maps``.

    ``stacks`` is (n, channel, y, x), float32, as ``networks.counter.prepared`` gives it. ``maps`` is (n, 6, y / stride,
    x / stride). All sizes but the channels are free.

    Raises:
        MissingError: the package ``onnx`` is not installed.
        StorageError: the file cannot be written.
    """
    check_onnx()
    side = 16 * counter.config.stride
    example = torch.zeros(1, input_channels(counter.config), side, side)
    free = {"stacks": {0: "n", 2: "y", 3: "x"}, "maps": {0: "n", 2: "map_y", 3: "map_x"}}
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        # The exporter by tracing is the only one that needs no further package; it warns that it is old, and that it
        # does not fold a constant. Where shapes in annotations are checked, it warns of that, too.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            counter,  # exported as in evaluation, whatever its mode
            (example,),
            buffer,  # pyright: ignore[reportArgumentType] - a file object is allowed without dynamo
            input_names=["stacks"],
            output_names=["maps"],
            dynamic_axes=free,
            opset_version=OPSET,
            dynamo=False,
        )
    write_bytes(path, buffer.getvalue())
