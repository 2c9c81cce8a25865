"""Counts heads in one frame with a blob detector that finds the heads' size by itself.

A head is a blob, bright or dark. The difference of two blurred images is large at blobs of the size of the blur; its
local maxima above the frame's noise are candidates. Rims around debris give maxima, too, but lower ones, so only
candidates near the height of the highest ones are counted. Cells that touch count as one, the bright rim of a round
cell as one or two.

The blur, and whether heads are bright or dark, is chosen by scale selection (Lindeberg 1998, doi
10.1023/A:1008045108935)::

    frame in blocks      differences of blurred images      votes of all blocks
    +---+---+---+        sigma  1.1  1.5  2.1  3.0 ...      sigma: weighted mean, on a log scale
    | o |   | o |   ->   bright  12   31   48   40     ->   polarity: the sum of weights decides
    +---+---+---+        dark    20   15    6    2

Each block votes for the sigma and the polarity of its greatest difference, normalised with ``GAMMA``.
"""

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from jaxtyping import Bool, Float, Float32

from motilens.shapes import GreyFrame

USUAL_SIGMA_SHARE = 0.0047
"""Standard deviation of the blur as a share of the longer side in VISEM's look: 3 of 640 pixels."""

USUAL_OCTAVES = (-1.0, 0.25)
"""The usual blur is used where the estimate differs from it by no more than this, as it does in VISEM and in simulated
videos of its scale: so do bright spots within heads, and heads that lie close together."""

SIGMAS_PX = 1.5 * 2 ** np.arange(-0.5, 3.5, 0.5)
"""Blurs that are compared: 1.06 to 12 pixels, for heads of about 3 to 40."""

HEAD_SIGMAS = 4.4
"""Diameter of a head, in estimated blurs; measured on drawn ellipses."""

WIDENING = 1.25
"""Blur for counting, in estimated ones: a wider blur does not count a large head twice."""

GAMMA = 1.15
"""Exponent of Lindeberg's normalisation; above 1 it prefers the whole head to the bright spots in it."""

BLOCKS = 20
"""Number of blocks along the longer side; each has one vote."""

LEAST_BLOCK_PX = 16
"""Least side of a block."""

VOTING_SHARE = 0.3
"""Least difference of a block that votes, as a share of the 90th percentile."""

THRESHOLD_NOISE = 7.0
"""Least height of a candidate, in standard deviations of the noise (estimated from the median absolute deviation)."""

LEAST_GREY = 6.0
"""Least height of a candidate in grey levels, so that an empty frame counts 0."""

STRONG_SHARE = 0.5
"""Least height of a head, as a share of the 75th percentile of the candidates' heights."""

TRUSTED_CONTRAST = 20.0
"""Least height of trusted heads, in standard deviations of the noise. Crowded heads count as noise themselves; below
this value, a sixth or more of drawn heads was missed."""

TRUSTED_HEADS = 3
"""With fewer heads, their size cannot be told from that of a speck."""

TRUSTED_OCTAVES = 1.1
"""Greatest standard deviation of the votes for sigma. Measured: at most 1.0 in VISEM and simulated videos."""

TRUSTED_MINORITY = 0.3
"""Greatest share of the votes for the polarity that is not chosen."""

TRUSTED_SIGMA_PX = 10.0
"""Greatest blur that is no end of the range."""

Polarity = Literal["bright", "dark"]


@dataclass(frozen=True)
class HeadCount:
    """The heads of a frame.

    Attributes:
        n: their number.
        head_px: their estimated diameter; 0 if nothing stands out.
        polarity: whether they are brighter or darker than the background.
        doubt: why the number may be far off; empty if it may be trusted.
    """

    n: int
    head_px: float
    polarity: Polarity
    doubt: str = ""


def count_heads(frame: GreyFrame) -> int:
    """Count the heads in a full-size frame.

    Args:
        frame: (y, x), uint8 grey.

    Returns:
        An approximate number; ``head_count`` says whether it may be trusted. On VISEM-Tracking's participant 82 it is a
        fifth larger than the number of annotated boxes, because round cells count, too.
    """
    return head_count(frame).n


