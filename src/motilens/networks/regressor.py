"""Step 2's network: any timm backbone with three outputs, from a feature-image to three percentages.

Motility is a composition: every cell is in one of the three classes, so ``bounded`` ends in a softmax and sums to 100.
Morphology is three independent shares of all cells, so ``bounded`` ends in three sigmoids. ``linear`` is the paper's
plain last layer, whose predictions may be negative and have any sum.
"""

import math
from collections.abc import Callable, Iterable, Sequence

import numpy as np
import timm
import torch
from jaxtyping import Float
from pydantic import model_validator
from torch import Tensor, nn

from motilens.config import RegressorConfig, Settings, Target
from motilens.errors import InputError
from motilens.networks.evaluation_mode import evaluation_mode
from motilens.shapes import Percentages

_LEAST_SHARE = 0.005
"""Least share: keeps the logit of a training mean of 0 or 100 percent finite."""


class ChannelScaling(Settings):
    """Scaling of a CNN's input: (feature - mean) / sd for each channel."""

    mean: tuple[float, ...] = (0.0, 0.0, 0.0)
    sd: tuple[float, ...] = (1.0, 1.0, 1.0)

    @model_validator(mode="after")
    def _fits_together(self) -> "ChannelScaling":
        if not self.mean or len(self.mean) != len(self.sd):
            raise ValueError(
                f"means of {len(self.mean)} channels, standard deviations of {len(self.sd)}; allowed: as many of both, "
                "at least one"
            )
        return self


def head_kind(config: RegressorConfig, target: Target) -> str:
    """Kind of head for a target: ``linear``, ``composition`` (motility) or ``shares`` (morphology)."""
    if config.head == "linear":
        return "linear"
    return "composition" if target == "motility" else "shares"


HEADS: dict[str, Callable[[Tensor], Tensor]] = {
    "linear": lambda z: z,
    "composition": lambda z: 100.0 * torch.softmax(z, dim=1),
    "shares": lambda z: 100.0 * torch.sigmoid(z),
}
"""Functions from the last layer's three outputs to percentages, by kind of head."""


def start_bias(kind: str, mean_pct: Sequence[float]) -> list[float]:
    """Bias of the last layer that predicts ``mean_pct``, so that learning starts from the best constant."""
    if kind == "linear":
        return list(mean_pct)
    shares = np.clip(np.asarray(mean_pct) / 100.0, _LEAST_SHARE, 1 - _LEAST_SHARE)
    if kind == "composition":
        return [math.log(share) for share in shares]
    return [math.log(share / (1 - share)) for share in shares]


class Regressor(nn.Module):
    """CNN from a feature-image to three percentages.

    Attributes:
        weights_origin: where the pre-trained weights came from; for the record.

    Args:
        target: motility or morphology; determines the head.
        config: backbone and head; its pre-trained weights are loaded by ``networks.weights``, not here.
        scaling: scaling of the feature-images, fitted on training participants; determines the number of channels.

    Shapes:
        images: (N, C, H, W), float32, C 3 for feature-images; predictions: (N, 3), percent.

    Raises:
        InputError: timm has no such backbone.
    """

    def __init__(self, target: Target, config: RegressorConfig, scaling: ChannelScaling) -> None:
        super().__init__()
        self.target: Target = target
        self.config = config
        self.scaling = scaling
        self.weights_origin = "none: random start"
        self.kind = head_kind(config, target)
        self.backbone = make_backbone(config.backbone, channels=len(scaling.mean))
        self.register_buffer("_mean", torch.tensor(scaling.mean).view(1, -1, 1, 1), persistent=False)
        self.register_buffer("_sd", torch.tensor(scaling.sd).view(1, -1, 1, 1), persistent=False)

    def forward(self, images: Float[Tensor, "stack channel height width"]) -> Float[Tensor, "stack 3"]:
        """Predict the percentages of each feature-image."""
        scaled = (images - self.get_buffer("_mean")) / self.get_buffer("_sd")
        return HEADS[self.kind](self.backbone(scaled))

    @torch.no_grad()
    def start_at(self, mean_pct: Sequence[float]) -> None:
        """Make the untrained head predict the training mean everywhere; ``linear`` keeps PyTorch's initialisation."""
        layer = self.backbone.get_classifier()  # pyright: ignore[reportCallIssue] - timm's own method
        if self.kind != "linear" and isinstance(layer, nn.Linear):
            layer.weight.zero_()
            layer.bias.copy_(torch.tensor(start_bias(self.kind, mean_pct)))


def make_backbone(name: str, *, outputs: int = 3, channels: int = 3) -> nn.Module:
    """Make an untrained timm model with ``outputs`` outputs, for images with ``channels`` channels.

    Raises:
        InputError: timm has no such model.
    """
    if not timm.is_model(name.split(".")[0]):
        near = timm.list_models(f"*{name.split('.')[0][:6]}*")[:5]
        raise InputError(
            f"no backbone {name!r} in timm {timm.__version__}; allowed: any name of timm.list_models()"
            + (f", such as {', '.join(near)}" if near else "")
        )
    return timm.create_model(name, pretrained=False, num_classes=outputs, in_chans=channels)


def predict_images(regressor: Regressor, batches: Iterable[np.ndarray]) -> Percentages:
    """Predict the percentages of images in evaluation mode; the regressor's own mode is restored afterwards.

    Args:
        regressor: a trained regressor.
        batches: images, (n, channel, H, W) each, in the units that the regressor was trained on.

    Returns:
        (N, 3), float64, percent, in the order of ``config.TARGET_NAMES``.
    """
    with evaluation_mode(regressor) as device:
        parts = [
            regressor(torch.from_numpy(images).to(device, memory_format=torch.channels_last)).double().cpu().numpy()
            for images in batches
        ]
    return np.concatenate(parts) if parts else np.zeros((0, 3))
