"""Specks: small dark compact spots that are no part of a cell.

Connected pixels at least 10 grey below the local background, 3-200 of them, that fill at least 0.4 of their bounding
box, which is at most three times as long as wide; not within 12 px of a head and not mostly on a tail. On the real clip
this rule gives what the simulator's reference calls specks: 250-290 a frame, median area 8-9 px, 90th percentile 24-29.
A threshold of 6 grey would find about twice as many, of the same size.
"""

from dataclasses import dataclass

import cv2
import numpy as np

THRESHOLD_GREY = 10.0
AREA_PX = (3, 200)
HEAD_PX = 12.0


@dataclass(frozen=True)
class Specks:
    """Specks of one frame.

    Attributes:
        at_px: (n, 2), x and y.
        area_px: (n,).
        depth_grey: (n,), of the darkest pixel below local background.
    """

    at_px: np.ndarray
    area_px: np.ndarray
    depth_grey: np.ndarray


def find_specks(above: np.ndarray, heads: np.ndarray, tail_mask: np.ndarray) -> Specks:
    """Find the specks of one frame.

    Args:
        above: (y, x), grey above the local background.
        heads: (n, 2), x and y.
        tail_mask: (y, x), True on tails.
    """
    dark = above <= -THRESHOLD_GREY
    n, label, stats, centres = cv2.connectedComponentsWithStats(dark.astype(np.uint8), connectivity=8)
    label = label.astype(np.intp)
    width, height, area = stats[:, 2], stats[:, 3], stats[:, 4]
    on_tail = np.bincount(label[tail_mask & dark], minlength=n)
    deepest = np.zeros(n)
    np.maximum.at(deepest, label[dark], -above[dark])
    keep = (area >= AREA_PX[0]) & (area <= AREA_PX[1]) & (on_tail < 0.5 * area)
    keep &= (area >= 0.4 * width * height) & (np.maximum(width, height) <= 3 * np.minimum(width, height))
    if len(heads):
        keep &= np.linalg.norm(centres[:, None] - heads[None], axis=2).min(axis=1) > HEAD_PX
    keep[0] = False
    return Specks(centres[keep], area[keep], deepest[keep])
