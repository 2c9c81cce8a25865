"""Where each cell's average path goes and how its beat runs on, frame by frame.

A walk is advanced in chunks, so memory does not grow with a video's length. Frame ``k`` of a chunk that begins at frame
``n`` is at ``(n + k) / fps``; a chunk of T frames has T + 1 rows, its last row is the first of the next chunk::

    chunk 1    0 1 2 ... T
    chunk 2              T ... 2T      row T twice, the same numbers: poses between frames need a row on both sides

The direction turns steadily and wanders by chance, the place is the sum of steps along it plus flow and Brownian
motion, and the beat's phase grows with a frequency that falters where the cell is unsteady.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from motilens.simulate.cells import Cells

Places = Float[np.ndarray, "frame cell 2"]
PerFrame = Float[np.ndarray, "frame cell"]

_FALTERING_S = 0.25
"""How long a fit or a start of an unsteady cell lasts, about."""


@dataclass(frozen=True)
class Walk:
    """Average paths and beats of a chunk; every array has one row more than the chunk has frames.

    Attributes:
        centre_um: places on the average path, x and y.
        direction_rad: of the path.
        phase_rad: of the beat.
        effort: amplitude of the beat, as a share of the cell's own.
        present: whether the cell is there at all; a real track begins and ends.
    """

    centre_um: Places
    direction_rad: PerFrame
    phase_rad: PerFrame
    effort: PerFrame
    present: Bool[np.ndarray, "frame cell"]

    @property
    def n_frames(self) -> int:
        """Frames of the chunk."""
        return len(self.centre_um) - 1


def chunk_of(fps_hz: float) -> int:
    """Frames of about a second, at least one."""
    return max(1, round(fps_hz))


def walks(
    cells: Cells,
    chance: Sequence[np.random.Generator],
    *,
    n_frames: int,
    fps_hz: float,
    flow_um_s: tuple[float, float] = (0.0, 0.0),
    chunk: int = 50,
) -> Iterator[Walk]:
    """Walk on, chunk after chunk.

    Args:
        cells: who walks.
        chance: each cell's own stream.
        n_frames: of all chunks together.
        fps_hz: frames a second.
        flow_um_s: velocity of the fluid, x and y; carries every cell that is not stuck.
        chunk: frames of a chunk; it changes no number.
    """
    centre = np.stack([cells.x_um, cells.y_um], axis=1)
    direction, phase = cells.heading_rad, cells.phase_rad
    mood = np.zeros(len(cells))
    drift = np.where(cells.stuck[:, None], 0.0, np.array(flow_um_s))
    for first in range(0, n_frames, chunk):
        n = min(chunk, n_frames - first)
        # (frame, cell, number): drawn cell by cell, so that a cell's chance does not depend on the others.
        noise = np.stack([rng.standard_normal((n, 4)) for rng in chance], axis=1)
        dt = 1 / fps_hz
        kept = np.exp(-dt / _FALTERING_S)
        moods = _faltering(mood, noise[:, :, 0], kept)
        effort = np.clip(1 + cells.unsteady * moods, 0, 1.6)
        step = cells.turn_rad_s * dt + cells.wander_rad * np.sqrt(dt) * noise[:, :, 1]
        directions = _running(direction, step)
        # A step goes along the direction half-way between its ends: an arc keeps its radius.
        middle = (directions[:-1] + directions[1:]) / 2
        along = cells.speed_um_s * dt * np.where(cells.unsteady > 0.5, effort[:-1], 1.0)
        steps = np.stack([along * np.cos(middle), along * np.sin(middle)], axis=2)
        steps += drift * dt + (cells.shake_um * np.sqrt(dt))[:, None] * noise[:, :, 2:]
        centres = _running(centre, steps)
        beat = 2 * np.pi * cells.beat_hz * dt * np.clip(1 + 0.5 * cells.unsteady * moods[:-1], 0.1, 2)
        phases = _running(phase, beat)
        yield Walk(centres, directions, phases, effort, np.ones(effort.shape, bool))
        centre, direction, phase, mood = centres[-1], directions[-1], phases[-1], moods[-1]


def _running(start: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """Start, and start plus each running sum."""
    return np.concatenate([start[None], start + np.cumsum(steps, axis=0)])


def _faltering(start: np.ndarray, noise: np.ndarray, kept: float) -> np.ndarray:
    """A mood of mean 0 and spread 1 that is forgotten over ``_FALTERING_S`` (an Ornstein-Uhlenbeck process)."""
    moods = np.empty((len(noise) + 1, len(start)))
    moods[0] = start
    fresh = np.sqrt(1 - kept**2)
    for k, one in enumerate(noise):
        moods[k + 1] = kept * moods[k] + fresh * one
    return moods
