"""Encodes stacks as feature-images with a trained encoder.

Also scores an autoencoder on stacks that it has not seen: reconstruction error, its ratio to the variance, and the R2
of the motion.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch

from motilens.config import InputType, has_motion
from motilens.features.feature_batch import FeatureBatch
from motilens.networks.autoencoder import OBJECTIVES, Autoencoder
from motilens.shapes import FeatureImages, InputImages
from motilens.stacks.preprocess import to_input
from motilens.stacks.stack_batch import StackBatch

BATCH = 16
"""Number of stacks encoded at once; affects memory use, not results."""


def encode(autoencoder: Autoencoder, inputs: InputImages) -> FeatureImages:
    """Make the feature-images of some stacks.

    Args:
        autoencoder: a trained autoencoder.
        inputs: (N, C, H, W), float32, grey 0-1, as ``stacks.preprocess.to_input`` gives.

    Returns:
        (N, 3, H, W), float32, network units.
    """
    device = next(autoencoder.parameters()).device
    with torch.inference_mode():
        parts = [
            autoencoder.encode(torch.from_numpy(inputs[i : i + BATCH]).to(device, memory_format=torch.channels_last))
            for i in range(0, len(inputs), BATCH)
        ]
        return torch.cat(parts).float().contiguous().cpu().numpy()


def encode_stacks(autoencoder: Autoencoder, batch: StackBatch) -> FeatureBatch:
    """Make the feature-images of the stacks of one video.

    Raises:
        MismatchError: the autoencoder's input has more frames than the stacks.
    """
    images = encode(autoencoder, to_input(batch.pixels, autoencoder.input_type))
    return FeatureBatch(batch.video_id, images, batch.frame_idx)


@dataclass
class ReconstructionSums:
    """Running sums over batches, from which reconstruction scores are computed."""

    input_type: InputType
    n: int = 0
    squared_error: float = 0.0
    target_sum: float = 0.0
    target_squares: float = 0.0
    motion_error: float = 0.0
    motion_squares: float = 0.0

    def add(self, autoencoder: Autoencoder, inputs: InputImages) -> None:
        """Add some stacks: (N, C, H, W), float32, grey 0-1."""
        device = next(autoencoder.parameters()).device
        with torch.inference_mode():
            for start in range(0, len(inputs), BATCH):
                x = torch.from_numpy(inputs[start : start + BATCH]).to(device, memory_format=torch.channels_last)
                target = OBJECTIVES[autoencoder.config.objective](x)
                found = autoencoder.reconstruct(x)
                self.n += target.numel()
                self.squared_error += float((found - target).double().square().sum())
                self.target_sum += float(target.double().sum())
                self.target_squares += float(target.double().square().sum())
                if has_motion(self.input_type):
                    moved = x - x.mean(dim=1, keepdim=True)
                    found_moved = found - found.mean(dim=1, keepdim=True)
                    self.motion_error += float((found_moved - moved).double().square().sum())
                    self.motion_squares += float(moved.double().square().sum())

    @property
    def mse(self) -> float:
        """Mean squared error of what the objective reconstructs, in (0-1 grey)^2."""
        return self.squared_error / self.n

    @property
    def mse_over_variance(self) -> float:
        """``mse`` divided by the variance of what the objective reconstructs; 1 for the best constant."""
        variance = self.target_squares / self.n - (self.target_sum / self.n) ** 2
        return self.mse / variance if variance > 0 else float("inf")

    @property
    def motion_r2(self) -> float | None:
        """R2 of the motion: 1 - sum((r - r_mean) - (x - x_mean))^2 / sum(x - x_mean)^2, means over a stack's frames.

        None for inputs that show a single moment, and for stacks in which nothing changes.
        """
        if not has_motion(self.input_type) or self.motion_squares == 0:
            return None
        return 1.0 - self.motion_error / self.motion_squares


def reconstruction_scores(autoencoder: Autoencoder, batches: Iterable[np.ndarray]) -> ReconstructionSums:
    """Scores of an autoencoder over batches of (N, C, H, W) float32 stacks."""
    sums = ReconstructionSums(autoencoder.input_type)
    for inputs in batches:
        sums.add(autoencoder, inputs)
    return sums


def temporal_sd(inputs: InputImages) -> np.ndarray:
    """Standard deviation over the frames of each stack: (N, H, W), float32, grey 0-1. Zero where nothing moves."""
    return inputs.std(axis=1)