def head_count(frame: GreyFrame) -> HeadCount:
    """Count the heads in a full-size frame, and say whether the number may be trusted.

    Args:
        frame: (y, x), uint8 grey.
    """
    pyramid = [frame]
    votes = _votes(pyramid)
    if not votes.weight.any():
        return HeadCount(0, 0.0, "bright", "nothing stands out from the background")
    dark_share = votes.dark_share()
    polarity: Polarity = "dark" if dark_share > 0.5 else "bright"
    sigma_px, octaves = votes.sigma(polarity)
    usual_px = max(1.0, USUAL_SIGMA_SHARE * max(frame.shape))
    is_usual = USUAL_OCTAVES[0] <= np.log2(sigma_px / usual_px) <= USUAL_OCTAVES[1]
    n, contrast = _count(pyramid, usual_px if is_usual else WIDENING * sigma_px, polarity)
    if not is_usual and contrast < TRUSTED_CONTRAST:  # crowded heads make the estimate too large, and some are missed
        n, contrast = max((n, contrast), _count(pyramid, usual_px, polarity))
    doubt = ""
    if n and contrast < TRUSTED_CONTRAST:
        doubt = f"heads are faint or crowded: {contrast:.0f} times the noise, {TRUSTED_CONTRAST:.0f} are needed"
    elif n < TRUSTED_HEADS:
        doubt = f"only {n} found, too few to know how large heads are"
    elif min(dark_share, 1 - dark_share) > TRUSTED_MINORITY:
        doubt = "bright and dark blobs stand out alike"
    elif octaves > TRUSTED_OCTAVES:
        doubt = "blobs of very different sizes stand out alike"
    elif sigma_px > TRUSTED_SIGMA_PX:
        doubt = (
            f"heads may be larger than {HEAD_SIGMAS * TRUSTED_SIGMA_PX:.0f} pixels, the largest that are counted well"
        )
    return HeadCount(n, HEAD_SIGMAS * sigma_px, polarity, doubt)


@dataclass(frozen=True)
class _Votes:
    """One vote for each block of a frame.

    Attributes:
        octave: logarithm of the sigma, to base 2.
        dark: whether the block votes for dark heads.
        weight: its greatest normalised difference; 0 if it does not vote.
    """

    octave: Float[np.ndarray, " block"]
    dark: Bool[np.ndarray, " block"]
    weight: Float[np.ndarray, " block"]

    def dark_share(self) -> float:
        """Compute the dark blocks' share of the votes; the sixth power puts contrast before number."""
        weight = self.weight**6
        return float(weight[self.dark].sum() / weight.sum())

    def sigma(self, polarity: Polarity) -> tuple[float, float]:
        """Average the votes for a polarity: the sigma in pixels, and the votes' standard deviation in octaves."""
        weight = self.weight**2 * (self.dark == (polarity == "dark"))
        mean = np.average(self.octave, weights=weight)
        return float(2**mean), float(np.sqrt(np.average((self.octave - mean) ** 2, weights=weight)))


