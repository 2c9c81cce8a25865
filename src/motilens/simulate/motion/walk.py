"""Simulates the average path and the beat of each cell, frame by frame: a correlated random walk.

A walk is simulated in chunks, so memory does not grow with a video's length. Frame ``k`` of a chunk that begins at
frame ``n`` is at the time ``(n + k) / fps``. A chunk of T frames has T + 1 rows, of which the last is the first of the
next chunk::

    chunk 1    0 1 2 ... T
    chunk 2              T ... 2T      both have row T: poses between frames need a row on either side

The direction turns at a constant rate plus random turning; the position is the sum of steps in that direction, flow and
Brownian motion; and the phase of the beat grows with a frequency that fluctuates where the beat is irregular.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float

from motilens.simulate.cells import Cells

Places = Float[np.ndarray, "frame cell 2"]
PerFrame = Float[np.ndarray, "frame cell"]

_CORRELATION_S = 0.25
"""Correlation time of the fluctuations of an irregular beat."""


@dataclass(frozen=True)
class Walk:
    """Average paths and beats of a chunk; every array has one row more than the chunk has frames.

    Attributes:
        centre_um: positions on the average path, x and y.
        direction_rad: direction of the path.
        phase_rad: phase of the beat.
        effort: amplitude of the beat, relative to the cell's usual one.
        present: whether the cell exists at that time; a real track begins and ends.
    """

    centre_um: Places
    direction_rad: PerFrame
    phase_rad: PerFrame
    effort: PerFrame
    present: Bool[np.ndarray, "frame cell"]

    @property
    def n_frames(self) -> int:
        """Number of frames of the chunk."""
        return len(self.centre_um) - 1

    @cached_property
    def still(self) -> Bool[np.ndarray, " cell"]:
        """Whether each cell exists and moves nothing, head or tail, in the whole chunk."""
        same = self.present.all(axis=0)
        for rows in (self.centre_um[..., 0], self.centre_um[..., 1], self.direction_rad, self.phase_rad, self.effort):
            same &= (rows == rows[0]).all(axis=0)
        return same


def chunk_of(fps_hz: float) -> int:
    """Number of frames of about a second, at least one."""
    return max(1, round(fps_hz))


def walks(
    cells: Cells,
    rngs: Sequence[np.random.Generator],
    *,
    n_frames: int,
    fps_hz: float,
    flow_um_s: tuple[float, float] = (0.0, 0.0),
    chunk: int = 50,
) -> Iterator[Walk]:
    """Simulate the walk, chunk after chunk.

    Args:
        cells: the cells.
        rngs: the random stream of each cell.
        n_frames: number of frames of all chunks together.
        fps_hz: frame rate.
        flow_um_s: velocity of the fluid, x and y; it carries every cell that is not stuck.
        chunk: number of frames of a chunk; the result does not depend on it.
    """
    centre = np.stack([cells.x_um, cells.y_um], axis=1)
    direction, phase = cells.heading_rad, cells.phase_rad
    irregularity = np.zeros(len(cells))
    drift = np.where(cells.stuck[:, None], 0.0, np.array(flow_um_s))
    for first in range(0, n_frames, chunk):
        n = min(chunk, n_frames - first)
        # (frame, cell, number): drawn cell by cell, so that a cell's numbers do not depend on the others.
        noise = np.stack([rng.standard_normal((n, 4)) for rng in rngs], axis=1)
        dt = 1 / fps_hz
        kept = np.exp(-dt / _CORRELATION_S)
        irregularities = _ornstein_uhlenbeck(irregularity, noise[:, :, 0], kept)
        effort = np.clip(1 + cells.unsteady * irregularities, 0, 1.6)
        step = cells.turn_rad_s * dt + cells.wander_rad * np.sqrt(dt) * noise[:, :, 1]
        directions = _cumulated(direction, step)
        # A step has the mean direction of its two ends, so that the radius of an arc is kept.
        middle = (directions[:-1] + directions[1:]) / 2
        along = cells.speed_um_s * dt * np.where(cells.unsteady > 0.5, effort[:-1], 1.0)
        steps = np.stack([along * np.cos(middle), along * np.sin(middle)], axis=2)
        steps += drift * dt + (cells.shake_um * np.sqrt(dt))[:, None] * noise[:, :, 2:]
        centres = _cumulated(centre, steps)
        beat = 2 * np.pi * cells.beat_hz * dt * np.clip(1 + 0.5 * cells.unsteady * irregularities[:-1], 0.1, 2)
        phases = _cumulated(phase, beat)
        yield Walk(centres, directions, phases, effort, np.ones(effort.shape, bool))
        centre, direction, phase, irregularity = centres[-1], directions[-1], phases[-1], irregularities[-1]


def _cumulated(start: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """The start value, followed by its sums with the steps so far."""
    return np.concatenate([start[None], start + np.cumsum(steps, axis=0)])


def _ornstein_uhlenbeck(start: np.ndarray, noise: np.ndarray, kept: float) -> np.ndarray:
    """Ornstein-Uhlenbeck process of mean 0, standard deviation 1 and the correlation time ``_CORRELATION_S``."""
    values = np.empty((len(noise) + 1, len(start)))
    values[0] = start
    fresh = np.sqrt(1 - kept**2)
    for k, one in enumerate(noise):
        values[k + 1] = kept * values[k] + fresh * one
    return values
