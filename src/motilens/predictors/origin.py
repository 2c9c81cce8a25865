"""Where a predictor comes from: everything that must stand beside its numbers."""

from typing import Any

from pydantic import Field

from motilens import __version__
from motilens.config import MethodSettings, Settings, Target


class Fit(Settings):
    """Which participants one fitted part saw, for what."""

    what: str
    """Such as ``autoencoder``, ``autoencoder epoch``, ``input scaling``, ``regressor``, ``regressor epoch``."""
    ids: tuple[str, ...]


class Epoch(Settings):
    """One epoch of a training."""

    epoch: int
    train_loss: float
    select_loss: float | None = None
    """On the participants that choose the epoch; None where nothing is chosen."""


class TrainingCurve(Settings):
    """The history of one training."""

    name: str
    """``autoencoder``, ``regressor``, ``regressor refit``, ``video CNN``."""
    best_epoch: int
    epochs: tuple[Epoch, ...]


class AutoencoderScores(Settings):
    """How well an autoencoder reconstructs stacks that its weights were not fitted to."""

    on: str
    """Whose stacks: ``the participants that chose the epoch`` or ``the test participants``."""
    mse: float
    """Mean squared error of the reconstruction, in (0-1 grey)^2."""
    mse_over_variance: float
    """``mse`` over the variance of those stacks: 1 is what a constant reaches."""
    motion_r2: float | None
    """R2 of the motion; None for inputs without motion."""
    dead_channels: tuple[str, ...]
    """Feature or output channels that carry nothing, such as ``feature 2``; empty is healthy."""


class Origin(Settings):
    """How a predictor came to be."""

    method: str
    """Its name in the catalogue."""
    target: Target | None
    """None: the model makes feature-images only."""
    settings: MethodSettings
    fits: tuple[Fit, ...]
    n_parameters: int
    """Numbers that were fitted, of all parts."""
    notes: tuple[str, ...] = ()
    """What was chosen inside the training part, and what had to be worked around."""
    curves: tuple[TrainingCurve, ...] = ()
    autoencoder: AutoencoderScores | None = None
    weights_origin: str | None = None
    """Where the pre-trained weights came from."""
    data: dict[str, Any] = Field(default_factory=dict)
    """Name and fingerprint of the training data, number of participants, what was left out; filled in by ``train``."""
    versions: dict[str, str] = Field(default_factory=dict)
    motilens_version: str = __version__
