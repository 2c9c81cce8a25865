"""From stacks as stored to images as a network sees them, and back.

Axes stay apart (stack, frame, y, x) until ``to_input`` folds frames into channels; ``from_input`` is its inverse.
Stacks of more frames serve inputs of fewer, so one I4 store serves I1, I2 and I3 too: they take the first frames of
each stack.
"""

import numpy as np

from motilens.arrays import InputImages, StackPixels
from motilens.config import CHANNELS, FRAMES, InputType
from motilens.errors import MismatchError


def to_input(pixels: StackPixels, input_type: InputType) -> InputImages:
    """Fold frames into channels and scale to 0-1.

    I1 takes the first frame of each stack, I2 the first frame nine times, I3 the first 9 frames, I4 the first 18.

    Args:
        pixels: (stack, frame, y, x), uint8, 0-255.
        input_type: I1, I2, I3 or I4.

    Returns:
        (stack, channel, y, x), float32, 0-1.

    Raises:
        MismatchError: the stacks have fewer frames than the input needs.
    """
    needed = FRAMES[input_type]
    if pixels.shape[1] < needed:
        raise MismatchError(
            f"a model for another input than the stacks: {input_type} needs {needed} frames a stack, these have "
            f"{pixels.shape[1]}; extract the stacks with --input {input_type}, or use a model for them"
        )
    images = pixels[:, :needed].astype(np.float32)
    images *= np.float32(1 / 255)
    if CHANNELS[input_type] > needed:
        images = np.repeat(images, CHANNELS[input_type] // needed, axis=1)
    return images


def from_input(images: InputImages, input_type: InputType) -> StackPixels:
    """Unfold channels into the different frames that they hold: the inverse of ``to_input``.

    Args:
        images: (stack, channel, y, x), float32, 0-1; values outside are clipped.
        input_type: I1, I2, I3 or I4.

    Returns:
        (stack, frame, y, x), uint8, with ``FRAMES[input_type]`` frames.

    Raises:
        MismatchError: the images have another number of channels than the input.
    """
    if images.shape[1] != CHANNELS[input_type]:
        raise MismatchError(
            f"{input_type} has {CHANNELS[input_type]} channels, these images have {images.shape[1]}; "
            "name the input they were made for"
        )
    return np.clip(np.rint(images[:, : FRAMES[input_type]] * 255), 0, 255).astype(np.uint8)
