"""Scaling of feature-images for a CNN, fitted on training stacks only."""

from collections.abc import Iterable

import numpy as np

from motilens.networks.regressor import ChannelScaling

_LEAST_SD = 1e-6
"""Standard deviation below which a channel counts as dead; it is set to zero instead of being amplified."""


def fit_channel_scaling(batches: Iterable[np.ndarray]) -> ChannelScaling:
    """Mean and standard deviation of each channel over all pixels of all batches.

    Args:
        batches: images, (N, C, H, W) each; may be a generator, since no batch is kept.
    """
    n, total, squares = 0, np.zeros(1), np.zeros(1)
    for images in batches:
        values = images.astype(np.float64)
        n += values.size // values.shape[1]
        total = total + values.sum(axis=(0, 2, 3))
        squares = squares + np.square(values).sum(axis=(0, 2, 3))
    mean = total / n
    sd = np.sqrt(np.maximum(squares / n - mean**2, 0.0))
    sd = np.where(sd < _LEAST_SD, 1.0, sd)
    return ChannelScaling(mean=tuple(mean.tolist()), sd=tuple(sd.tolist()))
