"""Stacked dense optical flow: the sister paper's feature-image, which needs no training, as those of ``handmade``.

Thambawita et al. 2019 (MediaEval, "Stacked dense optical flows and dropout layers to predict sperm motility and
morphology") give a CNN a frame together with its flow to the next frame and to the tenth frame after it: the short
stride for fast cells, the long one for slow cells. Of a stack we use the first frame and the flow from it::

    frame       0   1                                   10
    channel 0   o                                            grey, 0-1
    channel 1,2 o-->o                                        x, y at stride 1
    channel 3,4 o------------------------------------->o     x, y at stride 10

Flow is in pixels of the stack per stride, not per frame; x points right, y down.

``dis`` is Dense Inverse Search (Kroeger et al. 2016, doi 10.1007/978-3-319-46493-0_29). OpenCV's presets stop at a half
or a quarter of the resolution, where heads of a few pixels are lost. On spots of 1.5 px (standard deviation) in 128 x
128 with noise of 2 grey values, every second one moving, the mean error at the heads as a share of the speed was::

    speed, px (20 spots / 60 spots)   0.3           1             4             8             ms a pair, one core
    medium preset                     0.35 / 0.43   0.25 / 0.39   0.17 / 0.36   0.34 / 0.52   1.0
    ultrafast at full resolution      0.16 / 0.25   0.08 / 0.17   0.10 / 0.25   0.34 / 0.53   1.4
    medium at full resolution         0.21 / 0.26   0.11 / 0.18   0.07 / 0.22   0.31 / 0.54   3.8
    Farneback as published            0.22 / 0.37   0.18 / 0.35   0.19 / 0.40   0.47 / 0.58   2.4

So ``dis`` is the ultrafast preset extended to full resolution. A limitation of all methods: in dense samples, a cell
that moves further than the distance to its neighbours within a stride is mistaken for another.
"""

from collections.abc import Callable
from typing import Literal

import cv2
import numpy as np
from jaxtyping import Float32, UInt8

from motilens.errors import MismatchError
from motilens.shapes import GreyFrame
from motilens.stacks.stack_batch import StackBatch

FlowMethod = Literal["dis", "farneback"]
"""Dense Inverse Search, or Farneback 2003 (doi 10.1007/3-540-45103-X_50) as the sister paper used it."""

STRIDES = (1, 10)
"""Number of frames between the first frame and the one that the flow leads to."""

FLOW_CHANNELS = 1 + 2 * len(STRIDES)
"""Number of channels: grey, then x and y of each stride."""

FlowImages = Float32[np.ndarray, "stack 5 height width"]
"""Grey 0-1, then flow in pixels: x and y at stride 1, x and y at stride 10."""

LEAST_SIDE_PX = 12
"""Smallest side of an image, which must hold a patch of Dense Inverse Search."""

_Flow = Callable[[GreyFrame, GreyFrame], Float32[np.ndarray, "height width 2"]]


def flow_image(batch: StackBatch, *, method: FlowMethod = "dis") -> FlowImages:
    """First frame of each stack, and the flow from it at both strides.

    Args:
        batch: stacks of one video, uint8; frames after the first 11 are not used.
        method: how flow is found.

    Returns:
        (N, 5, H, W), float32: grey 0-1, then pixels per stride. In a stack without motion, ``dis`` finds 0 everywhere;
        ``farneback`` treats the outside of the image as black and finds up to 0.2 px on a twentieth of the pixels.

    Raises:
        MismatchError: the stacks have fewer than 11 frames, or are smaller than 12 pixels.
    """
    n_stacks, n_frames, height, width = batch.pixels.shape
    if n_frames <= max(STRIDES):
        raise MismatchError(
            f"stacks of {batch.video_id} have {n_frames} frames, a flow image needs {max(STRIDES) + 1}; "
            "extract the stacks with --input I4"
        )
    if min(height, width) < LEAST_SIDE_PX:
        raise MismatchError(
            f"stacks of {batch.video_id} are {height} x {width} pixels, a flow image needs {LEAST_SIDE_PX} each way; "
            "extract the stacks with a larger --size"
        )
    flow = _FLOWS[method]()  # once per video, as it reuses its buffers from pair to pair
    images = np.empty((n_stacks, FLOW_CHANNELS, height, width), np.float32)
    for image, frames in zip(images, batch.pixels, strict=True):
        image[0] = frames[0] * np.float32(1 / 255)
        for k, stride in enumerate(STRIDES):
            image[1 + 2 * k : 3 + 2 * k] = _between(flow, frames[0], frames[stride])
    return images


def _between(
    flow: _Flow, first: UInt8[np.ndarray, "height width"], then: UInt8[np.ndarray, "height width"]
) -> Float32[np.ndarray, "2 height width"]:
    return flow(np.ascontiguousarray(first), np.ascontiguousarray(then)).transpose(2, 0, 1)


def _dis() -> _Flow:
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
    search.setFinestScale(0)
    # No initial flow is passed, so each pair starts from no motion and is independent of the previous one.
    return lambda first, then: search.calc(first, then, None)  # pyright: ignore[reportArgumentType, reportCallIssue]


def _farneback() -> _Flow:
    return lambda first, then: cv2.calcOpticalFlowFarneback(
        first,
        then,
        None,  # pyright: ignore[reportArgumentType, reportCallIssue]
        pyr_scale=0.5,
        levels=3,
        winsize=15,
        iterations=3,
        poly_n=5,
        poly_sigma=1.2,
        flags=0,
    )


_FLOWS: dict[FlowMethod, Callable[[], _Flow]] = {"dis": _dis, "farneback": _farneback}
