"""Evaluation mode for a while: how a network predicts in the middle of its training without being changed by it."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn


@contextmanager
def evaluation_mode(network: nn.Module) -> Iterator[torch.device]:
    """Put a network into evaluation mode, without gradients, while the block runs; its own mode is put back.

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
