"""One small predictor of every kind, made without training, and a recording that all of them can predict."""

from collections.abc import Callable

import numpy as np
import torch

from motilens.config import (
    AutoencoderConfig,
    ClassThresholds,
    CountingConfig,
    MethodSettings,
    RegressorConfig,
    StackConfig,
    Target,
    VideoCnnConfig,
)
from motilens.networks.autoencoder import Autoencoder, PixelScaling
from motilens.networks.freeze import freeze
from motilens.networks.regressor import ChannelScaling, Regressor, head_kind
from motilens.networks.video_cnn import VideoCnn
from motilens.predictors.bag_of_words import BagOfWordsPredictor
from motilens.predictors.constant import ConstantPredictor
from motilens.predictors.counting import CountingPredictor
from motilens.predictors.image_cnn import ImageCnnPredictor
from motilens.predictors.image_maker import ImageKind
from motilens.predictors.line import LinePredictor
from motilens.predictors.origin import Epoch, Fit, Origin, TrainingCurve
from motilens.predictors.predictor import Predictor
from motilens.predictors.standardised_linear import StandardisedLinear
from motilens.predictors.track_features import FEATURES
from motilens.predictors.track_physics import TrackPhysicsPredictor
from motilens.predictors.video_cnn import VideoCnnPredictor
from tests.methods.tracked import segment
from tests.networks.counters import small_counter
from tests.recordings.fakes import FakeRecording

SIZE = 16

SETTINGS = MethodSettings(
    preset="test",
    input_type="I3",
    stacks=StackConfig(stacks_per_video=2, size_px=SIZE),
    autoencoder=AutoencoderConfig(width=4, crop_px=None),
    regressor=RegressorConfig(backbone="test_efficientnet", weights="none"),
    counting=CountingConfig(stacks_per_video=2),
    video_cnn=VideoCnnConfig(size_px=SIZE, widths=(2, 2, 4, 4)),
)

MEAN_PCT = np.array([50.0, 20.0, 30.0])


def origin(target: Target | None = "motility", method: str = "by hand") -> Origin:
    """As a fit would leave it."""
    return Origin(
        method=method,
        target=target,
        settings=SETTINGS,
        fits=(Fit(what="regressor", ids=("1", "2")), Fit(what="regressor epoch", ids=("10",))),
        n_parameters=7,
        notes=("epoch 1 of 2 chosen",),
        curves=(
            TrainingCurve(
                name="regressor",
                best_epoch=1,
                epochs=(Epoch(epoch=1, train_loss=0.1, select_loss=0.2), Epoch(epoch=2, train_loss=0.1)),
            ),
        ),
        data={"name": "visem", "left_out": [{"name": "3_x", "reason": "too short"}]},
    )


def constant(target: Target = "motility") -> ConstantPredictor:
    """Always the mean."""
    return ConstantPredictor(origin(target), MEAN_PCT)


def line(regressor: str = "log cells seen") -> LinePredictor:
    """A line through 50, 20, 30."""
    assert regressor in ("log cells seen", "log concentration")
    return LinePredictor(origin(), regressor, np.array([1.5, -1.0, -0.5]), MEAN_PCT)


def image_cnn(images: ImageKind = "autoencoder", target: Target | None = "motility") -> ImageCnnPredictor:
    """Random networks; the images of ``autoencoder`` are those of one."""
    torch.manual_seed(1)
    autoencoder, regressor = None, None
    if images == "autoencoder":
        autoencoder = Autoencoder("I3", SETTINGS.autoencoder, PixelScaling(mean=0.3, sd=0.1, target_sd=0.05))
        freeze(autoencoder)
    if target is not None:
        n_channels = 5 if images.endswith("flow") else 3
        scaling = ChannelScaling(mean=(0.5,) * n_channels, sd=(0.25,) * n_channels)
        regressor = Regressor(target, SETTINGS.regressor, scaling, size_px=SIZE)
        freeze(regressor)
    return ImageCnnPredictor(origin(target), images, autoencoder, regressor)


def video_cnn(target: Target = "morphology") -> VideoCnnPredictor:
    """A random network."""
    torch.manual_seed(1)
    kind = head_kind(SETTINGS.regressor, target)
    network = VideoCnn(kind, SETTINGS.video_cnn, ChannelScaling(mean=(128.0,), sd=(70.0,)))
    freeze(network)
    return VideoCnnPredictor(origin(target), network)


def _linear(n_features: int) -> StandardisedLinear:
    rng = np.random.default_rng(0)
    return StandardisedLinear(
        rng.uniform(0, 1, n_features), rng.uniform(1, 2, n_features), rng.normal(0, 3, (3, n_features)), MEAN_PCT
    )


def bag_of_words() -> BagOfWordsPredictor:
    """Six words at four lags."""
    words = np.random.default_rng(1).uniform(0, 8, (6, 4))
    return BagOfWordsPredictor(origin(), np.array([0.1, 0.2, 0.5, 1.0]), words, 2, _linear(6), MEAN_PCT)


def track_physics() -> TrackPhysicsPredictor:
    """A threshold of its own."""
    return TrackPhysicsPredictor(origin(), ClassThresholds(least_beat=1.3), _linear(len(FEATURES)), MEAN_PCT)


def counting(*, regression: bool = True, mean: bool = True, target: Target = "motility") -> CountingPredictor:
    """A random network."""
    fitted = _linear(3) if regression else None
    return CountingPredictor(origin(target), small_counter("I3"), fitted, MEAN_PCT if mean else None)


PREDICTORS: dict[str, Callable[[], Predictor]] = {
    "constant": constant,
    "line on cells seen": line,
    "line on concentration": lambda: line("log concentration"),
    "image-cnn of an autoencoder": image_cnn,
    "image-cnn of moments": lambda: image_cnn("moments"),
    "image-cnn of flow": lambda: image_cnn("dis flow", "morphology"),
    "video-cnn": video_cnn,
    "counting": counting,
    "counting of shares": lambda: counting(regression=False, mean=False, target="morphology"),
    "counting with a mean": lambda: counting(regression=False),
    "bag-of-words": bag_of_words,
    "track-physics": track_physics,
}
"""Functions that make a predictor of each kind, and of each form of it."""


def fake_recording(seed: int = 0) -> FakeRecording:
    """Two stacks of noise, five cells seen, tracks of ten cells, a concentration."""
    pixels = np.random.default_rng(seed).integers(0, 256, (2, 18, SIZE, SIZE), dtype=np.uint8)
    return FakeRecording(
        "1_a", pixels, cells_seen=5, tracks=(segment(3, 4, seed),), um_per_px=0.5, concentration=40.0, problem="dust"
    )
