"""A small 3D CNN that predicts percentages from the frames themselves, without a feature-image.

It follows Goh et al. 2022, whose 3D CNN sees frames or optical flow. This one sees only grey frames, standardised on
the training stacks, and must learn to detect motion by itself. Its first layer halves the resolution in space but not
in time, since in frames this small a cell moves less than a pixel per frame::

    layer         kernel       step         channels   time   space
    stack                                   1          18     64 x 64
    1             3 x 5 x 5    1, 2, 2      16         18     32 x 32
    2             3 x 3 x 3    2, 2, 2      32         9      16 x 16
    3             3 x 3 x 3    1, 2, 2      64         9      8 x 8
    4             3 x 3 x 3    2, 1, 1      64         5      8 x 8
    mean over time and space, dropout, linear                 3 numbers, then the heads of ``regressor``

Each layer is a convolution, batch normalisation and ReLU: 181,459 parameters in all. A training step costs 5 ms per
stack on one core, where EfficientNet-Lite0 at 128 x 128 costs 15 ms.
"""

from collections.abc import Sequence

import cv2
import numpy as np
import torch
from jaxtyping import Float, Real, UInt8
from torch import Tensor, nn

from motilens.config import VideoCnnConfig
from motilens.networks.evaluation_mode import evaluation_mode
from motilens.networks.regressor import HEADS, ChannelScaling, start_bias
from motilens.shapes import Percentages, StackPixels

_LAYERS: tuple[tuple[tuple[int, int, int], tuple[int, int, int]], ...] = (
    ((3, 5, 5), (1, 2, 2)),
    ((3, 3, 3), (2, 2, 2)),
    ((3, 3, 3), (1, 2, 2)),
    ((3, 3, 3), (2, 1, 1)),
)
"""Kernel and step of each layer: time, y, x."""

_PREDICT_AT_ONCE = 64
"""Number of stacks predicted at once; affects memory use, not results."""


class VideoCnn(nn.Module):
    """3D CNN from stacks to three percentages.

    Args:
        kind: kind of head, from ``networks.regressor.head_kind``.
        config: settings of the layers.
        scaling: mean and standard deviation of the training stacks' pixels, one channel.

    Shapes:
        stacks: (N, T, H, W), uint8 or float32, grey 0-255; predictions: (N, 3), percent.
    """

    def __init__(self, kind: str, config: VideoCnnConfig, scaling: ChannelScaling) -> None:
        super().__init__()
        self.kind = kind
        self.config = config
        self.scaling = scaling
        inputs = (1, *config.widths[:-1])
        self.layers = nn.Sequential(
            *(
                _layer(before, after, kernel, step)
                for before, after, (kernel, step) in zip(inputs, config.widths, _LAYERS, strict=True)
            )
        )
        self.dropout = nn.Dropout(config.dropout)
        self.classifier = nn.Linear(config.widths[-1], 3)

    def forward(self, stacks: Real[Tensor, "stack frame height width"]) -> Float[Tensor, "stack 3"]:
        """Predict the percentages of each stack."""
        scaled = (stacks.float() - self.scaling.mean[0]) / self.scaling.sd[0]
        film = scaled.unsqueeze(1).contiguous(memory_format=torch.channels_last_3d)
        pooled = self.layers(film).mean(dim=(2, 3, 4))
        return HEADS[self.kind](self.classifier(self.dropout(pooled)))

    @torch.no_grad()
    def start_at(self, mean_pct: Sequence[float]) -> None:
        """Make the untrained head predict the training mean everywhere; ``linear`` starts as PyTorch starts it."""
        if self.kind != "linear":
            self.classifier.weight.zero_()
            self.classifier.bias.copy_(torch.tensor(start_bias(self.kind, mean_pct)))


def shrink(pixels: StackPixels, size_px: int) -> UInt8[np.ndarray, "stack frame small_height small_width"]:
    """Average stacks down to ``size_px`` in height and width, rounded to grey values; smaller stacks are not changed.

    Args:
        pixels: (stack, frame, y, x), uint8.
        size_px: height and width of the result.

    Returns:
        (stack, frame, size_px, size_px), uint8.
    """
    n_stacks, n_frames, height, width = pixels.shape
    if max(height, width) <= size_px:
        return pixels
    frames = pixels.reshape(-1, height, width)
    small = np.empty((len(frames), size_px, size_px), np.uint8)
    for into, frame in zip(small, frames, strict=True):
        into[:] = cv2.resize(frame, (size_px, size_px), interpolation=cv2.INTER_AREA)
    return small.reshape(n_stacks, n_frames, size_px, size_px)


def predict_stacks(network: VideoCnn, pixels: StackPixels) -> Percentages:
    """Predict the percentages of stacks in evaluation mode; the network's own mode is restored afterwards.

    Args:
        network: a trained network.
        pixels: (stack, frame, y, x), uint8, of any size; averaged down to the network's.

    Returns:
        (N, 3), float64, percent, in the order of ``config.TARGET_NAMES``.
    """
    parts = []
    with evaluation_mode(network) as device:
        for start in range(0, len(pixels), _PREDICT_AT_ONCE):
            small = shrink(pixels[start : start + _PREDICT_AT_ONCE], network.config.size_px)
            parts.append(network(torch.from_numpy(small).to(device)).double().cpu().numpy())
    return np.concatenate(parts) if parts else np.zeros((0, 3))


def _layer(before: int, after: int, kernel: tuple[int, int, int], step: tuple[int, int, int]) -> nn.Module:
    padding = (kernel[0] // 2, kernel[1] // 2, kernel[2] // 2)
    convolution = nn.Conv3d(before, after, kernel, stride=step, padding=padding, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm3d(after), nn.ReLU(inplace=True))
