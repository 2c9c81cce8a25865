import cv2
import numpy as np
import pytest

from motilens.errors import MismatchError
from motilens.features.flow import FlowMethod, flow_image
from motilens.stacks.stack_batch import StackBatch

METHODS: tuple[FlowMethod, ...] = ("dis", "farneback")

STILL_PX: dict[FlowMethod, float] = {"dis": 1e-5, "farneback": 0.3}
"""DIS leaves 0. Farneback takes what lies beyond the edge for darkness, which leaves up to 0.17 px in from there."""

SHIFT_PX = 0.1
"""A smooth pattern shifted by whole pixels, rounded to grey values: both methods err by less than 0.01 away from the
edges; ten times that is room for other releases of OpenCV."""

HEAD_SHARE = 0.3
"""A head of a few pixels on a flat ground is pulled towards the still ground around it; measured: below 0.2."""


def batch_of(*stacks: np.ndarray) -> StackBatch:
    pixels = np.stack(stacks).astype(np.uint8)
    return StackBatch("7", pixels, np.tile(np.arange(pixels.shape[1]), (len(pixels), 1)), np.zeros(len(pixels)))


def pattern(size: int = 128) -> np.ndarray:
    noise = np.random.default_rng(0).normal(size=(3 * size, 3 * size))
    smooth = cv2.GaussianBlur(noise, (0, 0), 5)
    return (smooth - smooth.min()) / np.ptp(smooth) * 255


def drifting(x_px: int, y_px: int, *, n_frames: int = 18, size: int = 128) -> np.ndarray:
    """A stack that shows a pattern going right by ``x_px`` and down by ``y_px`` a frame."""
    whole = pattern(size)
    starts = [(size - y_px * t, size - x_px * t) for t in range(n_frames)]
    return np.stack([whole[y : y + size, x : x + size] for y, x in starts])


def heads(x_px: float, *, n_frames: int = 18, size: int = 64) -> np.ndarray:
    """Two bright heads: the one at (20, 16) swims right, the one at (46, 16) stands."""
    y, x = np.mgrid[:size, :size]
    film = np.full((n_frames, size, size), 60.0)
    for t in range(n_frames):
        for at_y, at_x in ((20, 16 + x_px * t), (46, 16)):
            film[t] += 150 * np.exp(-((y - at_y) ** 2 + (x - at_x) ** 2) / (2 * 2.0**2))
    return np.rint(film)


@pytest.mark.parametrize("method", METHODS)
def test_what_stands_still_has_no_flow_and_the_first_channel_is_the_frame(method: FlowMethod) -> None:
    still = np.broadcast_to(np.rint(pattern(32)), (18, 96, 96))
    images = flow_image(batch_of(still), method=method)
    assert images.shape == (1, 5, 96, 96)
    assert images.dtype == np.float32
    assert images[0, 0] == pytest.approx(still[0] / 255, abs=1e-6)
    assert np.abs(images[:, 1:]).max() <= STILL_PX[method]
    assert np.median(np.abs(images[:, 1:])) < 1e-5


@pytest.mark.parametrize("method", METHODS)
def test_a_shifted_pattern_gives_its_shift_x_first_then_y_and_ten_times_as_much_at_stride_10(
    method: FlowMethod,
) -> None:
    images = flow_image(batch_of(drifting(1, 0), drifting(0, -1)), method=method)
    inside = images[:, 1:, 32:-32, 32:-32]
    assert np.median(inside, axis=(2, 3)) == pytest.approx(
        np.array([[1, 0, 10, 0], [0, -1, 0, -10]], float), abs=SHIFT_PX
    )
    assert np.abs(inside[0, 0] - 1).max() < SHIFT_PX


def test_a_swimming_head_has_its_flow_and_a_standing_one_none() -> None:
    (image,) = flow_image(batch_of(heads(0.5)))
    assert image[[1, 3], 20, 16] == pytest.approx([0.5, 5], rel=HEAD_SHARE)
    assert np.abs(image[[2, 4], 20, 16]).max() < 0.1
    assert np.abs(image[1:, 46, 16]).max() < 0.05
    assert np.abs(image[1:, :, 48:]).max() < 0.05  # nor has the ground far away


def test_each_stack_is_for_itself() -> None:
    first, second = drifting(1, 0, size=64), heads(1)
    together = flow_image(batch_of(first, second))
    assert (together[1] == flow_image(batch_of(second))[0]).all()
    assert (together[::-1] == flow_image(batch_of(second, first))).all()


def test_frames_after_the_eleventh_change_nothing() -> None:
    assert (flow_image(batch_of(heads(1))) == flow_image(batch_of(heads(1)[:11]))).all()


def test_too_few_frames_or_pixels() -> None:
    with pytest.raises(MismatchError, match="stacks of 7 have 10 frames, a flow image needs 11"):
        flow_image(batch_of(heads(1)[:10]))
    with pytest.raises(MismatchError, match="8 x 64 pixels, a flow image needs 12 each way"):
        flow_image(batch_of(heads(1)[:, :8]))


def test_no_stack_gives_no_image() -> None:
    empty = StackBatch("7", np.zeros((0, 18, 32, 32), np.uint8), np.zeros((0, 18), int), np.zeros(0))
    assert flow_image(empty).shape == (0, 5, 32, 32)
