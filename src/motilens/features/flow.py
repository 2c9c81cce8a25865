"""Stacked dense optical flow: the sister paper's feature-image, made by hand as those of ``handmade`` are.

Thambawita et al. 2019 (MediaEval, "Stacked dense optical flows and dropout layers to predict sperm motility and
morphology") show a CNN a frame together with its flow to the next frame and to the tenth next one: the short stride for
fast cells, the long one for slow cells. From a stack we keep its first frame and the flow from it::

    frame       0   1                                   10
    channel 0   o                                            grey, 0-1
    channel 1,2 o-->o                                        x, y at stride 1
    channel 3,4 o------------------------------------->o     x, y at stride 10

Flow is in pixels of the stack a stride, not a frame; x to the right, y down.

``dis`` is Dense Inverse Search (Kroeger et al. 2016, doi 10.1007/978-3-319-46493-0_29). OpenCV's presets stop at a half
or a quarter of the resolution, where heads of a few pixels are gone. On spots of 1.5 px (standard deviation) in 128 x
128 with noise of 2 grey values, every second one moving, the mean error at the heads as a share of the speed was::

    speed, px (20 spots / 60 spots)   0.3           1             4             8             ms a pair, one core
    medium preset                     0.35 / 0.43   0.25 / 0.39   0.17 / 0.36   0.34 / 0.52   1.0
    ultrafast at full resolution      0.16 / 0.25   0.08 / 0.17   0.10 / 0.25   0.34 / 0.53   1.4
    medium at full resolution         0.21 / 0.26   0.11 / 0.18   0.07 / 0.22   0.31 / 0.54   3.8
    Farneback as published            0.22 / 0.37   0.18 / 0.35   0.19 / 0.40   0.47 / 0.58   2.4

So ``dis`` is the ultrafast preset taken down to full resolution. A danger: among many cells, one that goes further
than the distance to its neighbours within a stride is taken for another, whatever the method.
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
"""Frames from the first to the one that the flow leads to."""

FLOW_CHANNELS = 1 + 2 * len(STRIDES)
"""Grey, then x and y of each stride."""

FlowImages = Float32[np.ndarray, "stack 5 height width"]
"""Grey 0-1, then flow in pixels: x and y at stride 1, x and y at stride 10."""

LEAST_SIDE_PX = 12
"""Smaller images have no room for a patch of Dense Inverse Search."""

_Flow = Callable[[GreyFrame, GreyFrame], Float32[np.ndarray, "height width 2"]]


def flow_image(batch: StackBatch, *, method: FlowMethod = "dis") -> FlowImages:
    """First frame and flow from it at both strides, of each stack.

    Args:
        batch: stacks of one video, uint8; frames after the first 11 are not looked at.
        method: how flow is found.

    Returns:
        (N, 5, H, W), float32: grey 0-1, then pixels a stride. In a stack that stands still, ``dis`` finds 0 everywhere;
        ``farneback`` takes what lies beyond the edge for darkness and leaves up to 0.2 px on a twentieth of the pixels.

    Raises:
        MismatchError: stacks of fewer than 11 frames, or smaller than 12 pixels.
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
    flow = _FLOWS[method]()  # once a video: it keeps its buffers from pair to pair
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
    # Nothing is carried from one pair to the next: without a start to refine, each begins from no motion.
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
