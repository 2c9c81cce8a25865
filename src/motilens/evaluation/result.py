"""The result of a cross-validation: everything that tables and figures need, and everything a number's origin is.

``result.json`` is this value written down. It holds no paths and no clock except under ``timing``, so that an
interrupted and an uninterrupted run write the same file but for that.
"""

from typing import Literal

from pydantic import Field

from motilens.config import InputType, Pipeline, Protocol, Settings, Target
from motilens.data.values import Fit, Fold, LeftOut, Participant

__all__ = [
    "BASELINES",
    "Cell",
    "CrossValResult",
    "Epoch",
    "Fit",
    "Fold",
    "LeftOut",
    "Participant",
    "ParticipantScore",
    "Preview",
    "Step1Result",
]

RESULT_VERSION = 1

BASELINES = ("mean", "median", "count", "count-lab")
"""Training mean, training median, a line on log cell count seen, a line on the laboratory's log concentration."""


class Epoch(Settings):
    """One epoch of a training."""

    epoch: int
    train_loss: float
    select_loss: float | None = None
    """On the participants that choose the epoch; None where a refit chooses nothing."""


class Step1Result(Settings):
    """One autoencoder of one fold."""

    input_type: InputType
    fold: int
    seed: int
    best_epoch: int
    history: tuple[Epoch, ...]
    test_mse: float
    """Mean squared error of the reconstruction on the test participants, in (0-1 grey)^2."""
    test_mse_over_variance: float
    """``test_mse`` over the variance of those stacks: 1 is what a constant reaches."""
    test_motion_r2: float | None
    """R2 of the motion on the test participants; None for inputs without motion."""
    dead_channels: tuple[str, ...]
    """Feature or output channels that carry nothing, such as ``feature 2`` or ``output 0-17``; empty is healthy."""
    fits: tuple[Fit, ...]


class ParticipantScore(Settings):
    """One participant of a test fold under one model."""

    participant: str
    n_stacks: int
    truth_pct: tuple[float, float, float]
    predicted_pct: tuple[float, float, float]
    """Mean over stacks."""
    spread_pct: tuple[float, float, float]
    """Standard deviation over stacks."""
    stack_error_pct: tuple[float, float, float]
    """Mean over stacks of the absolute error of each."""


class Cell(Settings):
    """One model, one target, one fold."""

    method: str
    """An input type (I1-I4), or one of ``BASELINES``."""
    target: Target
    fold: int
    seed: int
    scores: tuple[ParticipantScore, ...]
    best_epoch: int | None = None
    history: tuple[Epoch, ...] = ()
    fits: tuple[Fit, ...] = ()


class Preview(Settings):
    """Pictures of one stack, as the report shows them: PNG in base64, so that a report needs the result alone."""

    input_type: InputType
    fold: int
    participant: str
    first_frame_png: str
    temporal_spread_png: str | None
    """Standard deviation over the frames; None for inputs of one moment."""
    feature_image_png: str
    """The three channels as red, green, blue; each stretched from its 1st to its 99th percentile."""
    scaling: str
    """The stretch in numbers, for the caption."""


class CrossValResult(Settings):
    """A whole cross-validation."""

    result_version: Literal[1] = RESULT_VERSION
    motilens_version: str
    versions: dict[str, str]
    """Of Python and of the libraries that decide numbers."""
    command: str
    """The command that makes this result again, without paths of this machine."""
    protocol: Protocol
    preset: str
    pipelines: dict[InputType, Pipeline]
    targets: tuple[Target, ...]
    data_fingerprint: str
    """Hash over the videos' fingerprints, the labels and the folds."""
    fold_source: str
    """Where the folds come from: ``fold folders``, a fold file's name, or ``made: stratified, seed 0``."""
    folds: tuple[Fold, ...]
    participants: tuple[Participant, ...]
    left_out: tuple[LeftOut, ...]
    step1: tuple[Step1Result, ...]
    cells: tuple[Cell, ...]
    previews: tuple[Preview, ...]
    timing: dict[str, float] = Field(default_factory=dict)
    """Seconds by step, of this run alone; not part of what is compared."""
