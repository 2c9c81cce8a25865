"""Counts heads in one frame: the plainest thing to see, and the yardstick for anything cleverer.

Phase contrast shows heads as bright blobs with a dark surround. A difference of two blurs answers to blobs of a head's
size; its local maxima that stand out of the frame's own noise are counted. Cells that touch count as one.
"""

import cv2
import numpy as np

from motilens.arrays import GreyFrame

HEAD_SIGMA_SHARE = 0.0047
"""Spread of the blob looked for, as a share of the longer side: 3 of 640 pixels, a head of 5 x 3 um at VISEM's scale."""

THRESHOLD_NOISE = 7.0
"""A head stands out by at least this many times the frame's noise (median absolute deviation, as a standard deviation)."""

LEAST_GREY = 6.0
"""And by at least this many grey levels, so that an empty frame counts 0."""


def count_heads(frame: GreyFrame) -> int:
    """Count bright heads in a frame at the video's own size.

    Args:
        frame: (y, x), uint8 grey.

    Returns:
        Heads seen. A rough number: within a few tens of percent of hand-drawn boxes on VISEM.
    """
    sigma_px = max(1.0, HEAD_SIGMA_SHARE * max(frame.shape))
    while sigma_px >= 2.5:
        frame = np.asarray(
            cv2.resize(frame, (frame.shape[1] // 2, frame.shape[0] // 2), interpolation=cv2.INTER_AREA), dtype=np.uint8
        )
        sigma_px /= 2
    picture = frame.astype(np.float32)
    blobs = cv2.GaussianBlur(picture, (0, 0), sigma_px) - cv2.GaussianBlur(picture, (0, 0), 2.5 * sigma_px)
    sample = blobs[::2, ::2]
    middle = np.median(sample)
    noise = 1.4826 * float(np.median(np.abs(sample - middle)))
    reach = 2 * round(1.5 * sigma_px) + 1
    peaks = blobs >= cv2.dilate(blobs, np.ones((reach, reach), np.uint8))
    heads = (peaks & (blobs - middle > max(LEAST_GREY, THRESHOLD_NOISE * noise))).astype(np.uint8)
    # Neighbouring pixels of the same height are one head.
    return cv2.connectedComponents(heads, connectivity=8)[0] - 1
