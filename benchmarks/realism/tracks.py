"""Tracks: heads linked and measured with the product's linker and kinematics, ``motilens.tracking``.

A head moves at most as far from frame to frame as in VISEM at 50 frames a second, and at another rate as many
micrometres a second. Tracks of at least a second are measured in pieces of about a second. A piece is progressive if
VSL >= 5 um/s (WHO 2021), still if it is below 1.5 um/s.
"""

from dataclasses import dataclass

import numpy as np

from motilens.config import ClassThresholds, LinkConfig
from motilens.tracking.kinematics import QUANTITIES
from motilens.tracking.link import link_heads
from motilens.tracking.pieces import cut, measure
from motilens.tracking.tracks import Detections, Scale, Tracks

WINDOW_S = 1.0
VISEM_HZ = 50.0
STILL_UM_S = 1.5


def link(heads: Detections, scale: Scale) -> Tracks:
    """Link heads to tracks.

    Args:
        heads: of a clip.
        scale: of its pixels and frames.
    """
    range_px = LinkConfig().search_range_px * VISEM_HZ / scale.fps_hz
    return link_heads(heads, scale=scale, config=LinkConfig(search_range_px=range_px))


@dataclass(frozen=True)
class Seconds:
    """How heads moved in each second of each track.

    Attributes:
        second: (n,), whole seconds from the clip's start to the middle of the piece.
        values: for each of ``QUANTITIES`` (n,).
    """

    second: np.ndarray
    values: dict[str, np.ndarray]

    @property
    def progressive(self) -> np.ndarray:
        """(n,), True where VSL reaches 5 um/s."""
        return self.values["vsl_um_s"] >= ClassThresholds().progressive_um_s

    @property
    def still(self) -> np.ndarray:
        """(n,), True where VSL is below 1.5 um/s."""
        return self.values["vsl_um_s"] < STILL_UM_S

    def shares_pct(self, chosen: np.ndarray) -> np.ndarray:
        """Share of the chosen pieces in each second of the clip, in percent."""
        return np.array([chosen[self.second == each].mean() * 100 for each in np.unique(self.second)])


def seconds_of(tracks: Tracks) -> Seconds:
    """Measure every second of every track that lasts one."""
    pieces = cut(tracks, window_s=WINDOW_S)
    long = np.bincount(pieces.track, pieces.seconds, minlength=len(tracks)) >= WINDOW_S
    chosen = long[pieces.track]
    found = measure(tracks, pieces)
    middle_s = (tracks.frame[pieces.first] + tracks.frame[pieces.last]) / 2 / tracks.scale.fps_hz
    return Seconds(
        middle_s[chosen].astype(int), {name: np.asarray(getattr(found, name))[chosen] for name in QUANTITIES}
    )
