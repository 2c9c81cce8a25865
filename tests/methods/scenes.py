"""Participants all of whose cells swim straight, and participants none of whose cells moves."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from motilens.config import (
    InputType,
    MethodSettings,
    RegressorConfig,
    StackConfig,
    AutoencoderName,
    with_overrides,
    paper_autoencoder,
    stable_autoencoder,
)
from motilens.training.in_memory import InMemoryStacks
from motilens.data.participants import Participant
from motilens.methods.method import Assignment, Material
from motilens.tracking.tracks import Tracks

SIZE, FRAMES, STACKS, CELLS = 32, 18, 4, 5
SWIM, STAND = np.array([100.0, 0.0, 0.0]), np.array([0.0, 0.0, 100.0])


def dots(rng: np.random.Generator, speed_px: float) -> np.ndarray:
    """Stacks of bright dots on noise: (stack, frame, y, x), uint8; each dot swims straight, in any direction."""
    pixels = np.clip(rng.normal(80, 2, (STACKS, FRAMES, SIZE, SIZE)), 0, 255)
    for stack in pixels:
        for _ in range(CELLS):
            place, angle = rng.uniform(0, SIZE, 2), rng.uniform(0, 2 * np.pi)
            for t, frame in enumerate(stack):
                y, x = (place + speed_px * t * np.array([np.sin(angle), np.cos(angle)])).astype(int)
                for dy in range(3):
                    for dx in range(3):
                        frame[(y + dy) % SIZE, (x + dx) % SIZE] = 200
    return pixels.astype(np.uint8)


def swims(participant: str) -> bool:
    """Odd ones swim, even ones stand."""
    return int(participant) % 2 == 1


def everyone(n: int = 16) -> tuple[str, ...]:
    """Participants "0" to "15"."""
    return tuple(str(k) for k in range(n))


def truth(participant: str) -> np.ndarray:
    """All progressive, or all immotile."""
    return SWIM if swims(participant) else STAND


def stacks(speed_px: float = 0.7) -> InMemoryStacks:
    """Stacks of everyone."""
    rng = np.random.default_rng(0)
    return InMemoryStacks({i: dots(rng, speed_px if swims(i) else 0.0) for i in everyone()})


def pipeline(input_type: InputType, step1: AutoencoderName | None) -> MethodSettings:
    """Seconds on one core."""
    if step1 == "paper":
        autoencoder = paper_autoencoder(epochs=6, steps_per_epoch=20, batch_size=8, learning_rate=2e-3)
    else:
        autoencoder = stable_autoencoder(
            input_type, width=8, crop_px=24, epochs=4, steps_per_epoch=20, batch_size=8, learning_rate=5e-3
        )
    made = MethodSettings(
        preset="test",
        stacks=StackConfig(input_type=input_type, size_px=SIZE, stacks_per_video=STACKS),
        autoencoder=autoencoder,
        regressor=RegressorConfig(backbone="resnet10t", weights="none", epochs=8, batch_size=8, learning_rate=2e-3),
    )
    return changed(made)


def participants() -> dict[str, Participant]:
    """Everyone has as many cells and no concentration."""
    return {
        i: Participant(participant=i, videos=(f"{i}.mp4",), n_stacks=STACKS, cells_seen=float(CELLS))
        for i in everyone()
    }


def no_tracks(participant: str) -> tuple[Tracks, ...]:
    """Nobody is followed."""
    return ()


def material(
    folder: Path, *, source: InMemoryStacks | None = None, tracks: Callable[[str], tuple[Tracks, ...]] = no_tracks
) -> Material:
    """What methods may look at."""
    images = folder / "images"
    images.mkdir(parents=True, exist_ok=True)
    return Material(source or stacks(), participants(), tracks, pipeline, images)


def assignment(folder: Path, ids: tuple[str, ...] = everyone(12), *, seed: int = 0) -> Assignment:
    """Train on some of them."""
    return Assignment("motility", {i: truth(i) for i in ids}, seed, folder / "work")
