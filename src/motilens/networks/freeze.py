"""Freezing of networks: no gradients, and constant batch-norm statistics.

If only gradients are turned off, the running statistics still change with every batch in training mode.
"""

from torch import nn


def freeze(module: nn.Module) -> nn.Module:
    """Freeze a network for good: evaluation mode, no gradients, and ``train()`` of a parent has no effect on it.

    Returns:
        The same module.
    """
    module.eval()
    module.requires_grad_(False)
    module.train = lambda mode=True: module  # type: ignore[method-assign]  # a parent's train() must have no effect
    return module
