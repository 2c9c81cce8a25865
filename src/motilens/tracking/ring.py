"""Measures whether a cell that stands is beating: its tail sweeps a ring around its head.

The measure is a ratio: the mean absolute change of the ring's pixels from one frame to the next, over that of the
background. Sensors, lamps and codecs cancel out as far as they change the whole frame alike. A cell that swims past is
a large change, too; ``pieces`` therefore takes the median over time.
"""

import cv2
import numpy as np
from jaxtyping import Float, Int

from motilens.shapes import GreyFrame
from motilens.tracking.tracks import PerDetection

Offsets = Int[np.ndarray, "pixel 2"]

LEAST_NOISE_GREY = 0.25
"""Least change of the background that is divided by: strong compression leaves no change at all."""

_BLOCK_PX = 16


def ring_offsets(inner_px: float, outer_px: float) -> Offsets:
    """Offsets of the pixels of a ring, from inner (inclusive) to outer (exclusive) radius: (pixel, 2), x and y."""
    reach = int(np.ceil(outer_px))
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    distance = np.hypot(x, y)
    inside = (distance >= inner_px) & (distance < outer_px)
    return np.stack([x[inside], y[inside]], axis=1)


def background_change(change: Float[np.ndarray, "height width"]) -> float:
    """Change of a place without cells, in grey levels: the median over blocks of their mean change.

    Args:
        change: absolute change of each pixel, in grey levels.
    """
    height, width = (max(1, n // _BLOCK_PX) for n in change.shape)
    size_y, size_x = change.shape[0] // height, change.shape[1] // width
    blocks = change[: height * size_y, : width * size_x].reshape(height, size_y, width, size_x)
    return float(np.median(blocks.mean(axis=(1, 3))))


def ring_beats(
    before: GreyFrame, frame: GreyFrame, x_px: PerDetection, y_px: PerDetection, offsets: Offsets
) -> PerDetection:
    """Compute how much more the ring around each head changed than the background.

    Args:
        before: the previous frame.
        frame: the frame in which the heads were found.
        x_px: x of the heads.
        y_px: y of the heads.
        offsets: from ``ring_offsets``; pixels outside the frame do not count.

    Returns:
        A ratio for each head, at least 0; NaN where the whole ring lies outside the frame.
    """
    if not len(x_px):
        return np.empty(0)
    change = cv2.absdiff(frame, before).astype(np.float32)
    reach = int(np.abs(offsets).max(initial=0))
    # A margin of zeros, so that rings are gathered without testing for each pixel whether it lies inside.
    rim = 2 * reach + 1
    rimmed = cv2.copyMakeBorder(change, rim, rim, rim, rim, cv2.BORDER_CONSTANT, value=[0.0])
    height, width = frame.shape
    x = np.clip(np.rint(x_px).astype(np.int64), -reach - 1, width + reach)
    y = np.clip(np.rint(y_px).astype(np.int64), -reach - 1, height + reach)
    places = (y + rim) * rimmed.shape[1] + x + rim
    rings = rimmed.ravel().take(places[:, None] + (offsets[:, 1] * rimmed.shape[1] + offsets[:, 0]))
    n_seen = np.full(len(x), len(offsets))
    for k in np.flatnonzero((x < reach) | (x >= width - reach) | (y < reach) | (y >= height - reach)):
        ring_x, ring_y = x[k] + offsets[:, 0], y[k] + offsets[:, 1]
        n_seen[k] = ((ring_x >= 0) & (ring_x < width) & (ring_y >= 0) & (ring_y < height)).sum()
    mean = np.divide(rings.sum(axis=1), n_seen, out=np.full(len(n_seen), np.nan), where=n_seen > 0)
    return mean / max(LEAST_NOISE_GREY, background_change(change))
