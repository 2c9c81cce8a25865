"""Loss functions by the name in the settings."""

from collections.abc import Callable

from torch import Tensor, nn
from torch.nn import functional as F

from motilens.config import LossName

LOSSES: dict[LossName, Callable[[Tensor, Tensor], Tensor]] = {
    "mse": F.mse_loss,
    "l1": F.l1_loss,
    "huber": F.huber_loss,
}
"""Losses by name: functions from predictions and targets of one shape to a scalar."""


def loss_on_labels(name: LossName, network: nn.Module, batch: tuple[Tensor, ...]) -> Tensor:
    """Loss of a network on inputs and their labels: (n, 3), float32, percent."""
    inputs, labels_pct = batch
    return LOSSES[name](network(inputs), labels_pct)
