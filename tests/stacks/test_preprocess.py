"""Folding frames into channels and back."""

import numpy as np
import pytest

from motilens.config import CHANNELS, FRAMES, INPUT_TYPES, InputType
from motilens.errors import MismatchError
from motilens.stacks.preprocess import from_input, to_input

PIXELS = np.random.default_rng(0).integers(0, 256, (3, 18, 8, 8), np.uint8)


@pytest.mark.parametrize("input_type", INPUT_TYPES)
def test_round_trip(input_type: InputType) -> None:
    images = to_input(PIXELS, input_type)
    assert images.shape == (3, CHANNELS[input_type], 8, 8)
    assert images.dtype == np.float32
    assert images.min() >= 0
    assert images.max() <= 1
    assert np.array_equal(from_input(images, input_type), PIXELS[:, : FRAMES[input_type]])


def test_known_values() -> None:
    pixels = np.array([0, 51, 255], np.uint8).reshape(1, 3, 1, 1).repeat(6, axis=1)
    assert to_input(pixels, "I1").ravel().tolist() == [0]
    assert to_input(pixels, "I4").ravel()[[0, 6, 12]].tolist() == pytest.approx([0, 0.2, 1])


def test_i2_is_its_first_frame_nine_times() -> None:
    images = to_input(PIXELS, "I2")
    assert all(np.array_equal(images[:, channel], images[:, 0]) for channel in range(9))


def test_stacks_of_too_few_frames() -> None:
    with pytest.raises(
        MismatchError, match="I4 needs 18 frames in a stack, these stacks have 9; extract stacks with --input I4"
    ):
        to_input(PIXELS[:, :9], "I4")
    with pytest.raises(MismatchError, match="I3 has 9 channels, these images have 18"):
        from_input(to_input(PIXELS, "I4"), "I3")