def _votes(pyramid: list[np.ndarray]) -> _Votes:
    frame = pyramid[0]
    sigmas_px = [sigma_px for sigma_px in SIGMAS_PX if sigma_px <= min(frame.shape) / 8] or [SIGMAS_PX[0]]
    block_px = max(LEAST_BLOCK_PX, max(frame.shape) // BLOCKS)
    shape = max(1, frame.shape[0] // block_px), max(1, frame.shape[1] // block_px)
    greatest = []
    for sigma_px in sigmas_px:
        blobs, _ = _blobs(pyramid, sigma_px, widest_px=1.8)
        middle, noise = _background(blobs)
        both = np.stack([_blocks(blobs, np.maximum, shape) - middle, middle - _blocks(blobs, np.minimum, shape)])
        greatest.append(
            np.where(both > max(LEAST_GREY, THRESHOLD_NOISE * noise), both, 0) * sigma_px ** (2 * GAMMA - 2)
        )
    each = np.stack(greatest).reshape(2 * len(sigmas_px), -1)
    winner, weight = each.argmax(axis=0), each.max(axis=0)
    least = VOTING_SHARE * np.sort(weight)[(9 * len(weight)) // 10]
    return _Votes(np.log2(sigmas_px)[winner // 2], winner % 2 == 1, np.where(weight >= least, weight, 0))


def _blocks(
    image: Float32[np.ndarray, "y x"], extreme: np.ufunc, shape: tuple[int, int]
) -> Float32[np.ndarray, " block"]:
    """Reduce each block to its extreme value; what remains at the edges is left out."""
    n_rows, n_columns = shape
    height, width = image.shape[0] // n_rows, image.shape[1] // n_columns
    rows = extreme.reduce(image[: n_rows * height, : n_columns * width].reshape(n_rows, height, -1), axis=1)
    return extreme.reduce(rows.reshape(n_rows, n_columns, width), axis=2).ravel()


def _count(pyramid: list[np.ndarray], sigma_px: float, polarity: Polarity) -> tuple[int, float]:
    """Count the heads of a size; with it comes the height of the strong ones, in standard deviations of the noise."""
    blobs, sigma_px = _blobs(pyramid, sigma_px)
    if polarity == "dark":
        blobs = -blobs
    middle, noise = _background(blobs)
    reach = 2 * round(1.5 * sigma_px) + 1
    highest = cv2.dilate(blobs, np.ones((reach, reach), np.uint8)).ravel()
    levels = blobs.ravel()
    standing_out = np.flatnonzero(levels > middle + max(LEAST_GREY, THRESHOLD_NOISE * noise))
    peaks = standing_out[levels[standing_out] == highest[standing_out]]
    if not len(peaks):
        return 0, 0.0
    heights = levels[peaks] - middle
    strong = np.sort(heights)[(3 * len(heights)) // 4]
    y, x = np.divmod(peaks[heights >= STRONG_SHARE * strong], blobs.shape[1])
    found = set(zip(y.tolist(), x.tolist(), strict=True))
    # Adjacent maxima of equal height are one head: only the first of them has no neighbour before it.
    n = sum(not found & {(i - 1, j - 1), (i - 1, j), (i - 1, j + 1), (i, j - 1)} for i, j in found)
    return n, float(strong) / noise if noise else float("inf")


def _blobs(
    pyramid: list[np.ndarray], sigma_px: float, *, widest_px: float = 2.5
) -> tuple[Float32[np.ndarray, "y x"], float]:
    """Subtract the surround; the result is shrunk, and comes with its blur in its own pixels.

    Args:
        pyramid: the frame, each further one half as large; missing ones are appended.
        sigma_px: blur, in pixels of the frame.
        widest_px: the result is halved until the blur is less than that.
    """
    level = 0
    while sigma_px >= widest_px:
        level, sigma_px = level + 1, sigma_px / 2
    while len(pyramid) < level + 2:
        pyramid.append(_halved(pyramid[-1]))
    frame, smaller = pyramid[level : level + 2]
    # Half the resolution is enough for the wider, smoother blur.
    surround = cv2.resize(_blurred(smaller, 1.25 * sigma_px), frame.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return cv2.subtract(_blurred(frame, sigma_px), surround, dst=surround), sigma_px


def _background(blobs: Float32[np.ndarray, "y x"]) -> tuple[float, float]:
    """Estimate the differences' median, and the standard deviation of the noise, from a sample."""
    sample = np.sort(blobs[::6, ::6], axis=None)
    middle = float(sample[len(sample) // 2])
    return middle, 1.4826 * float(np.sort(np.abs(sample - middle))[len(sample) // 2])


def _halved(frame: np.ndarray) -> np.ndarray:
    height, width = max(1, frame.shape[0] // 2), max(1, frame.shape[1] // 2)
    return cv2.resize(frame[: 2 * height, : 2 * width], (width, height), interpolation=cv2.INTER_AREA)


def _blurred(frame: np.ndarray, sigma_px: float) -> np.ndarray:
    # Gives what GaussianBlur gives, without a copy in floating point, which takes longer than the blur.
    kernel = cv2.getGaussianKernel(2 * int(np.ceil(2.5 * sigma_px)) + 1, sigma_px, cv2.CV_32F)
    return cv2.sepFilter2D(frame, cv2.CV_32F, kernel, kernel)
