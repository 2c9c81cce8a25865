"""Step 2's network: any timm backbone with three outputs, from a feature-image to three percentages.

Motility is a composition: every cell is in one of the three classes, so ``bounded`` ends in a softmax and sums to 100.
Morphology is three independent shares of all cells, so ``bounded`` ends in three sigmoids. ``linear`` is the paper's
plain last layer, whose predictions may be negative and have any sum.
"""

import difflib
import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

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


LEAST_BATCH = 2
"""Samples of the smallest batch in a training: batch normalisation needs two."""


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
        size_px: height and width of the images; backbones for a fixed size, such as transformers, are made for it.

    Shapes:
        images: (N, C, H, W), float32, C 3 for feature-images; predictions: (N, 3), percent.

    Raises:
        InputError: timm has no such backbone.
    """

    def __init__(self, target: Target, config: RegressorConfig, scaling: ChannelScaling, *, size_px: int) -> None:
        super().__init__()
        self.target: Target = target
        self.config = config
        self.scaling = scaling
        self.weights_origin = "none: random start"
        self.kind = head_kind(config, target)
        self.backbone = make_backbone(config.backbone, size_px=size_px, channels=len(scaling.mean))
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


def make_backbone(name: str, *, size_px: int, outputs: int = 3, channels: int = 3) -> nn.Module:
    """Make an untrained timm model with ``outputs`` outputs, for square images of one size.

    Raises:
        InputError: timm has no such model, or cannot make it for such images.
    """
    options = size_options(name, size_px)
    try:
        return timm.create_model(name, pretrained=False, num_classes=outputs, in_chans=channels, **options)
    except Exception as error:  # timm's models raise whatever their code runs into
        raise _unfit(name, size_px, channels, error) from error


def size_options(name: str, size_px: int) -> dict[str, Any]:
    """Options that make timm build a model for images of this size; none for models that take any.

    Raises:
        InputError: timm has no such model.
    """
    plain, _, tag = name.partition(".")
    known = timm.is_model(plain)
    if not known or (tag and name not in timm.list_pretrained(f"{plain}.*")):
        names = timm.list_pretrained(f"{plain}.*") if known else timm.list_models()
        near = difflib.get_close_matches(name if known else plain, names, 5)
        raise InputError(
            f"no backbone {name!r} in timm {timm.__version__}; allowed: any name of timm.list_models()"
            + (f", such as {', '.join(near)}" if near else "")
        )
    config = timm.get_pretrained_cfg(name)
    return {"img_size": size_px} if config is not None and config.fixed_input_size else {}


def check_backbone(name: str, *, size_px: int, channels: int) -> nn.Module:
    """Make a backbone, and pass the smallest batch of a training through it.

    Returns:
        The untrained backbone.

    Raises:
        InputError: timm has no such model, it cannot take such images, or it has no classifier to replace.
    """
    backbone = make_backbone(name, size_px=size_px, channels=channels)
    try:
        with torch.no_grad():
            outputs = backbone.train()(torch.zeros(LEAST_BATCH, channels, size_px, size_px))
    except Exception as error:  # timm's models raise whatever their code runs into
        raise _unfit(name, size_px, channels, error) from error
    if not isinstance(outputs, Tensor) or outputs.shape != (LEAST_BATCH, 3):
        raise InputError(
            f"backbone {name} has no classifier that can be replaced by three outputs; choose another --backbone, such "
            "as resnet34"
        )
    return backbone


def _unfit(name: str, size_px: int, channels: int, error: Exception) -> InputError:
    reason = " ".join(str(error).split()).rstrip(".")[:160] or type(error).__name__
    config = timm.get_pretrained_cfg(name)
    own = f" (it was made for {config.input_size[1]})" if config is not None else ""
    return InputError(
        f"backbone {name} cannot take images of {channels} channels and {size_px} x {size_px} pixels: {reason}; choose "
        f"another --size{own}, or another --backbone, such as resnet34"
    )


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
