"""Names for the arrays that pass between modules; jaxtyping checks them in every test run.

Axes, always in this order: stack, frame, channel, y, x. Names of axes are the same in every annotation, so that one
call cannot mix a batch of 8 stacks with 9 labels.
"""

import numpy as np
from jaxtyping import Float, Float32, Int, UInt8

GreyFrame = UInt8[np.ndarray, "height width"]
"""One grey frame, 0-255, rows (y) first."""

StackPixels = UInt8[np.ndarray, "stack frame height width"]
"""Stacks as stored, 0-255."""

FrameIndices = Int[np.ndarray, "stack frame"]
"""Index in the video of each frame of each stack."""

InputImages = Float32[np.ndarray, "stack channel height width"]
"""Stacks as a network sees them: frames as channels, 0-1."""

FeatureImages = Float32[np.ndarray, "stack 3 height width"]
"""Feature-images: three channels at the stack's size."""

ChannelImages = Float32[np.ndarray, "stack channel height width"]
"""Images with any number of channels, as a CNN reads them; feature-images have three."""

Percentages = Float[np.ndarray, "row 3"]
"""Three percentages per row, 0-100, in the order of the target's names."""


def triple(values: np.ndarray) -> tuple[float, float, float]:
    """Convert an array of three numbers to plain floats, as results store them."""
    first, second, third = (float(value) for value in values)
    return first, second, third
