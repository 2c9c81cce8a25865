"""Tails: dark thin lines, as the Hessian at 1.2 px sees them.

A pixel lies on a line where the grey curves strongly across and little along, below the local background; it is on the
centre line if the slope across vanishes within half a pixel (Steger 1998, doi 10.1109/34.659930), so that a line has
about as many pixels as it is long, whatever its direction. Pieces that hang together count as a tail if they are at
least 20 px long, neither a ring nor a ball of lines, and at most 5 px wide at half depth in the median. Depth and width
are read across the centre line from the unsmoothed grey.
"""

from dataclasses import dataclass

import cv2
import numpy as np

SIGMA_PX = 1.2
LEAST_CURVATURE, PEAK_CURVATURE = 0.6, 1.2
"""Grey per square pixel: of every pixel of a line, and of its strongest."""
LEAST_DEPTH_GREY = 3.0
LEAST_LENGTH_PX = 20.0
GREATEST_WIDTH_PX = 5.0
HEAD_PX = 6
"""Around heads nothing is a tail."""
_ACROSS_PX = np.arange(-6, 6.01, 0.5, dtype=np.float32)


@dataclass(frozen=True)
class Tails:
    """Centre lines of one frame.

    Attributes:
        ridge: (y, x), True on a centre line.
        depth_grey: (n,), below local background, for each pixel of ``ridge`` in row order.
        width_px: (n,), full width at half depth.
    """

    ridge: np.ndarray
    depth_grey: np.ndarray
    width_px: np.ndarray

    @property
    def mask(self) -> np.ndarray:
        """(y, x), True on and beside a centre line."""
        return cv2.dilate(self.ridge.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0


def find_tails(above: np.ndarray, heads: np.ndarray) -> Tails:
    """Find the tails of one frame.

    Args:
        above: (y, x), float32, grey above the local background.
        heads: (n, 2), x and y.
    """
    smooth = cv2.GaussianBlur(above, (0, 0), SIGMA_PX)
    xx = cv2.filter2D(smooth, -1, np.array([[1, -2, 1]], np.float32))
    yy = cv2.filter2D(smooth, -1, np.array([[1], [-2], [1]], np.float32))
    xy = cv2.filter2D(smooth, -1, np.array([[1, 0, -1], [0, 0, 0], [-1, 0, 1]], np.float32) / 4)
    middle, half = (xx + yy) / 2, np.sqrt(((xx - yy) / 2) ** 2 + xy**2)
    across, along = middle + half, middle - half
    angle = 0.5 * np.arctan2(2 * xy, xx - yy)
    normal_x, normal_y = np.cos(angle), np.sin(angle)
    line = (across > LEAST_CURVATURE) & (np.abs(along) < 0.5 * across) & (smooth < -LEAST_DEPTH_GREY)
    near = np.zeros(above.shape, np.uint8)
    for x, y in heads:
        cv2.circle(near, (round(x), round(y)), HEAD_PX, 1, -1)
    slope_x = cv2.filter2D(smooth, -1, np.array([[-0.5, 0, 0.5]], np.float32))
    slope_y = cv2.filter2D(smooth, -1, np.array([[-0.5], [0], [0.5]], np.float32))
    offset_px = -(slope_x * normal_x + slope_y * normal_y) / np.maximum(across, 1e-6)
    ridge = line & (near == 0) & (np.abs(offset_px) <= 0.5)
    rows, columns = np.nonzero(ridge)
    depth, width = _sections(above, rows, columns, normal_x[rows, columns], normal_y[rows, columns])
    label, keep = _long_ones(ridge, across, width)
    chosen = keep[label[rows, columns]]
    ridge[rows[~chosen], columns[~chosen]] = False
    return Tails(ridge, depth[chosen], width[chosen])


def _long_ones(ridge: np.ndarray, across: np.ndarray, width: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which connected pieces are tails."""
    joined = cv2.dilate(ridge.astype(np.uint8), np.ones((3, 3), np.uint8))
    n, label, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    label = label.astype(np.intp)
    of = label[ridge]
    count = np.bincount(of, minlength=n)
    peak, typical = np.zeros(n), np.full(n, np.inf)
    np.maximum.at(peak, of, across[ridge])
    order = np.argsort(of, kind="stable")
    for piece, widths in zip(*_grouped(of[order], width[order]), strict=True):
        typical[piece] = np.median(widths)
    extent = np.hypot(stats[:, 2] - 2, stats[:, 3] - 2)
    keep = (extent >= LEAST_LENGTH_PX) & (peak >= PEAK_CURVATURE) & (typical <= GREATEST_WIDTH_PX)
    keep &= (count >= 0.5 * extent) & (count <= 1.6 * extent + 0.02 * stats[:, 4] * (extent > 60))
    keep[0] = False
    return label, keep


def _grouped(of: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, list[np.ndarray]]:
    pieces, starts = np.unique(of, return_index=True)
    return pieces, np.split(values, starts[1:]) if len(pieces) else []


def _sections(
    above: np.ndarray, rows: np.ndarray, columns: np.ndarray, normal_x: np.ndarray, normal_y: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Depth and width at half depth across the line at each pixel."""
    if not len(rows):
        return np.zeros(0), np.zeros(0)
    x = (columns[:, None] + _ACROSS_PX * normal_x[:, None]).astype(np.float32)
    y = (rows[:, None] + _ACROSS_PX * normal_y[:, None]).astype(np.float32)
    section = -np.concatenate(
        [
            cv2.remap(above, x[at : at + 8192], y[at : at + 8192], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
            for at in range(0, len(rows), 8192)
        ]
    )
    centre = len(_ACROSS_PX) // 2
    depth = section[:, centre - 2 : centre + 3].max(axis=1)
    return depth, _half_width(section[:, centre::-1], depth) + _half_width(section[:, centre:], depth)


def _half_width(side: np.ndarray, depth: np.ndarray) -> np.ndarray:
    """Distance from the centre at which the depth falls below half, in pixels; linear between samples."""
    below = side < depth[:, None] / 2
    below[:, 0], below[:, -1] = False, True
    at = np.argmax(below, axis=1)
    each = np.arange(len(side))
    inner, outer = side[each, at - 1], side[each, at]
    fall = np.where(inner - outer > 1e-6, (inner - depth / 2) / np.maximum(inner - outer, 1e-6), 1.0)
    return (at - 1 + np.clip(fall, 0, 1)) * float(_ACROSS_PX[1] - _ACROSS_PX[0])
