"""WHO's classes straight from tracks: nothing is learned.

A track is cut into pieces of about a second. A piece is rapid, slow, or stands, by its straight-line velocity; one that
stands is non-progressive if the ring around its head beats, else immotile. Shares are shares of cell-seconds, not of
tracks: a fast cell leaves the view, or is lost and found again, so that it leaves more and shorter tracks than one that
stands.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import Float, Int

from motilens.errors import InputError, TrackError
from motilens.tracks.settings import PhysicsConfig
from motilens.tracks.values import Tracks

PerPiece = Float[np.ndarray, " piece"]


@dataclass(frozen=True)
class Pieces:
    """Pieces of tracks, track by track.

    Attributes:
        track: which track each belongs to.
        seconds: from its first to its last place.
        vsl_um_s: distance from the first to the last place, over time.
        beat: median over its frames of the ring's change over the background's.
    """

    track: Int[np.ndarray, " piece"]
    seconds: PerPiece
    vsl_um_s: PerPiece
    beat: PerPiece


@dataclass(frozen=True)
class ClassShares:
    """Shares of cell-seconds by WHO's classes (laboratory manual, 6th edition, 2021); they sum to 100.

    Attributes:
        rapid_pct: progressive, VSL of 25 um/s and more.
        slow_pct: progressive, below that, from 5 um/s.
        non_progressive_pct: slower, but beating.
        immotile_pct: neither.
        cell_seconds: watched.
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


def cut(tracks: Tracks, *, window_s: float) -> Pieces:
    """Measure tracks over pieces of about equal length; neighbours share the place where they meet.

    Args:
        tracks: some; the drift is taken off.
        window_s: wished length; a track is cut into as many equal pieces as come nearest to it, at least one.

    Raises:
        InputError: a window of no length.
    """
    if not window_s > 0:
        raise InputError(f"pieces of {window_s} s; allowed: above 0")
    places, fps_hz = tracks.places_um(), tracks.scale.fps_hz
    rows = []
    for k, points in enumerate(np.split(np.arange(len(tracks.track)), tracks.starts[1:])):
        if not len(points):
            continue
        frames = tracks.frame[points]
        n = max(1, round(float(frames[-1] - frames[0]) / (window_s * fps_hz)))
        edges = points[np.searchsorted(frames, np.linspace(frames[0], frames[-1], n + 1))]
        for begin, end in pairwise(edges):
            seconds = float(tracks.frame[end] - tracks.frame[begin]) / fps_hz
            if seconds > 0:  # a gap longer than a piece leaves one without length, and without weight
                vsl = float(np.hypot(*(places[end] - places[begin]))) / seconds
                rows.append((k, seconds, vsl, _median(tracks.beat[begin : end + 1])))
    table = np.array(rows, np.float64).reshape(-1, 4)
    return Pieces(track=table[:, 0].astype(np.int64), seconds=table[:, 1], vsl_um_s=table[:, 2], beat=table[:, 3])


def class_shares(tracks: Tracks, config: PhysicsConfig | None = None) -> ClassShares:
    """Say what share of the time that cells were watched they swam fast, slowly, beat, or did nothing.

    Args:
        tracks: of one video.
        config: where the classes begin.

    Raises:
        TrackError: no track.
        InputError: a beat was measured nowhere along a piece that stands.
    """
    config = config or PhysicsConfig()
    pieces = cut(tracks, window_s=config.window_s)
    if not len(pieces.seconds):
        raise TrackError("no track to classify; allowed: at least one; look for heads with a lower least_mass")
    rapid = pieces.vsl_um_s >= config.rapid_um_s
    progressive = pieces.vsl_um_s >= config.progressive_um_s
    if np.isnan(pieces.beat[~progressive]).any():
        raise InputError("tracks without a beat; allowed: those of heads that find_heads found")
    beats = ~progressive & (pieces.beat >= config.least_beat)
    total = float(pieces.seconds.sum())

    def share(which: np.ndarray) -> float:
        return 100 * float(pieces.seconds[which].sum()) / total

    return ClassShares(
        rapid_pct=share(rapid),
        slow_pct=share(progressive & ~rapid),
        non_progressive_pct=share(beats),
        immotile_pct=share(~progressive & ~beats),
        cell_seconds=total,
    )


def _median(beat: np.ndarray) -> float:
    known = beat[~np.isnan(beat)]
    return float(np.median(known)) if len(known) else float("nan")
