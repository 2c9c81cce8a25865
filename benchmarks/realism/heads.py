"""Heads: found in every source by one rule, set by the source's own strongest spots.

A difference of Gaussians (2 and 4 px) of the grey above the local background answers to spots of a head's size. The
reference is the median over frames of the mean of the three strongest answers; a head is a local maximum above 0.45 of
it. So a dim clip and a bright clip are measured alike, and on the real clip the threshold lies in the gap between heads
and refractile dirt. Bright round cells are found too, once or twice each: they are bright spots and nothing tells them
apart. Where the dark spots answer more strongly than the bright ones (a simulator that draws dark heads) the dark ones
are the heads; the polarity is told with the result.

Positions are refined as Crocker and Grier (1996, doi 10.1006/jcis.1996.0217) do: the centroid of the band-passed grey
in a disc of 11 px, moved until it is centred.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from .background import residual
from .clip import Clip

FRACTION = 0.45
STRONGEST = 3
LEAST_REFERENCE_GREY = 8.0
RADIUS_PX = 6
DISC_PX = 5
_SURVEY_FRAMES = 16
_Y, _X = np.mgrid[-DISC_PX : DISC_PX + 1, -DISC_PX : DISC_PX + 1]
_DISC = (_X**2 + _Y**2 <= (DISC_PX + 0.5) ** 2).astype(np.float32)
_NEIGHBOURS = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * RADIUS_PX + 1, 2 * RADIUS_PX + 1))


@dataclass(frozen=True)
class HeadRule:
    """What counts as a head in one clip.

    Attributes:
        polarity: 1 for bright heads, -1 for dark ones.
        reference_grey: answer of the strongest spots.
        threshold_grey: least answer of a head.
    """

    polarity: int
    reference_grey: float
    threshold_grey: float

    @property
    def why_none(self) -> str | None:
        """Why no heads can be told from the background; None where they can."""
        if self.reference_grey >= LEAST_REFERENCE_GREY:
            return None
        return (
            f"no heads: the strongest spots answer with {self.reference_grey:.1f} grey, at least"
            f" {LEAST_REFERENCE_GREY:.0f} is needed"
        )


def spots(above: np.ndarray) -> np.ndarray:
    """Answer to spots of a head's size: (y, x), float32 grey."""
    return cv2.GaussianBlur(above, (0, 0), 2.0) - cv2.GaussianBlur(above, (0, 0), 4.0)


def _maxima(answer: np.ndarray) -> np.ndarray:
    return answer >= cv2.dilate(answer, _NEIGHBOURS)


def head_rule(clip: Clip) -> HeadRule:
    """Set the rule from some frames of the clip."""
    strongest: dict[int, list[float]] = {1: [], -1: []}
    for number in clip.some(_SURVEY_FRAMES):
        answer = spots(residual(clip.frames[number]))
        for polarity, found in strongest.items():
            found.append(float(np.sort((polarity * answer)[_maxima(polarity * answer)])[-STRONGEST:].mean()))
    reference = {polarity: float(np.median(found)) for polarity, found in strongest.items()}
    polarity = 1 if reference[1] >= reference[-1] else -1
    return HeadRule(polarity, reference[polarity], FRACTION * reference[polarity])


def find_heads(above: np.ndarray, rule: HeadRule) -> np.ndarray:
    """Heads in one frame.

    Args:
        above: (y, x), grey above the local background.
        rule: of the clip.

    Returns:
        (n, 2), float, x and y in pixels.
    """
    if rule.why_none:
        return np.zeros((0, 2))
    signed = rule.polarity * above
    answer = spots(signed)
    ys, xs = np.nonzero(_maxima(answer) & (answer > rule.threshold_grey))
    band = cv2.GaussianBlur(signed, (0, 0), 1) - cv2.blur(signed, (2 * DISC_PX + 1,) * 2)
    return _centred(np.pad(np.maximum(band, 0), DISC_PX), np.stack([xs, ys], axis=1), above.shape)


def _centred(padded: np.ndarray, at: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    limit = np.array([shape[1] - 1, shape[0] - 1])
    offset = np.zeros(at.shape)
    for _ in range(8):
        cut = padded[at[:, 1, None, None] + DISC_PX + _Y, at[:, 0, None, None] + DISC_PX + _X] * _DISC
        mass = np.maximum(cut.sum((1, 2)), 1e-6)
        offset = np.stack([(cut * _X).sum((1, 2)) / mass, (cut * _Y).sum((1, 2)) / mass], axis=1)
        step = np.where(np.abs(offset) > 0.6, np.sign(offset), 0).astype(int)
        moved = np.clip(at + step, 0, limit)
        if np.array_equal(moved, at):
            break
        at = moved
    return at + np.clip(offset, -1, 1)


def heads_of(clip: Clip, rule: HeadRule) -> list[np.ndarray]:
    """Heads in every frame: for each (n, 2), x and y in pixels."""
    return [find_heads(residual(frame), rule) for frame in clip.frames]


def radial_profiles(above: np.ndarray, heads: np.ndarray, edges_px: np.ndarray) -> np.ndarray:
    """Mean grey above the local background in rings around each head that lies wholly inside.

    Args:
        above: (y, x), grey above the local background.
        heads: (n, 2), x and y.
        edges_px: (k + 1,), the rings' radii; rings that hold no pixel centre are not allowed.

    Returns:
        (m, k), grey; m at most n.
    """
    reach = int(np.ceil(edges_px[-1])) + 1
    height, width = above.shape
    inside = (heads >= reach).all(axis=1) & (heads <= np.array([width, height]) - reach - 1).all(axis=1)
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    profiles = []
    for head_x, head_y in heads[inside]:
        column, row = round(head_x), round(head_y)
        radius = np.hypot(x - (head_x - column), y - (head_y - row)).ravel()
        ring = np.digitize(radius, edges_px) - 1
        valid = (ring >= 0) & (ring < len(edges_px) - 1)
        cut = above[row - reach : row + reach + 1, column - reach : column + reach + 1].ravel()
        n = np.bincount(ring[valid], minlength=len(edges_px) - 1)
        profiles.append(np.bincount(ring[valid], cut[valid], minlength=len(edges_px) - 1) / n)
    return np.array(profiles).reshape(-1, len(edges_px) - 1)
