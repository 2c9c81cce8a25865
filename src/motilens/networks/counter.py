"""The network that counts cells: from a stack to a feature-image, and from it to maps of how many cells are where.

::

    stack (C, H, W) --encoder--> feature-image (3, H, W) --CNN--> maps (6, H / stride, W / stride)

The sum of a map over an area is the number of cells in it. The first three maps count the cells of each motility class,
which together are all cells; the other three those with a defect of head, midpiece and tail. So a percentage is a ratio
of two sums, and the maps show which cells it comes from.

Every part is a convolution, so the network takes images of any size. Poisson regression of cell densities follows
Lempitsky and Zisserman (NIPS 2010).
"""

import math
from typing import Any

import timm
import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from motilens.config import CHANNELS, CounterConfig, has_motion
from motilens.errors import InputError
from motilens.files import digest_of
from motilens.networks.autoencoder import FEATURE_CHANNELS, full_resolution_half
from motilens.networks.weights import state_digest

MAPS = ("progressive", "non-progressive", "immotile", "head defect", "midpiece defect", "tail defect")
"""What each map counts."""

MOTILITY, DEFECTS = slice(0, 3), slice(3, 6)
"""Maps of the motility classes, and of the defects."""

CONTRAST_GREY, CHANGE_GREY = 20.0, 5.0
"""Grey levels of 255 at which a contrast with the background, and a change in time, begin to be compressed."""

_LEAST_POWER = 1e-6
"""Added to a mean square before its root is taken, which has no finite slope at 0."""

_DILATIONS = (1, 1, 1, 2, 4)
"""Dilations of the layers of ``small``, so that it sees a whole tail at 0.5 um a pixel."""

_SMALL_REACH_PX = {4: 40, 8: 64}
"""For each stride: three pixels of the encoder; then 1, 2, 4, 8 and 16, or 1, 2, 4, 16 and 32, rounded up."""

_START_DENSITY = 0.06
"""Cells in a pixel of the maps before training, about the mean of the training fields."""

_N_CLASSES = 3

Maps = Float[Tensor, "stack 6 map_height map_width"]


class Counter(nn.Module):
    """Counts the cells of stacks.

    Args:
        config: encoder and CNN.

    Shapes:
        stacks x: (N, C, H, W), float32, grey 0-1, H and W multiples of the stride; feature-images: (N, 3, H, W);
        maps: (N, 6, H / stride, W / stride), cells in each of their pixels.

    Raises:
        InputError: timm has no such model, or it gives no features at the stride.
    """

    def __init__(self, config: CounterConfig) -> None:
        super().__init__()
        self.config = config
        channels = input_channels(config)
        self.encoder = full_resolution_half(channels, FEATURE_CHANNELS, config.encoder_width, "reflect")
        self.trunk, width = make_trunk(config)
        self.head = nn.Conv2d(width, 1 + len(MAPS), kernel_size=1)
        nn.init.zeros_(self.head.weight)
        assert self.head.bias is not None
        with torch.no_grad():
            self.head.bias.zero_()[0] = math.log(math.expm1(_START_DENSITY))

    @property
    def reach_px(self) -> int | None:
        """Pixels around a pixel of the maps that affect it, rounded up to a multiple of 8; None if not known."""
        return _SMALL_REACH_PX[self.config.stride] if self.config.backbone == "small" else None

    @property
    def digest(self) -> str:
        """Hash of the settings and the weights. The weights alone do not tell the stride."""
        return digest_of([self.config.model_dump(mode="json"), state_digest(self)])

    def encode(self, x: Float[Tensor, "stack channel height width"]) -> Float[Tensor, "stack 3 height width"]:
        """Encode prepared stacks (``prepared``) as feature-images."""
        return self.encoder(x)

    def count(self, images: Float[Tensor, "stack 3 height width"]) -> Maps:
        """Count the cells in feature-images: how many there are, times the shares of each class and of each defect."""
        density, classes, defects = self.head(self.trunk(images)).split((1, _N_CLASSES, len(MAPS) - _N_CLASSES), dim=1)
        return F.softplus(density) * torch.cat([classes.softmax(dim=1), defects.sigmoid()], dim=1)

    def forward(self, x: Float[Tensor, "stack channel height width"]) -> Maps:
        """Count the cells in prepared stacks."""
        return self.count(self.encode(x))


def input_channels(config: CounterConfig) -> int:
    """Channels of the network's input, as ``prepared`` makes them."""
    return 3 + CHANNELS[config.input_type] if has_motion(config.input_type) else 1


def prepared(x: Float[Tensor, "stack frame height width"]) -> Float[Tensor, "stack channel height width"]:
    """Prepare stacks for the network.

    A tail is a tenth as dark as a head is bright, and its beat is what tells a cell that beats on the spot from one
    that is still. So contrasts are compressed: they stay linear where they are faint and become logarithmic where they
    are strong.

    Args:
        x: grey 0-1; one frame, or several.

    Returns:
        The mean frame above its median, which is the background. Several frames have further channels: the deviation
        of each from the mean frame, their standard deviation, and the root mean square of the change from frame to
        frame.
    """
    mean = x.mean(dim=1, keepdim=True)
    background = mean.flatten(1).median(dim=1).values[:, None, None, None]
    above = _compressed((mean - background) * (255 / CONTRAST_GREY))
    if x.shape[1] == 1:
        return above
    deviations = (x - mean) * (255 / CHANGE_GREY)
    changes = deviations.diff(dim=1)
    powers = [(part.square().mean(dim=1, keepdim=True) + _LEAST_POWER).sqrt() for part in (deviations, changes)]
    return torch.cat([above, _compressed(torch.cat([deviations, *powers], dim=1))], dim=1)


def _compressed(x: Tensor) -> Tensor:
    return x.sign() * x.abs().log1p()


def make_trunk(config: CounterConfig) -> tuple[nn.Module, int]:
    """Make the untrained CNN, and tell how many channels it gives.

    Raises:
        InputError: timm has no such model, or it gives no features at the stride.
    """
    if config.backbone == "small":
        return _small(config), config.widths[-1]
    try:
        whole: Any = timm.create_model(config.backbone, pretrained=False, features_only=True)
        level = list(whole.feature_info.reduction()).index(config.stride)
        cut: Any = timm.create_model(
            config.backbone, pretrained=False, features_only=True, in_chans=FEATURE_CHANNELS, out_indices=(level,)
        )
    except Exception as error:  # timm's models raise whatever their code runs into
        raise InputError(
            f"backbone {config.backbone!r} gives no features at stride {config.stride} ({error}); allowed: small, or a "
            "timm model with such features, such as resnet18 or mobilenetv3_small_100"
        ) from error
    return nn.Sequential(cut, _Last()), int(cut.feature_info.channels()[-1])


class _Last(nn.Module):
    """Takes the last of several feature maps."""

    def forward(self, features: list[Tensor]) -> Tensor:
        return features[-1]


def _small(config: CounterConfig) -> nn.Sequential:
    steps = (2, 2, 1, 1, 1) if config.stride == 4 else (2, 2, 2, 1, 1)
    layers: list[nn.Module] = []
    before = FEATURE_CHANNELS
    for width, step, dilation in zip(config.widths, steps, _DILATIONS, strict=True):
        layers += [
            nn.Conv2d(before, width, 3, stride=step, padding=dilation, dilation=dilation, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(inplace=True),
        ]
        before = width
    return nn.Sequential(*layers)
