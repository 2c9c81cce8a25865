"""Stacks whose content is known, small enough to train on in seconds."""

from pathlib import Path

import numpy as np
import pytest

from motilens.config import AutoencoderConfig, MethodSettings, RegressorConfig, StackConfig, VideoCnnConfig
from motilens.training.in_memory import InMemoryStacks
from motilens.training.runtime import Runtime

SIZE = 16
CPU = Runtime(accelerator="cpu")


def moving_squares(rng: np.random.Generator, n: int, speed: float, frames: int = 9) -> np.ndarray:
    """Bright squares on grey: (n, frames, SIZE, SIZE), uint8; ``speed`` pixels a frame to the right, round the edge."""
    pixels = np.full((n, frames, SIZE, SIZE), 80, np.uint8)
    for stack in pixels:
        y, x = rng.integers(0, SIZE, 2)
        for t, frame in enumerate(stack):
            left = int(x + speed * t)
            for dy in range(3):
                for dx in range(3):
                    frame[(y + dy) % SIZE, (left + dx) % SIZE] = 200
    return pixels


@pytest.fixture
def source() -> InMemoryStacks:
    """Eight participants "0".."7" with 6 stacks each; the even ones' squares stand, the odd ones' move."""
    rng = np.random.default_rng(0)
    return InMemoryStacks({str(i): moving_squares(rng, 6, speed=float(i % 2)) for i in range(8)})


@pytest.fixture
def labels() -> dict[str, np.ndarray]:
    """100 % immotile where squares stand, 100 % progressive where they move."""
    return {str(i): np.array([100.0, 0, 0]) if i % 2 else np.array([0, 0, 100.0]) for i in range(8)}


@pytest.fixture
def settings() -> MethodSettings:
    """Seconds on one core."""
    return MethodSettings(
        preset="test",
        input_type="I3",
        stacks=StackConfig(size_px=SIZE, stacks_per_video=6),
        autoencoder=AutoencoderConfig(
            width=8, crop_px=12, epochs=4, steps_per_epoch=10, batch_size=8, learning_rate=5e-3
        ),
        regressor=RegressorConfig(backbone="resnet10t", weights="none", epochs=3, batch_size=8),
        video_cnn=VideoCnnConfig(widths=(8, 16, 32, 32), batch_size=4, epochs_ratio=1.0),
        seed=3,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where checkpoints go."""
    return tmp_path / "training"
