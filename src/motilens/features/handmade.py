"""Handmade feature-images: alternatives to learned ones that need no training.

Each function turns a stack into three channels of the stack's size, as an encoder does, so that the same CNN can use
them:

- ``raw``: the first frame, three times, without information on time.
- ``moments``: mean, standard deviation and mean absolute difference over the frames.
- ``dynamic``: approximate rank pooling: which pixels became brighter over time, and which darker.

All are in grey from 0 to 1 (differences from -1 to 1). Sums are computed in integers, so that pixels without motion are
exactly 0.
"""

from collections.abc import Callable
from typing import Literal, get_args

import numpy as np
from jaxtyping import Float, Float32, UInt8

from motilens.errors import InputError, MismatchError
from motilens.features.feature_batch import FeatureBatch
from motilens.stacks.stack_batch import StackBatch

HandmadeName = Literal["raw", "moments", "dynamic"]
"""Names of the feature-images that need no training."""

HANDMADE_NAMES: tuple[HandmadeName, ...] = get_args(HandmadeName)

_GREY = 255.0

_Frames = UInt8[np.ndarray, "frame height width"]
_Image = Float32[np.ndarray, "3 height width"]


def raw_image(batch: StackBatch) -> FeatureBatch:
    """The first frame of each stack in all three channels, as input I1 sees it: (N, 3, H, W), float32, grey 0-1."""
    first = batch.pixels[:, :1].astype(np.float32) * np.float32(1 / _GREY)
    return FeatureBatch(batch.video_id, np.repeat(first, 3, axis=1), batch.frame_idx)


def moments_image(batch: StackBatch) -> FeatureBatch:
    """Mean, standard deviation and mean absolute difference over the frames of each stack.

    The standard deviation is divided by T, not T - 1; differences are between consecutive frames.

    Returns:
        (N, 3, H, W), float32, grey 0-1; the second and third channel are 0 where nothing changes.

    Raises:
        MismatchError: the stacks have fewer than 2 frames.
    """
    return _made(batch, _moments, least=2, name="moments")


def dynamic_image(batch: StackBatch) -> FeatureBatch:
    """Approximate rank pooling over each stack: its first half, the whole, its second half.

    Bilen et al. 2016 pool each colour of a video (doi 10.1109/CVPR.2016.331). Grey stacks have one, so the channels are
    three time spans instead: the whole stack, as published, and its halves, in which fast cells leave shorter trails
    that cross less often. If the number of frames is odd, both halves contain the middle one::

        frames      0 1 2 3 4 5 6 7 8
        channel 0   o o o o o
        channel 1   o o o o o o o o o
        channel 2           o o o o o

    Each channel is divided by the sum of its positive weights, so it is a weighted mean of late frames minus a weighted
    mean of early frames.

    Returns:
        (N, 3, H, W), float32, grey -1 to 1; 0 where nothing changes, positive where the pixel became brighter.

    Raises:
        MismatchError: the stacks have fewer than 3 frames.
    """
    return _made(batch, _dynamic, least=3, name="dynamic")


def rank_pooling_weights(n_frames: int) -> Float[np.ndarray, " frame"]:
    """Weights of the frames in approximate rank pooling (Bilen et al. 2016, doi 10.1109/CVPR.2016.331).

    ``alpha_t = 2 (T - t + 1) - (T + 1) (H_T - H_{t-1})`` for t = 1..T, with H the harmonic numbers. They sum to 0.

    Args:
        n_frames: T.

    Returns:
        (T,), float64.

    Raises:
        InputError: ``n_frames`` is less than 1.
    """
    if n_frames < 1:
        raise InputError(f"rank pooling over {n_frames} frames; allowed: at least 1")
    t = np.arange(1, n_frames + 1)
    harmonic = np.concatenate([[0.0], np.cumsum(1 / t)])
    return 2.0 * (n_frames - t + 1) - (n_frames + 1) * (harmonic[-1] - harmonic[:-1])


HANDMADE: dict[HandmadeName, Callable[[StackBatch], FeatureBatch]] = {
    "raw": raw_image,
    "moments": moments_image,
    "dynamic": dynamic_image,
}
"""Feature-images by name; the order is that of ``HANDMADE_NAMES``."""


def _made(batch: StackBatch, make: Callable[[_Frames], _Image], *, least: int, name: str) -> FeatureBatch:
    n_stacks, n_frames, height, width = batch.pixels.shape
    if n_frames < least:
        raise MismatchError(
            f"stacks of {batch.video_id} have {n_frames} frames, a {name} image needs {least}; "
            "extract the stacks with --input I3 or I4"
        )
    # One stack at a time: all stacks of a video at once, in wider number types, would take gigabytes.
    images = np.empty((n_stacks, 3, height, width), np.float32)
    for k, frames in enumerate(batch.pixels):
        images[k] = make(frames)
    return FeatureBatch(batch.video_id, images, batch.frame_idx)


def _moments(frames: _Frames) -> _Image:
    n = len(frames)
    wide = frames.astype(np.int32)
    total = wide.sum(axis=0, dtype=np.int64)
    squares = np.square(wide).sum(axis=0, dtype=np.int64)
    sd = np.sqrt(n * squares - total**2) / n
    change = np.abs(np.diff(wide, axis=0)).sum(axis=0, dtype=np.int64) / (n - 1)
    return (np.stack([total / n, sd, change]) / _GREY).astype(np.float32)


def _dynamic(frames: _Frames) -> _Image:
    n = len(frames)
    half = (n + 1) // 2
    pooled = [_pooled(part) for part in (frames[:half], frames, frames[n - half :])]
    return (np.stack(pooled) / _GREY).astype(np.float32)


def _pooled(frames: _Frames) -> Float[np.ndarray, "height width"]:
    weights = rank_pooling_weights(len(frames))
    # The weights sum to 0, so subtracting the first frame changes nothing, but makes pixels without motion exactly 0.
    since = frames.astype(np.int32) - frames[0]
    return np.tensordot(weights / weights[weights > 0].sum(), since, axes=1)
