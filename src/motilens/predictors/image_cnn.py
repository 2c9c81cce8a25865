"""Predicts with a CNN on images of the stacks: the paper's method, and others that differ only in the images."""

from dataclasses import dataclass, replace
from typing import ClassVar, cast

from motilens.config import InputType, StackConfig
from motilens.errors import BundleError, MismatchError
from motilens.networks.autoencoder import Autoencoder, PixelScaling
from motilens.networks.regressor import ChannelScaling, Regressor, predict_images
from motilens.predictors.image_maker import IMAGE_KINDS, ImageKind, image_maker
from motilens.predictors.origin import Origin
from motilens.predictors.parts import field_of, load_state, settings_of, state_arrays, target_of
from motilens.predictors.prediction import Prediction
from motilens.predictors.predictor import Need, Parts
from motilens.recordings.recording import Recording
from motilens.shapes import ChannelImages
from motilens.stacks.stack_batch import StackBatch


@dataclass(frozen=True)
class ImageCnnPredictor:
    """Makes an image of each stack and predicts percentages from it.

    Attributes:
        origin: where the predictor comes from.
        images: what makes the images.
        autoencoder: the trained and frozen autoencoder if it makes the images, else None.
        regressor: the trained and frozen CNN; None if the model makes feature-images only.
    """

    kind: ClassVar[str] = "image-cnn"

    origin: Origin
    images: ImageKind
    autoencoder: Autoencoder | None
    regressor: Regressor | None

    @property
    def needs(self) -> tuple[Need, ...]:
        """Stacks."""
        return ("stacks",)

    @property
    def stacks(self) -> StackConfig:
        """Settings of the stacks."""
        return self.origin.settings.stacks

    @property
    def input_type(self) -> InputType:
        """Which frames of a stack it sees."""
        return self.origin.settings.input_type

    def make_images(self, batch: StackBatch) -> ChannelImages:
        """Images of some stacks: (n, channel, y, x), float32."""
        return image_maker(self.images, self.autoencoder)(batch)

    def predict(self, recording: Recording) -> Prediction:
        """Predict one recording, stack by stack.

        Raises:
            VideoError: the recording cannot be used.
            MismatchError: the model makes feature-images only.
        """
        target = target_of(self.origin)
        if self.regressor is None:
            raise MismatchError("this model has no regressor; train one with --target motility or morphology")
        images = self.make_images(recording.stacks(self.stacks))
        record = recording.stack_record(self.stacks)
        return Prediction(
            recording.video_id,
            target,
            predict_images(self.regressor, [images]),
            "stack",
            record.stack_times_s,
            record.problems,
        )

    def with_origin(self, origin: Origin) -> "ImageCnnPredictor":
        """Return the same predictor with another origin."""
        return replace(self, origin=origin)

    def parts(self) -> Parts:
        """Return its parts for saving."""
        fields: dict[str, object] = {"images": self.images}
        arrays = {}
        if self.autoencoder is not None:
            fields["pixel_scaling"] = self.autoencoder.scaling.model_dump(mode="json")
            arrays["autoencoder"] = state_arrays(self.autoencoder)
        if self.regressor is not None:
            fields["channel_scaling"] = self.regressor.scaling.model_dump(mode="json")
            arrays["regressor"] = state_arrays(self.regressor)
        return Parts(fields, arrays)

    @classmethod
    def from_parts(cls, parts: Parts, origin: Origin) -> "ImageCnnPredictor":
        """Rebuild the predictor from its parts. Raises BundleError for parts that do not fit."""
        images = field_of(parts, "images")
        if images not in IMAGE_KINDS:
            raise BundleError(f"images of kind {images!r}; allowed: {', '.join(IMAGE_KINDS)}; train the model again")
        settings, autoencoder, regressor = origin.settings, None, None
        if images == "autoencoder":
            scaling = settings_of(parts, "pixel_scaling", PixelScaling)
            autoencoder = Autoencoder(settings.input_type, settings.autoencoder, scaling)
            load_state(autoencoder, parts, "autoencoder")
        if origin.target is not None:
            channels = settings_of(parts, "channel_scaling", ChannelScaling)
            regressor = Regressor(origin.target, settings.regressor, channels, size_px=settings.stacks.size_px)
            load_state(regressor, parts, "regressor")
        return cls(origin, cast(ImageKind, images), autoencoder, regressor)
