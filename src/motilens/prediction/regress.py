"""Percentages of feature-images with a trained regressor."""

from collections.abc import Iterable

import numpy as np
import torch

from motilens.models.regressor import Regressor


def predict_stacks(regressor: Regressor, batches: Iterable[np.ndarray]) -> np.ndarray:
    """Percentages of each stack, in evaluation mode; the regressor's mode is put back afterwards.

    Args:
        regressor: a trained one.
        batches: feature-images, (n, 3, H, W) each, in the encoder's units.

    Returns:
        (N, 3), float64, percent, in the order of ``config.TARGET_NAMES``.
    """
    device = next(regressor.parameters()).device
    was_training = regressor.training
    regressor.eval()
    try:
        with torch.inference_mode():
            parts = [
                regressor(torch.from_numpy(images).to(device, memory_format=torch.channels_last)).double().cpu().numpy()
                for images in batches
            ]
    finally:
        regressor.train(was_training)
    return np.concatenate(parts) if parts else np.zeros((0, 3))
