"""WHO's motility classes straight from tracks, without any learning.

A piece of a track is rapid or slow by its straight-line velocity. One that is slower than both is non-progressive if
the ring around its head beats, else immotile. Shares are shares of cell-seconds, not of tracks: a fast cell leaves the
view, or is lost and found again, so that it leaves more and shorter tracks than one that stands.
"""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from jaxtyping import Float, Int

from motilens.config import ClassThresholds
from motilens.errors import InputError, TrackError
from motilens.tracking.pieces import Pieces, cut
from motilens.tracking.tracks import Tracks

MotilityClass = Literal["rapid", "slow", "non_progressive", "immotile"]
"""Classes of WHO's laboratory manual, 6th edition (2021); rapid and slow are progressive."""

CLASSES: tuple[MotilityClass, ...] = get_args(MotilityClass)


@dataclass(frozen=True)
class ClassShares:
    """Shares of cell-seconds by WHO's classes; they sum to 100.

    Attributes:
        rapid_pct: progressive, VSL of 25 um/s and more.
        slow_pct: progressive, VSL from 5 to below 25 um/s.
        non_progressive_pct: slower, but beating.
        immotile_pct: neither.
        cell_seconds: seconds that cells were watched, summed over cells.
    """

    rapid_pct: float
    slow_pct: float
    non_progressive_pct: float
    immotile_pct: float
    cell_seconds: float

    @property
    def motility_pct(self) -> tuple[float, float, float]:
        """Progressive, non-progressive, immotile."""
        return self.rapid_pct + self.slow_pct, self.non_progressive_pct, self.immotile_pct


def classify(pieces: Pieces, config: ClassThresholds) -> Int[np.ndarray, " piece"]:
    """Tell the class of each piece, as its place in ``CLASSES``.

    Raises:
        InputError: a piece that stands and whose beat was never measured.
    """
    progressive = pieces.vsl_um_s >= config.progressive_um_s
    if np.isnan(pieces.beat[~progressive]).any():
        raise InputError("tracks without a beat; allowed: tracks of heads that find_heads found")
    moving = np.where(pieces.vsl_um_s >= config.rapid_um_s, 0, 1)
    standing = np.where(pieces.beat >= config.least_beat, 2, 3)
    return np.where(progressive, moving, standing)


def cell_seconds(pieces: Pieces, config: ClassThresholds) -> Float[np.ndarray, "4"]:
    """Sum the seconds of pieces by class, in the order of ``CLASSES``. Raises as ``classify`` does."""
    return np.bincount(classify(pieces, config), weights=pieces.seconds, minlength=len(CLASSES))


def class_shares(tracks: Tracks, config: ClassThresholds | None = None) -> ClassShares:
    """Compute the share of the watched time in which cells swam fast, swam slowly, beat, or did nothing.

    Args:
        tracks: of one video.
        config: where the classes begin.

    Raises:
        TrackError: no track.
        InputError: a piece that stands and whose beat was never measured.
    """
    config = config or ClassThresholds()
    pieces = cut(tracks, window_s=config.window_s)
    if not len(pieces):
        raise TrackError("no track to classify; allowed: at least one; look for heads with a lower least_mass")
    seconds = cell_seconds(pieces, config)
    return ClassShares(*(100 * seconds / seconds.sum()).tolist(), cell_seconds=float(seconds.sum()))
