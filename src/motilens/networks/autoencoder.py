"""Step 1's networks: from a stack to a feature-image and back.

Two networks, one interface: ``encoder`` maps (N, C, H, W) to the feature-image (N, 3, H, W), ``decoder`` maps it back.
``paper`` is the published one (arXiv 1911.03100, figure 1): two poolings, two transposed convolutions, ReLU after every
layer, including the three feature channels and the output. A ReLU whose input is negative everywhere has no gradient
and never recovers, so such a network can lose feature or output channels for good; ``dead_channels`` finds them.
``full-resolution`` has three 3 x 3 convolutions in each half and linear outputs, which cannot die.

Zeros that an encoder's convolutions append at the edges (``paper``, as published) are no grey value that a picture has
there, and leave a frame in the feature-image. The encoder of ``full-resolution`` sees the stack mirrored instead.

Two more parts are replaceable: the objective (what is reconstructed) and the scaling (in which units).
"""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor, nn

from motilens.config import CHANNELS, AutoencoderConfig, InputType, Settings
from motilens.config.networks import Padding

FEATURE_CHANNELS = 3
"""Channels of a feature-image: as many as a photograph has, so that any pre-trained CNN can read it."""

DEAD_BELOW = 1e-4
"""A channel whose standard deviation over pixels and stacks is below this (network units) counts as dead."""

_REACH_PX = 3
"""Pixels that the 3 x 3 convolutions of an encoder reach beyond the edge: three layers at full resolution, or one at
full and one at half resolution. So many are mirrored at the input, once, which costs less than at each layer."""

Network = tuple[nn.Module, nn.Module]
"""Encoder and decoder."""


def _paper_half(channels_in: int, channels_out: int, padding: Padding) -> nn.Sequential:
    return nn.Sequential(
        *_edges(padding),
        _convolution(channels_in, 16, padding),
        nn.ReLU(),
        nn.MaxPool2d(2),
        _convolution(16, 32, padding),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.ConvTranspose2d(32, 16, kernel_size=2, stride=2),
        nn.ReLU(),
        nn.ConvTranspose2d(16, channels_out, kernel_size=2, stride=2),
        nn.ReLU(),
    )


def full_resolution_half(channels_in: int, channels_out: int, width: int, padding: Padding) -> nn.Sequential:
    """Make an encoder or decoder of three 3 x 3 convolutions at full resolution, with a linear output."""
    return nn.Sequential(
        *_edges(padding),
        _convolution(channels_in, width, padding),
        nn.ReLU(),
        _convolution(width, width, padding),
        nn.ReLU(),
        _convolution(width, channels_out, padding),
    )


def _edges(padding: Padding) -> tuple[nn.Module, ...]:
    return (nn.ReflectionPad2d(_REACH_PX),) if padding == "reflect" else ()


def _convolution(channels_in: int, channels_out: int, padding: Padding) -> nn.Conv2d:
    return nn.Conv2d(channels_in, channels_out, kernel_size=3, padding=1 if padding == "zeros" else 0)


NETWORKS: dict[str, Callable[[int, AutoencoderConfig], Network]] = {
    "paper": lambda channels, config: (
        _paper_half(channels, FEATURE_CHANNELS, config.padding),
        _paper_half(FEATURE_CHANNELS, channels, "zeros"),
    ),
    "full-resolution": lambda channels, config: (
        full_resolution_half(channels, FEATURE_CHANNELS, config.width, config.padding),
        full_resolution_half(FEATURE_CHANNELS, channels, config.width, "zeros"),
    ),
}
"""Networks by name: a function of the number of channels and the settings."""


def deviation(x: Float[Tensor, "stack channel height width"]) -> Float[Tensor, "stack channel height width"]:
    """Each frame minus the mean over the frames of its stack: what moves."""
    return x - x.mean(dim=1, keepdim=True)


OBJECTIVES: dict[str, Callable[[Tensor], Tensor]] = {
    "reconstruction": lambda x: x,
    "deviation": deviation,
}
"""Targets of the decoder by the name in the settings: functions of the stack."""


