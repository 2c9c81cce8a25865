"""Temporary evaluation mode, in which a network can predict during its training without being changed."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn


@contextmanager
def evaluation_mode(network: nn.Module) -> Iterator[torch.device]:
    """Put a network into evaluation mode, without gradients, while the block runs; then restore its mode.

    Yields:
        The network's device.
    """
    was_training = network.training
    network.eval()
    try:
        with torch.inference_mode():
            yield next(network.parameters()).device
    finally:
        network.train(was_training)
