"""Settings of methods that use tracks, and all settings that determine a method's result."""

from typing import Annotated

from pydantic import Field, model_validator

from motilens.config.base import FRAMES, InputType, Settings, has_motion
from motilens.config.counting import CountingConfig
from motilens.config.networks import AutoencoderConfig, RegressorConfig, VideoCnnConfig
from motilens.config.stacks import StackConfig
from motilens.config.tracking import ClassThresholds, DriftName, TrackingConfig

_WHO = ClassThresholds()

AtLeastOne = Annotated[int, Field(ge=1)]
Positive = Annotated[float, Field(gt=0)]


class BagOfWordsConfig(Settings):
    """Bag of words of tracks, after motilitAI (Ottl et al. 2022, doi 10.1016/j.isci.2022.104644).

    Words, assignments and C are chosen together inside the training part. With too few training participants to choose,
    the first of ``n_words`` and of ``n_assignments`` are taken, and the middle one of ``c``.
    """

    drift: DriftName = "mean"
    """Which drift is removed; the mean, as published."""
    window_s: float = Field(default=10.0, gt=0)
    """Length of a window, as published."""
    step_s: float = Field(default=5.0, gt=0)
    """Time from the start of a window to the start of the next, as published."""
    n_lags: int = Field(default=50, ge=1)
    """Lags of the mean squared displacement, evenly up to the longest window of the training participants."""
    n_words: tuple[AtLeastOne, ...] = Field(default=(250, 1000, 2500), min_length=1)
    """Sizes of the codebook to choose from."""
    n_assignments: tuple[AtLeastOne, ...] = Field(default=(1, 10, 50, 200), min_length=1)
    """Numbers of words that each track counts for, to choose from."""
    c: tuple[Positive, ...] = Field(default=(1.0, 3.0, 10.0, 30.0, 100.0, 300.0), min_length=1)
    """Values of C of the support vector regression to choose from, ascending."""
    epsilon_pct: float = Field(default=1.0, ge=0)
    """Smaller errors on a training participant do not count; labels are no more exact than this."""
    tracks_per_word: int = Field(default=10, ge=1)
    """A codebook has at most one word per this many tracks of the training participants."""
    inner_folds: int = Field(default=3, ge=2)
    """Folds of training participants that choose words, assignments and C."""


class TrackPhysicsConfig(Settings):
    """WHO's motility classes from tracks, then a ridge regression."""

    drift: DriftName = "median"
    """Which drift is removed."""
    piece_s: float = Field(default=_WHO.window_s, gt=0)
    """Tracks are classified in pieces of about this length."""
    rapid_um_s: float = Field(default=_WHO.rapid_um_s, gt=0)
    """Straight-line velocity from which a piece is rapid."""
    progressive_um_s: tuple[Positive, ...] = Field(default=(5.0, 3.5, 7.0), min_length=1)
    """Straight-line velocities from which a piece is progressive, to choose from; WHO's own first."""
    least_beats: tuple[Positive, ...] = Field(
        default=(1.05, 1.1, 1.15, 1.2, 1.25, 1.3, 1.4, 1.5, 1.75, 2.0), min_length=1
    )
    """Beats from which a piece that stands is non-progressive, to choose from."""
    alphas: tuple[Positive, ...] = Field(default=(0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0), min_length=1)
    """Strengths of the ridge regression to choose from."""

    @model_validator(mode="after")
    def _fits_together(self) -> "TrackPhysicsConfig":
        fastest = max(self.progressive_um_s)
        if fastest >= self.rapid_um_s:
            raise ValueError(f"progressive from {fastest}, rapid from {self.rapid_um_s} um/s; allowed: rapid above")
        return self

    def thresholds(self, *, progressive_um_s: float, least_beat: float) -> ClassThresholds:
        """Limits of the motility classes for one choice of the two thresholds."""
        return ClassThresholds(
            window_s=self.piece_s,
            rapid_um_s=self.rapid_um_s,
            progressive_um_s=progressive_um_s,
            least_beat=least_beat,
        )


class MethodSettings(Settings):
    """Everything that determines a method's result apart from the data; saved with every model and result."""

    preset: str
    input_type: InputType = "I4"
    """Which frames of each stack a network sees."""
    stacks: StackConfig
    autoencoder: AutoencoderConfig
    regressor: RegressorConfig
    video_cnn: VideoCnnConfig = VideoCnnConfig()
    tracking: TrackingConfig = TrackingConfig()
    bag_of_words: BagOfWordsConfig = BagOfWordsConfig()
    track_physics: TrackPhysicsConfig = TrackPhysicsConfig()
    counting: CountingConfig = CountingConfig()
    inner_share: float = Field(default=0.2, gt=0, lt=1)
    """Share of the training participants held out to choose the epoch."""
    seed: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _fits_together(self) -> "MethodSettings":
        crop_px, size_px = self.autoencoder.crop_px, self.stacks.size_px
        if crop_px is not None and crop_px > size_px:
            raise ValueError(
                f"crop_px is {crop_px}, larger than the stacks' size_px {size_px}; allowed: at most {size_px}"
            )
        if FRAMES[self.input_type] > FRAMES[self.stacks.input_type]:
            raise ValueError(
                f"input_type is {self.input_type}, but stacks of {self.stacks.input_type} have "
                f"{FRAMES[self.stacks.input_type]} frames; allowed: an input of no more"
            )
        if self.autoencoder.objective == "deviation" and not has_motion(self.input_type):
            raise ValueError(
                f"objective is 'deviation', but {self.input_type} has one moment and nothing deviates; "
                "allowed: 'reconstruction'"
            )
        return self
