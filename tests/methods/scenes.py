"""Participants all of whose cells swim straight, and participants none of whose cells moves."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from motilens.config import (
    AutoencoderConfig,
    MethodSettings,
    RegressorConfig,
    StackConfig,
    Target,
    VideoCnnConfig,
    autoencoder_config,
)
from motilens.methods.method import Method, TrainingSet, Workspace
from motilens.predictors.predictor import Predictor
from motilens.training.runtime import Runtime
from tests.recordings.fakes import FakeRecording

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


def people(first: int, stop: int) -> tuple[str, ...]:
    """Participants ``first`` to ``stop - 1``."""
    return tuple(map(str, range(first, stop)))


def truth(participant: str) -> np.ndarray:
    """All progressive, or all immotile."""
    return SWIM if swims(participant) else STAND


def recordings(ids: Sequence[str] = people(0, 16), *, speed_px: float = 0.7) -> dict[str, list[FakeRecording]]:
    """One recording of each participant; the same for the same participant."""
    return {
        i: [FakeRecording(f"{i}_a", dots(np.random.default_rng(int(i)), speed_px if swims(i) else 0.0))] for i in ids
    }


def settings_of(method: Method, **changes: object) -> MethodSettings:
    """Seconds on one core.

    Args:
        method: its autoencoder and its input.
        changes: other settings of the regressor.
    """
    input_type = method.input_type or "I4"
    brief = {"epochs": 4, "steps_per_epoch": 20, "batch_size": 8, "learning_rate": 5e-3}
    if method.autoencoder == "paper":
        brief |= {"epochs": 6, "learning_rate": 2e-3}
    else:
        brief |= {"width": 8, "crop_px": 24}
    autoencoder: AutoencoderConfig = autoencoder_config(method.autoencoder or "stable", input_type)
    regressor = RegressorConfig(backbone="test_byobnet", weights="none", epochs=8, batch_size=8, learning_rate=5e-3)
    return MethodSettings(
        preset="test",
        input_type=input_type,
        stacks=StackConfig(size_px=SIZE, stacks_per_video=STACKS),
        autoencoder=autoencoder.model_copy(update=brief),
        regressor=regressor.model_copy(update=changes),
        video_cnn=VideoCnnConfig(widths=(8, 16, 32, 32), batch_size=4, learning_rate=2e-3, epochs_ratio=2.0),
    )


def briefly(method: Method, **changes: object) -> MethodSettings:
    """An epoch or two of small networks: what they predict means nothing."""
    settings = settings_of(method, **{"epochs": 1, "backbone": "test_efficientnet", **changes})
    autoencoder = settings.autoencoder.model_copy(update={"epochs": 1, "steps_per_epoch": 2})
    return settings.model_copy(update={"autoencoder": autoencoder})


def training(
    ids: Sequence[str] = people(0, 12),
    *,
    target: Target | None = "motility",
    labels: Mapping[str, np.ndarray] | None = None,
    epoch_ids: tuple[str, ...] | None = None,
) -> TrainingSet:
    """Train on some of them."""
    known = {i: truth(i) for i in ids} if labels is None else labels
    return TrainingSet(target, recordings(ids), known if target else {}, epoch_ids=epoch_ids)


def workspace(folder: Path) -> Workspace:
    """On the processor."""
    return Workspace(folder, Runtime("cpu"))


def predicted_pct(predictor: Predictor, participant: str) -> np.ndarray:
    """Of a participant's recording: (3,), percent."""
    ((recording,),) = recordings((participant,)).values()
    return predictor.predict(recording).predicted_pct