class PixelScaling(Settings):
    """Units of the network: (grey - mean) / sd going in, (target - target_mean) / target_sd coming out."""

    mean: float = 0.0
    sd: float = 1.0
    target_mean: float = 0.0
    target_sd: float = 1.0


class Autoencoder(nn.Module):
    """Autoencoder from a stack through a feature-image to the target of the objective.

    Args:
        input_type: I1 to I4; determines the number of channels C.
        config: network and objective.
        scaling: scaling fitted on training stacks; the identity if the settings do not standardise.

    Shapes:
        stacks x: (N, C, H, W), float32, grey 0-1; feature-image: (N, 3, H, W). H and W multiples of 4.
    """

    def __init__(self, input_type: InputType, config: AutoencoderConfig, scaling: PixelScaling) -> None:
        super().__init__()
        self.input_type: InputType = input_type
        self.config = config
        self.scaling = scaling
        self.encoder, self.decoder = NETWORKS[config.network](CHANNELS[input_type], config)

    def encode(self, x: Float[Tensor, "stack channel height width"]) -> Float[Tensor, "stack 3 height width"]:
        """Encode stacks as feature-images, in network units."""
        return self.encoder(_rescaled(x, self.scaling.mean, self.scaling.sd))

    def target(self, x: Float[Tensor, "stack channel height width"]) -> Float[Tensor, "stack channel height width"]:
        """Target of the decoder, in network units."""
        return target_of(x, self.config, self.scaling)

    def forward(self, x: Float[Tensor, "stack channel height width"]) -> Float[Tensor, "stack channel height width"]:
        """Output of the decoder, in network units."""
        return self.decoder(self.encode(x))

    def reconstruct(
        self, x: Float[Tensor, "stack channel height width"]
    ) -> Float[Tensor, "stack channel height width"]:
        """Output of the decoder, in grey 0-1: the stack, or its deviation from its mean, depending on the objective."""
        return self(x) * self.scaling.target_sd + self.scaling.target_mean


def target_of(
    x: Float[Tensor, "stack channel height width"], config: AutoencoderConfig, scaling: PixelScaling
) -> Float[Tensor, "stack channel height width"]:
    """Target of the decoder of an autoencoder with these settings, in network units."""
    return _rescaled(OBJECTIVES[config.objective](x), scaling.target_mean, scaling.target_sd)


def _rescaled(x: Tensor, mean: float, sd: float) -> Tensor:
    # The paper's scaling is the identity; skipping it saves two passes over a batch, a tenth of a training step.
    return x if (mean, sd) == (0.0, 1.0) else (x - mean) / sd


@torch.no_grad()
def dead_channels(autoencoder: Autoencoder, x: Float[Tensor, "stack channel height width"]) -> tuple[str, ...]:
    """Name the feature and output channels that are constant over a batch of stacks, whole or in part.

    The paper's last layer computes each pixel of a 2 x 2 block with separate weights, so a channel can die at some of
    these four positions and leave a chequerboard; both count.

    Returns:
        Names such as ``feature 2`` and ``output 11 (3 of 4 positions)``, empty for a healthy network.
    """
    features = autoencoder.encode(x)
    outputs = autoencoder.decoder(features)
    return (*_dead("feature", features), *_dead("output", outputs))


def dead_share(names: tuple[str, ...], input_type: InputType) -> float:
    """Share of all feature and output channels, positions counted, that ``dead_channels`` named as dead."""
    total = _POSITIONS * (FEATURE_CHANNELS + CHANNELS[input_type])
    return sum(int(name.split("(")[1][0]) if "(" in name else _POSITIONS for name in names) / total


_POSITIONS = 4


def _dead(kind: str, images: Tensor) -> list[str]:
    blocks = images.unflatten(3, (-1, 2)).unflatten(2, (-1, 2))  # stack, channel, y, 2, x, 2
    counts = (blocks.std(dim=(0, 2, 4)) < DEAD_BELOW).sum(dim=(1, 2)).tolist()
    return [
        f"{kind} {i}" + (f" ({n} of {_POSITIONS} positions)" if n < _POSITIONS else "")
        for i, n in enumerate(counts)
        if n
    ]
