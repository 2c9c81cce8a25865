"""Moves cells along annotated real tracks: positions and directions are annotated, beat, tail and form are simulated.

Annotators drew boxes in some frames and interpolated the others, so the annotated positions lack the side movement of
the heads. They are therefore smoothed to an average path, and the simulated beat moves the head about it.
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
"""Below this speed the direction of a track is not determined; the cell keeps the last one."""

Positions = Float[np.ndarray, "frame 2"]


@dataclass(frozen=True)
class Track:
    """One average path.

    Attributes:
        first_frame: number of its first frame.
        places_um: (frame, 2), positions in the domain.
    """

    first_frame: int
    places_um: Positions

    @property
    def end_frame(self) -> int:
        """One past the last frame."""
        return self.first_frame + len(self.places_um)


def smoothed(places: Positions, fps_hz: float) -> Positions:
    """Smooth a path in time. It is continued by point reflection at its ends, so that these keep their positions."""
    sd = SMOOTH_S * fps_hz
    half = min(int(np.ceil(3 * sd)), len(places) - 1)
    if half < 1:
        return places
    kernel = np.exp(-(np.arange(-half, half + 1) ** 2) / (2 * sd**2))
    before = 2 * places[0] - places[half:0:-1]
    after = 2 * places[-1] - places[-2 : -half - 2 : -1]
    longer = np.concatenate([before, places, after])
    return np.stack([np.convolve(longer[:, axis], kernel / kernel.sum(), "valid") for axis in (0, 1)], axis=1)


def directions(places_um: Positions, fps_hz: float, *, at_rest_rad: float) -> Float[np.ndarray, " frame"]:
    """Compute the direction of a cell along its path, unwrapped; a cell at rest keeps its last direction.

    Args:
        places_um: the smoothed path.
        fps_hz: frame rate.
        at_rest_rad: direction of a cell that never moves.
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
    cells: Cells, tracks: Sequence[Track], rngs: Sequence[np.random.Generator], *, n_frames: int, fps_hz: float
) -> Iterator[Walk]:
    """Move each cell along its track, in chunks of a second; before and after its track a cell is not present.

    Args:
        cells: the cells.
        tracks: the track of each cell.
        rngs: the random stream of each cell's beat.
        n_frames: number of frames of all chunks together.
        fps_hz: frame rate.
    """
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
    for walk in walks(cells, rngs, n_frames=n_frames, fps_hz=fps_hz, chunk=chunk_of(fps_hz)):
        rows = slice(first, first + walk.n_frames + 1)
        yield replace(walk, centre_um=centres[rows], direction_rad=headings[rows], present=present[rows])
        first += walk.n_frames


def _frames(track: Track) -> np.ndarray:
    return np.arange(track.first_frame, track.end_frame)
