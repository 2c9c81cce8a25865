"""Predicts with a small 3D CNN on the frames themselves, without a feature-image."""

from dataclasses import dataclass, replace
from typing import ClassVar

from motilens.networks.regressor import ChannelScaling, head_kind
from motilens.networks.video_cnn import VideoCnn, predict_stacks
from motilens.predictors.origin import Origin
from motilens.predictors.parts import load_state, settings_of, state_arrays, target_of
from motilens.predictors.prediction import Prediction
from motilens.predictors.predictor import Need, Parts
from motilens.recordings.recording import Recording


@dataclass(frozen=True)
class VideoCnnPredictor:
    """Predicts percentages from each stack of frames.

    Attributes:
        origin: where the predictor comes from.
        network: the trained and frozen network.
    """

    kind: ClassVar[str] = "video-cnn"

    origin: Origin
    network: VideoCnn

    @property
    def needs(self) -> tuple[Need, ...]:
        """Stacks."""
        return ("stacks",)

    def predict(self, recording: Recording) -> Prediction:
        """Predict one recording, stack by stack. Raises VideoError for a recording that cannot be used."""
        config = self.origin.settings.stacks
        parts_pct = predict_stacks(self.network, recording.stacks(config).pixels)
        record = recording.stack_record(config)
        target = target_of(self.origin)
        return Prediction(recording.video_id, target, parts_pct, "stack", record.stack_times_s, record.problems)

    def with_origin(self, origin: Origin) -> "VideoCnnPredictor":
        """Return the same predictor with another origin."""
        return replace(self, origin=origin)

    def parts(self) -> Parts:
        """Return its parts for saving."""
        scaling = self.network.scaling.model_dump(mode="json")
        return Parts({"pixel_scaling": scaling}, {"video_cnn": state_arrays(self.network)})

    @classmethod
    def from_parts(cls, parts: Parts, origin: Origin) -> "VideoCnnPredictor":
        """Rebuild the predictor from its parts. Raises BundleError for parts that do not fit."""
        scaling = settings_of(parts, "pixel_scaling", ChannelScaling)
        settings = origin.settings
        network = VideoCnn(head_kind(settings.regressor, target_of(origin)), settings.video_cnn, scaling)
        load_state(network, parts, "video_cnn")
        return cls(origin, network)
