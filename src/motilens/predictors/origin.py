"""Origin of a predictor: the facts that are saved beside its arrays."""

from typing import Any

from pydantic import Field

from motilens import __version__
from motilens.config import MethodSettings, Settings, Target


class Fit(Settings):
    """Participants that one part of a predictor was fitted to."""

    what: str
    """The fitted part: ``autoencoder``, ``autoencoder epoch``, ``input scaling``, ``regressor epoch`` or the like."""
    ids: tuple[str, ...]


class Epoch(Settings):
    """One epoch of a training."""

    epoch: int
    train_loss: float
    select_loss: float | None = None
    """Loss on the participants that choose the epoch; None if no epoch is chosen."""


class TrainingCurve(Settings):
    """The history of one training."""

    name: str
    """``autoencoder``, ``regressor``, ``regressor refit``, ``video CNN``."""
    best_epoch: int
    epochs: tuple[Epoch, ...]


class AutoencoderScores(Settings):
    """How well an autoencoder reconstructs stacks that its weights were not fitted to."""

    on: str
    """Whose stacks were reconstructed: ``the participants that chose the epoch`` or ``the test participants``."""
    mse: float
    """Mean squared error of the reconstruction, in (0-1 grey)^2."""
    mse_over_variance: float
    """``mse`` divided by the variance of those stacks; 1 for the best constant."""
    motion_r2: float | None
    """R2 of the motion; None for inputs without motion."""
    dead_channels: tuple[str, ...]
    """Feature or output channels that carry no information, such as ``feature 2``; empty for a healthy network."""


class Origin(Settings):
    """Method, settings and data that a predictor was made from."""

    method: str
    """Name of the method in the catalogue."""
    target: Target | None
    """None for a model that makes feature-images only."""
    settings: MethodSettings
    fits: tuple[Fit, ...]
    trained_on: tuple[str, ...] = ()
    """Fingerprints of the video files of all participants in ``fits``, so that a validation can leave them out."""
    n_parameters: int
    """Number of fitted parameters of all parts."""
    notes: tuple[str, ...] = ()
    """What was chosen inside the training part, and problems that were worked around."""
    curves: tuple[TrainingCurve, ...] = ()
    autoencoder: AutoencoderScores | None = None
    weights_origin: str | None = None
    """Where the pre-trained weights came from."""
    data: dict[str, Any] = Field(default_factory=dict)
    """Name and fingerprint of the training data, number of participants, what was left out; filled in by ``train``."""
    versions: dict[str, str] = Field(default_factory=dict)
    motilens_version: str = __version__
