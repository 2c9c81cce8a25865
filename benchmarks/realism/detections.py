"""Detections: heads in the maps of the network that counts cells, and which of them are annotated.

In training each cell is a Gaussian of sum 1 and a standard deviation of one pixel of the maps. A detection is a local
maximum of the map of all cells that reaches half of such a Gaussian's peak. Two heads within about two pixels of the
maps (8 um) are one detection.
"""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import maximum_filter
from scipy.optimize import linear_sum_assignment

from motilens.training.cell_crops import BLOB_SD

from .boxes import SPERM

LEAST_PEAK = 0.5 / (2 * np.pi * BLOB_SD**2)
"""Cells in a pixel of the maps: half the peak of a single cell; the same for all clips."""
MATCH_UM = 5.0
"""Greatest distance of a detection from the centre of its box: about the length of a head."""
BORDER_UM = 8.0
"""Heads this near to the border of the frame are neither asked for nor counted as false."""
_BEFORE = np.array([[1, 1, 1], [1, 0, 0], [0, 0, 0]], bool)


def peaks(cells: np.ndarray) -> np.ndarray:
    """Find local maxima, to a fraction of a pixel: exact for a Gaussian, whose logarithm is a parabola.

    Args:
        cells: (y, x), cells in each pixel of a map, above 0.

    Returns:
        (n, 2), x and y in pixels of the map from its left and upper edge, so that the first pixel's centre is at 0.5.
    """
    # Of equal neighbours the last counts.
    before, after = (
        maximum_filter(cells, footprint=side, mode="constant", cval=-np.inf) for side in (_BEFORE, _BEFORE[::-1, ::-1])
    )
    y, x = np.nonzero((cells >= LEAST_PEAK) & (cells >= before) & (cells > after))
    log = np.pad(np.log(np.maximum(cells, 1e-9)), 1, mode="edge")
    row, column = y + 1, x + 1
    return np.stack(
        [
            x + 0.5 + _vertex(log[row, column - 1], log[row, column], log[row, column + 1]),
            y + 0.5 + _vertex(log[row - 1, column], log[row, column], log[row + 1, column]),
        ],
        axis=1,
    )


@dataclass(frozen=True)
class Agreement:
    """How detections of one frame agree with its boxes.

    Attributes:
        matched: heads that were detected.
        heads: heads that should be.
        detections: detections that should be heads.
    """

    matched: int
    heads: int
    detections: int

    @property
    def recall_pct(self) -> list[float]:
        """Share of the heads that were detected; nothing if there are none."""
        return [100 * self.matched / self.heads] if self.heads else []

    @property
    def precision_pct(self) -> list[float]:
        """Share of the detections that are heads; nothing if there are none."""
        return [100 * self.matched / self.detections] if self.detections else []


def agreement(found_um: np.ndarray, boxes: np.ndarray, size_um: tuple[float, float]) -> Agreement:
    """Match detections and boxes one to one: as many as possible within 5 um, and those with the least distances.

    Only boxes of class 0 away from the border are asked for. A detection that is matched with another box, or lies in
    one or at the border without a match, is left out.

    Args:
        found_um: (n, 2), x and y of the detections from the left and upper edge.
        boxes: (m, 5), class, x and y of the centre, width and height, in shares of the frame.
        size_um: width and height of the frame.
    """
    size = np.array(size_um)
    centres, sides = boxes[:, 1:3] * size, boxes[:, 3:5] * size
    wanted = (boxes[:, 0] == SPERM) & _inside(centres, size)
    offset = np.abs(found_um[:, None] - centres[None])
    distance = np.hypot(offset[..., 0], offset[..., 1])
    one, other = linear_sum_assignment(np.where(distance <= MATCH_UM, distance, 1e6))
    near = distance[one, other] <= MATCH_UM
    one, other = one[near], other[near]
    matched = int(wanted[other].sum())
    within_other = ((offset <= sides[None] / 2).all(axis=2) & ~wanted[None]).any(axis=1)
    false = _inside(found_um, size) & ~within_other
    false[one] = False
    return Agreement(matched, int(wanted.sum()), matched + int(false.sum()))


def _inside(at_um: np.ndarray, size_um: np.ndarray) -> np.ndarray:
    return np.asarray(((at_um >= BORDER_UM) & (at_um <= size_um - BORDER_UM)).all(axis=1))


def _vertex(low: np.ndarray, middle: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Place of a parabola's vertex through values at -1, 0 and 1, whose middle one is the greatest; -0.5 to 0.5."""
    curvature = low - 2 * middle + high
    return np.where(curvature < 0, 0.5 * (low - high) / np.minimum(curvature, -1e-9), 0.0)
