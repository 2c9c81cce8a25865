"""Cuts tracks into pieces of about a second and measures each.

A long track is not measured from end to end: a cell that swims in a circle would come back to where it was, and a cell
that rests for a while would be half as fast as it swims.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import Float, Int

from motilens.errors import InputError
from motilens.tracking.kinematics import QUANTITIES, Kinematics, kinematics, straight_line_um_s
from motilens.tracking.tracks import Tracks

PerPiece = Float[np.ndarray, " piece"]


@dataclass(frozen=True)
class Pieces:
    """Pieces of tracks, track by track.

    Attributes:
        track: number of the track that each is a piece of.
        first, last: numbers of its first and last point among those of the tracks.
        seconds: from its first to its last point.
        vsl_um_s: straight-line velocity.
        beat: median over its points of how much more the ring around the head changes than the background.
    """

    track: Int[np.ndarray, " piece"]
    first: Int[np.ndarray, " piece"]
    last: Int[np.ndarray, " piece"]
    seconds: PerPiece
    vsl_um_s: PerPiece
    beat: PerPiece

    def __len__(self) -> int:
        return len(self.track)


def cut(tracks: Tracks, *, window_s: float) -> Pieces:
    """Cut tracks into pieces of about equal length; neighbours share the point where they meet.

    Args:
        tracks: to be cut; measured without their drift.
        window_s: desired length; a track is cut into the number of equal pieces that comes nearest to it, at least one.

    Raises:
        InputError: a window of no length.
    """
    if not window_s > 0:
        raise InputError(f"pieces of {window_s} s; allowed: above 0")
    fps_hz = tracks.scale.fps_hz
    rows = []
    for k, points in enumerate(np.split(np.arange(len(tracks.track)), tracks.starts[1:])):
        if not len(points):
            continue
        frames = tracks.frame[points]
        n = max(1, round(float(frames[-1] - frames[0]) / (window_s * fps_hz)))
        edges = points[np.searchsorted(frames, np.linspace(frames[0], frames[-1], n + 1))]
        # A gap longer than a piece leaves one without length, and without weight.
        rows += [(k, first, last) for first, last in pairwise(edges.tolist()) if last > first]
    track, first, last = np.array(rows, np.int64).reshape(-1, 3).T
    seconds = (tracks.frame[last] - tracks.frame[first]) / fps_hz
    places = tracks.places_um()
    return Pieces(
        track=track,
        first=first,
        last=last,
        seconds=seconds,
        vsl_um_s=straight_line_um_s(places[first], places[last], seconds),
        beat=np.array([_median(tracks.beat[a : b + 1]) for a, b in zip(first, last, strict=True)], np.float64),
    )


def measure(tracks: Tracks, pieces: Pieces) -> Kinematics:
    """Measure each piece. Positions in frames where the head was not found are interpolated linearly.

    Args:
        tracks: measured without their drift.
        pieces: of these tracks.

    Returns:
        One value for each piece.
    """
    places, fps_hz = tracks.places_um(), tracks.scale.fps_hz
    rows = []
    for first, last in zip(pieces.first, pieces.last, strict=True):
        frames = tracks.frame[first : last + 1]
        every = np.arange(frames[0], frames[-1] + 1)
        path = np.stack([np.interp(every, frames, places[first : last + 1, axis]) for axis in (0, 1)], axis=1)
        found = kinematics(path[:, None], fps_hz=fps_hz)
        rows.append([getattr(found, name)[0] for name in QUANTITIES])
    return Kinematics(*np.array(rows, np.float64).reshape(-1, len(QUANTITIES)).T)


def _median(beat: np.ndarray) -> float:
    known = beat[~np.isnan(beat)]
    return float(np.median(known)) if len(known) else float("nan")
