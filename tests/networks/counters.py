"""Small counters that were not trained."""

from collections.abc import Sequence
from typing import Literal

import torch
from torch import nn

from motilens.config import CounterConfig, InputType
from motilens.networks.counter import DEFECTS, MOTILITY, Counter, input_channels
from motilens.networks.freeze import freeze


def small_config(input_type: InputType = "I1", stride: Literal[4, 8] = 4) -> CounterConfig:
    """Settings with four channels in each layer."""
    return CounterConfig(input_type=input_type, encoder_width=4, widths=(4, 4, 4, 4, 4), stride=stride)


def random_counter(config: CounterConfig, *, seed: int = 0) -> Counter:
    """A frozen counter whose maps depend on what it sees: its head is random, and its layers are in their range."""
    torch.manual_seed(seed)
    counter = Counter(config)
    nn.init.normal_(counter.head.weight)
    assert counter.head.bias is not None
    nn.init.zeros_(counter.head.bias)
    for module in counter.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = 1.0  # the statistics of one batch, whole
    counter.train()(torch.randn(4, input_channels(config), 64, 64))
    freeze(counter)
    return counter


def small_counter(input_type: InputType = "I1", stride: Literal[4, 8] = 4, *, seed: int = 0) -> Counter:
    """A random counter with four channels in each layer."""
    return random_counter(small_config(input_type, stride), seed=seed)


def averaging_counter(stride: Literal[4, 8]) -> Counter:
    """A frozen counter that sees as far as it can: each of its kernels is a mean, so no path through it is closed."""
    counter = Counter(small_config(stride=stride))
    with torch.no_grad():
        for module in counter.modules():
            if isinstance(module, nn.Conv2d):
                module.weight.fill_(1 / module.weight[0].numel())
                if module.bias is not None:
                    module.bias.fill_(3)  # prepared stacks have values below 0, which a ReLU would cut off
    freeze(counter)
    return counter


def constant_counter(densities: Sequence[float], input_type: InputType = "I1", stride: Literal[4, 8] = 4) -> Counter:
    """A frozen counter that finds the same number of cells in each pixel of a map, whatever it sees.

    Args:
        densities: that number for each map; no defect's is above the sum of the classes.
        input_type, stride: as in the settings.
    """
    counter = Counter(small_config(input_type, stride))
    found = torch.tensor(densities, dtype=torch.float64).clip(1e-12)
    cells = found[MOTILITY].sum()
    with torch.no_grad():
        counter.head.weight.zero_()
        assert counter.head.bias is not None
        density = torch.log(torch.expm1(cells))
        shares = (found[DEFECTS] / cells).clip(max=1 - 1e-9)
        counter.head.bias.copy_(torch.cat([density[None], torch.log(found[MOTILITY]), torch.logit(shares)]))
        for parameter in [*counter.encoder.parameters(), *counter.trunk.parameters()]:
            parameter.zero_()
    freeze(counter)
    return counter
