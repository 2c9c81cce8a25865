"""Checkpoints: all that is needed to continue a training, in one file that is written atomically.

A checkpoint carries the digest of everything that determines the training: settings, participants, labels, and the
pixels or images trained on. If the digest differs or the file is damaged, the training starts from the beginning.
"""

import io
import logging
import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from torch import Tensor, nn

from motilens.files import write_bytes

log = logging.getLogger("motilens")

LAST_FILE = "last.ckpt"
"""Name of the checkpoint's file."""

BEST_FILE = "best.safetensors"
"""Name of the file with the weights of the best epoch; written when the training is complete."""

State = dict[str, Tensor]
"""Tensors of a network by name."""


@dataclass(frozen=True)
class Checkpoint:
    """State of a training after an epoch.

    Attributes:
        network: weights after that epoch.
        best: weights of the best epoch so far; None if no epoch is chosen, so that the last is the best.
        optimiser, schedule, precision: state dicts; no schedule if the learning rate is constant.
        history: fields of a ``History``.
    """

    network: State
    best: State | None
    optimiser: dict[str, Any]
    schedule: dict[str, Any] | None
    precision: dict[str, Any]
    history: dict[str, Any]


def state_of(network: nn.Module) -> State:
    """Copy a network's tensors, on the CPU and contiguous."""
    return {
        name: tensor.detach().cpu().clone(memory_format=torch.contiguous_format)
        for name, tensor in network.state_dict().items()
    }


def write_checkpoint(folder: Path, checkpoint: Checkpoint, digest: str) -> None:
    """Write a checkpoint atomically; it replaces an older one.

    Raises:
        StorageError: the disk is full or cannot be written to.
    """
    buffer = io.BytesIO()  # torch.save to a file reports a full disk as an error of its own
    torch.save({"digest": digest, **vars(checkpoint)}, buffer)
    write_bytes(folder / LAST_FILE, buffer.getvalue())


def read_checkpoint(folder: Path, digest: str) -> Checkpoint | None:
    """Read the checkpoint of a training.

    Args:
        folder: folder of the training.
        digest: digest of everything that determines the training.

    Returns:
        The checkpoint; None if there is none, if it belongs to another training, or if it is damaged (with a warning).
    """
    path = folder / LAST_FILE
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
        found = content.pop("digest")
        checkpoint = Checkpoint(**content)
    except FileNotFoundError:
        return None
    except (pickle.UnpicklingError, RuntimeError, EOFError, OSError, ValueError, KeyError, TypeError, AttributeError):
        log.warning("%s is damaged; the training starts from the beginning", path)
        return None
    if found != digest:
        log.info("%s is of other settings or other data; the training starts from the beginning", path)
        return None
    return checkpoint


def write_best(folder: Path, state: State) -> None:
    """Write the weights of the best epoch atomically. Raises StorageError as ``write_checkpoint`` does."""
    write_bytes(folder / BEST_FILE, safetensors.torch.save(state))


def load_best(network: nn.Module, folder: Path) -> None:
    """Load the weights of the best epoch into a network."""
    network.load_state_dict(safetensors.torch.load_file(folder / BEST_FILE))
