"""Heads: found in every source with the product's detector, ``motilens.tracking.detect``.

trackpy's ``locate`` finds bright spots. Heads are bright in VISEM, and dark in a simulator that draws them so; frames
with dark heads are inverted. The polarity of a clip is the one whose strongest spots have the larger mass: on the real
clip bright (2,202 against 1,499), on the yardstick dark (2,136 against 987). The least mass of a head is chosen by
``head_mass`` for each clip, so that a dim clip and a bright one are measured alike. Bright round cells are found too:
nothing distinguishes them from heads.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from motilens.config import DetectConfig
from motilens.tracking import detect
from motilens.tracking.detect import LeastMass, head_mass, locate
from motilens.tracking.tracks import Detections, Scale

from .clip import Clip

STRONGEST = 10
"""Spots of a frame whose mean mass decides the polarity."""

_SURVEY_FRAMES = 16


@dataclass(frozen=True)
class HeadRule:
    """What counts as a head in one clip.

    Attributes:
        config: of the detector, with the clip's polarity.
        least_mass: of a head.
    """

    config: DetectConfig
    least_mass: LeastMass

    @property
    def why_none(self) -> str:
        """Why a clip has no heads, where it has none."""
        return f"no heads: no {self.config.polarity} spot has a mass above {self.least_mass.mass:.0f}"


def head_rule(clip: Clip) -> HeadRule:
    """Set the rule from some frames of the clip."""
    frames = [clip.frames[number] for number in clip.some(_SURVEY_FRAMES)]
    diameter_px = DetectConfig().diameter_px
    bright, dark = (
        np.median([np.sort(locate(frame, diameter_px, 0.0)[:, 2])[-STRONGEST:].sum() / STRONGEST for frame in seen])
        for seen in (frames, [255 - frame for frame in frames])
    )
    config = DetectConfig(polarity="bright" if bright >= dark else "dark")
    return HeadRule(config, head_mass(frames, config))


def find_heads(clip: Clip, rule: HeadRule) -> Detections:
    """Find the heads in every frame."""
    scale = Scale(clip.um_per_px, clip.fps_hz)
    return detect.find_heads(clip.frames, scale=scale, least_mass=rule.least_mass.mass, config=rule.config)


def in_frames(heads: Detections) -> list[np.ndarray]:
    """Positions of the heads in each frame: (n, 2), x and y in pixels."""
    at = np.stack([heads.x_px, heads.y_px], axis=1)
    bounds = np.searchsorted(heads.frame, np.arange(heads.n_frames + 1))
    return [at[start:stop] for start, stop in pairwise(bounds)]


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
