"""Frozen means no gradients and still batch-norm statistics.

Turning gradients off alone leaves a network's running statistics moving with every batch it sees in training mode.
"""

from torch import nn


def freeze(module: nn.Module) -> nn.Module:
    """Freeze a network for good: evaluation mode, no gradients, and ``train()`` of a parent does not wake it.

    Returns:
        The same module.
    """
    module.eval()
    module.requires_grad_(False)
    module.train = lambda mode=True: module  # type: ignore[method-assign]  # a parent's train() must not wake it
    return module
