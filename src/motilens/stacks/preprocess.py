"""Converts stored stacks into the input images of networks, and back.

Stacks have the axes (stack, frame, y, x). ``to_input`` makes channels of the frames; ``from_input`` is its inverse.
Inputs with fewer frames use the first frames of each stack, so a store of I4 stacks serves I1, I2 and I3, too.
"""

import numpy as np

from motilens.config import CHANNELS, FRAMES, InputType
from motilens.errors import MismatchError
from motilens.shapes import InputImages, StackPixels


def to_input(pixels: StackPixels, input_type: InputType) -> InputImages:
    """Convert frames to channels and scale to 0-1.

    I1 uses the first frame of each stack, I2 the first frame nine times, I3 the first 9 frames, I4 the first 18.

    Args:
        pixels: (stack, frame, y, x), uint8, 0-255.
        input_type: I1, I2, I3 or I4.

    Returns:
        (stack, channel, y, x), float32, 0-1.

    Raises:
        MismatchError: the stacks have fewer frames than the input type needs.
    """
    needed = FRAMES[input_type]
    if pixels.shape[1] < needed:
        raise MismatchError(
            f"{input_type} needs {needed} frames in a stack, these stacks have {pixels.shape[1]}; "
            f"extract stacks with --input {input_type}, or use a model for the stacks that are there"
        )
    images = pixels[:, :needed].astype(np.float32)
    images *= np.float32(1 / 255)
    if CHANNELS[input_type] > needed:
        images = np.repeat(images, CHANNELS[input_type] // needed, axis=1)
    return images


def from_input(images: InputImages, input_type: InputType) -> StackPixels:
    """Convert channels back to frames: the inverse of ``to_input``.

    Args:
        images: (stack, channel, y, x), float32, 0-1; other values are clipped.
        input_type: I1, I2, I3 or I4.

    Returns:
        (stack, frame, y, x), uint8, with ``FRAMES[input_type]`` frames.

    Raises:
        MismatchError: the number of channels is not that of the input type.
    """
    if images.shape[1] != CHANNELS[input_type]:
        raise MismatchError(
            f"{input_type} has {CHANNELS[input_type]} channels, these images have {images.shape[1]}; "
            "give the input type for which they were made"
        )
    return np.clip(np.rint(images[:, : FRAMES[input_type]] * 255), 0, 255).astype(np.uint8)
