"""Counts heads in one frame with a simple blob detector.

Phase contrast shows heads as bright blobs. The difference of two blurred images is large at blobs of a head's size; its
local maxima above the frame's noise are candidates. Bright rims around debris give maxima, too, but lower ones, so only
candidates near the height of the highest ones are counted. Cells that touch count as one, the bright rim of a round
cell as one or two.
"""

import cv2
import numpy as np

from motilens.shapes import GreyFrame

HEAD_SIGMA_SHARE = 0.0047
"""Standard deviation of the blobs, as a share of the longer side: 3 of 640 pixels, the size of heads in VISEM."""

THRESHOLD_NOISE = 7.0
"""Least height of a candidate, in standard deviations of the noise (estimated from the median absolute deviation)."""

LEAST_GREY = 6.0
"""Least height of a candidate in grey levels, so that an empty frame counts 0."""

STRONG_SHARE = 0.5
"""Least height of a head, as a share of the 75th percentile of the candidates' heights."""


def count_heads(frame: GreyFrame) -> int:
    """Count bright heads in a full-size frame.

    Args:
        frame: (y, x), uint8 grey.

    Returns:
        An approximate number of heads. On VISEM-Tracking's participant 82 it is a fifth larger than the number of
        annotated boxes, because round cells count, too.
    """
    sigma_px = max(1.0, HEAD_SIGMA_SHARE * max(frame.shape))
    while sigma_px >= 2.5:
        frame, sigma_px = _halved(frame), sigma_px / 2
    # Half the resolution is enough for the wider, smoother blur.
    surround = cv2.resize(_blurred(_halved(frame), 1.25 * sigma_px), frame.shape[::-1], interpolation=cv2.INTER_LINEAR)
    blobs = cv2.subtract(_blurred(frame, sigma_px), surround)
    sample = np.sort(blobs[::6, ::6], axis=None)
    middle = float(sample[len(sample) // 2])
    noise = 1.4826 * float(np.sort(np.abs(sample - middle))[len(sample) // 2])
    reach = 2 * round(1.5 * sigma_px) + 1
    highest = cv2.dilate(blobs, np.ones((reach, reach), np.uint8)).ravel()
    levels = blobs.ravel()
    bright = np.flatnonzero(levels > middle + max(LEAST_GREY, THRESHOLD_NOISE * noise))
    peaks = bright[levels[bright] == highest[bright]]
    if not len(peaks):
        return 0
    heights = levels[peaks] - middle
    strong = np.sort(heights)[(3 * len(heights)) // 4]
    y, x = np.divmod(peaks[heights >= STRONG_SHARE * strong], blobs.shape[1])
    found = set(zip(y.tolist(), x.tolist(), strict=True))
    # Adjacent maxima of equal height are one head: only the first of them has no neighbour before it.
    return sum(not found & {(i - 1, j - 1), (i - 1, j), (i - 1, j + 1), (i, j - 1)} for i, j in found)


def _halved(frame: np.ndarray) -> np.ndarray:
    height, width = frame.shape[0] // 2, frame.shape[1] // 2
    return cv2.resize(frame[: 2 * height, : 2 * width], (width, height), interpolation=cv2.INTER_AREA)


def _blurred(frame: np.ndarray, sigma_px: float) -> np.ndarray:
    width = 2 * int(np.ceil(2.5 * sigma_px)) + 1
    return cv2.GaussianBlur(frame.astype(np.float32), (width, width), sigma_px)
