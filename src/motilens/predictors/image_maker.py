"""Turns the stacks of a recording into images of a few channels: by an autoencoder, by hand, or by optical flow."""

from collections.abc import Callable
from typing import Literal, get_args

from motilens.features.encode import encode
from motilens.features.flow import FLOW_CHANNELS, flow_image
from motilens.features.handmade import HANDMADE
from motilens.networks.autoencoder import FEATURE_CHANNELS, Autoencoder
from motilens.shapes import ChannelImages
from motilens.stacks.preprocess import to_input
from motilens.stacks.stack_batch import StackBatch

ImageMaker = Callable[[StackBatch], ChannelImages]
"""Function from stacks, (n, frame, y, x), uint8, to images, (n, channel, y, x), float32."""

ImageKind = Literal["autoencoder", "raw", "moments", "dynamic", "dis flow", "farneback flow"]

IMAGE_KINDS: tuple[ImageKind, ...] = get_args(ImageKind)

IMAGE_CHANNELS: dict[ImageKind, int] = {
    kind: FLOW_CHANNELS if kind in ("dis flow", "farneback flow") else FEATURE_CHANNELS for kind in IMAGE_KINDS
}
"""Number of channels of the images of each kind."""

VECTORS: dict[ImageKind, tuple[tuple[int, int], ...]] = {
    "dis flow": ((1, 2), (3, 4)),
    "farneback flow": ((1, 2), (3, 4)),
}
"""Pairs of channels that are x and y of a vector, whose sign changes when the picture is mirrored."""


def image_maker(kind: ImageKind, autoencoder: Autoencoder | None = None) -> ImageMaker:
    """Return the function that makes images of a kind.

    Args:
        kind: kind of images.
        autoencoder: the trained autoencoder, for images made by one.
    """
    if kind == "autoencoder":
        assert autoencoder is not None, "images of an autoencoder need one"
        return lambda batch: encode(autoencoder, to_input(batch.pixels, autoencoder.input_type))
    if kind == "dis flow":
        return lambda batch: flow_image(batch, method="dis")
    if kind == "farneback flow":
        return lambda batch: flow_image(batch, method="farneback")
    return lambda batch: HANDMADE[kind](batch).images
