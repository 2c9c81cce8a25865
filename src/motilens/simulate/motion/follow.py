"""Cells along real tracks: places and directions are those of people's annotation, beat, tail and build are ours.

Annotators drew some boxes and had the rest filled in, so the side movement of the heads is lost in them: places are
smoothed to an average path, and the cell's own beat moves the head about it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from motilens.simulate.cells import Cells
from motilens.simulate.motion.walk import Walk, chunk_of, walks

SMOOTH_S = 0.12
"""Standard deviation of the smoothing in time."""

HEADED_UM_S = 3.0
"""Slower than this a track has no direction; the cell keeps the one that it had."""

Way = Float[np.ndarray, "frame 2"]


@dataclass(frozen=True)
class Track:
    """One average path.

    Attributes:
        first_frame: when it begins.
        places_um: (frame, 2), places in the room.
    """

    first_frame: int
    places_um: Way

    @property
    def end_frame(self) -> int:
        """One past the last."""
        return self.first_frame + len(self.places_um)


def smoothed(places: Way, fps_hz: float) -> Way:
    """Smooth a path in time; beyond its ends it is mirrored through them, so that they stay where they are."""
    sd = SMOOTH_S * fps_hz
    half = min(int(np.ceil(3 * sd)), len(places) - 1)
    if half < 1:
        return places
    kernel = np.exp(-(np.arange(-half, half + 1) ** 2) / (2 * sd**2))
    before = 2 * places[0] - places[half:0:-1]
    after = 2 * places[-1] - places[-2 : -half - 2 : -1]
    longer = np.concatenate([before, places, after])
    return np.stack([np.convolve(longer[:, axis], kernel / kernel.sum(), "valid") for axis in (0, 1)], axis=1)


def directions(places_um: Way, fps_hz: float, *, at_rest_rad: float) -> Float[np.ndarray, " frame"]:
    """Where a cell on this path heads, without jumps of a turn; a cell that stands keeps the direction it had.

    Args:
        places_um: the smoothed path.
        fps_hz: frames a second.
        at_rest_rad: of a cell that never moves.
    """
    if len(places_um) < 2:
        return np.full(len(places_um), at_rest_rad)
    velocity = np.gradient(places_um, axis=0) * fps_hz
    moving = np.flatnonzero(np.hypot(velocity[:, 0], velocity[:, 1]) >= HEADED_UM_S)
    if len(moving) == 0:
        return np.full(len(places_um), at_rest_rad)
    heading = np.unwrap(np.arctan2(velocity[moving, 1], velocity[moving, 0]))
    return np.interp(np.arange(len(places_um)), moving, heading)


def follow(
    cells: Cells, tracks: Sequence[Track], chance: Sequence[np.random.Generator], *, n_frames: int, fps_hz: float
) -> Iterator[Walk]:
    """Let each cell follow its track, chunk after chunk of a second; before and after it, the cell is not there."""
    every = np.arange(n_frames + 1)
    centres = np.stack(
        [
            np.stack([np.interp(every, _frames(track), track.places_um[:, axis]) for axis in (0, 1)], axis=1)
            for track in tracks
        ],
        axis=1,
    )
    headings = np.stack(
        [
            np.interp(every, _frames(track), directions(track.places_um, fps_hz, at_rest_rad=float(rest)))
            for track, rest in zip(tracks, cells.heading_rad, strict=True)
        ],
        axis=1,
    )
    present = np.stack([(every >= track.first_frame) & (every < track.end_frame) for track in tracks], axis=1)
    first = 0
    for walk in walks(cells, chance, n_frames=n_frames, fps_hz=fps_hz, chunk=chunk_of(fps_hz)):
        rows = slice(first, first + walk.n_frames + 1)
        yield replace(walk, centre_um=centres[rows], direction_rad=headings[rows], present=present[rows])
        first += walk.n_frames


def _frames(track: Track) -> np.ndarray:
    return np.arange(track.first_frame, track.end_frame)
