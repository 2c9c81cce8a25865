"""Computes the positions of heads and tails at a given time; one beat moves both.

The tail's direction at arc length s, relative to straight back, is its resting shape plus a wave that runs to the tip
with growing amplitude::

    angle(s, t) = resting(s) + effort * amplitude(s) * sin(phase(t) - 2 pi s / wavelength)
    amplitude(s) = yaw + (tip - yaw) * (s / length)^0.7

The head is rigid and continues the neck, so it yaws by angle(0, t) at the frequency of the beat. A head that points to
one side moves to that side, so its side movement lags the yaw by a quarter of a beat.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from motilens.simulate.cells import Cells, PerCell
from motilens.simulate.motion.walk import Walk

_GROWTH = 0.7


@dataclass(frozen=True)
class Pose:
    """All cells of a field at one time.

    Attributes:
        head_um: centre of each head, x and y.
        axis_rad: direction of each head.
        tails_um: points along each tail, from root to tip.
    """

    head_um: Float[np.ndarray, "cell 2"]
    axis_rad: PerCell
    tails_um: Float[np.ndarray, "tail point 2"]


def heads(cells: Cells, walk: Walk, frame: float | int) -> tuple[Float[np.ndarray, "cell 2"], PerCell]:
    """Compute centres and directions of the heads at a frame of the walk, or between two frames."""
    centre, direction, phase, effort = _between(walk, frame)
    aside = -cells.side_um * effort * (np.cos(phase) * (cells.beat_hz > 0))
    normal = np.stack([-np.sin(direction), np.cos(direction)], axis=1)
    return centre + aside[:, None] * normal, direction + cells.yaw_rad * effort * np.sin(phase)


def pose(cells: Cells, walk: Walk, frame: float | int) -> Pose:
    """Compute heads and tails at a frame of the walk, or between two frames.

    Args:
        cells: the cells.
        walk: a chunk of their paths.
        frame: 0 to the chunk's number of frames.
    """
    head, axis = heads(cells, walk, frame)
    _, direction, phase, effort = _between(walk, frame)
    of = cells.tail_of
    n = cells.resting_rad.shape[1]
    share = (np.arange(n) + 0.5) / n
    s = cells.tail_um[:, None] * share
    amplitude = cells.yaw_rad[of, None] + (cells.tip_rad - cells.yaw_rad)[of, None] * share**_GROWTH
    wave = amplitude * np.sin(phase[of, None] - 2 * np.pi * s / cells.wavelength_um[of, None])
    angle = (direction + np.pi)[of, None] + cells.resting_rad + effort[of, None] * wave
    cos, sin = np.cos(axis)[of], np.sin(axis)[of]
    x, y = cells.root_um[:, 0], cells.root_um[:, 1]
    root = head[of] + np.stack([cos * x - sin * y, sin * x + cos * y], axis=1)
    pieces = (cells.tail_um / n)[:, None, None] * np.stack([np.cos(angle), np.sin(angle)], axis=2)
    points = np.concatenate([root[:, None], root[:, None] + np.cumsum(pieces, axis=1)], axis=1)
    return Pose(head, axis, points)


def _between(walk: Walk, frame: float | int) -> tuple[np.ndarray, ...]:
    """Interpolate the walk's rows at a time between frames."""
    k = min(int(frame), walk.n_frames - 1)
    w = frame - k
    rows = (walk.centre_um, walk.direction_rad, walk.phase_rad, walk.effort)
    if w == 0:
        return tuple(row[k] for row in rows)
    return tuple((1 - w) * row[k] + w * row[k + 1] for row in rows)
