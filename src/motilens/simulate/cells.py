"""Draws cells: their class, movement, morphology, position and depth; and holds the cells of a field as arrays.

Each cell is drawn from its own stream, with the participant's percentages as probabilities. The percentages of a field
are therefore those of a random sample; they converge to the participant's, and one more cell changes no other.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float, Int

from motilens.simulate.morphology import (
    BEATING_TAILS,
    SWIMMING_TAILS,
    TAIL_FORMS,
    Form,
    draw_form,
    root_um,
    tail_angles,
)
from motilens.simulate.motion.gaits import Gait, Movement, draw_movement, gait_of

PerCell = Float[np.ndarray, " cell"]
PerTail = Float[np.ndarray, " tail"]
Triple = tuple[float, float, float]

_TAILS = (SWIMMING_TAILS, BEATING_TAILS, TAIL_FORMS[1:])

_SMALLEST_CLUSTER, _LARGEST_CLUSTER = 3, 8
_OUT_OF_FOCUS_SD = 1.8
"""Cells whose depth deviates by more than this many standard deviations (one in fourteen) lie far out of focus."""


@dataclass(frozen=True)
class Cell:
    """One cell, at time 0 of its field.

    Attributes:
        kind: motility class, as an index into ``KINDS``.
        gait: name of the movement.
        movement: parameters of the movement.
        form: morphology.
        place: position x and y, as shares of the domain's width and height.
        heading_rad: direction of swimming, from x to y.
        phase_rad: phase of the tail beat.
        wavelength_um: length of the tail's wave.
        depth_um: height above the focal plane.
        tail_seen: visible share of the tail; the rest lies too far from the focal plane.
        clustered: whether it is part of a cluster.
    """

    kind: int
    gait: Gait
    movement: Movement
    form: Form
    place: tuple[float, float]
    heading_rad: float
    phase_rad: float
    wavelength_um: float
    depth_um: float
    tail_seen: float = 1.0
    clustered: bool = False


@dataclass(frozen=True)
class Cells:
    """The cells of a field as arrays with an entry for each cell, and their tails (one or two for each cell).

    Attributes that are not listed here are those of ``Cell`` and ``Movement``.

    Attributes:
        cells: the cells from which the arrays are made.
        x_um, y_um: positions at time 0, from the left and the top edge of the domain.
        tail_of: index of the cell to which each tail belongs.
        tail_um: length of each tail.
        root_um: start of each tail, relative to the centre of a head that points along x.
        resting_rad: (tail, segment) directions of the segments of a resting tail, relative to straight back.
    """

    cells: tuple[Cell, ...]
    kind: Int[np.ndarray, " cell"]
    x_um: PerCell
    y_um: PerCell
    heading_rad: PerCell
    phase_rad: PerCell
    wavelength_um: PerCell
    depth_um: PerCell
    speed_um_s: PerCell
    turn_rad_s: PerCell
    wander_rad: PerCell
    shake_um: PerCell
    beat_hz: PerCell
    unsteady: PerCell
    side_um: PerCell
    yaw_rad: PerCell
    tip_rad: PerCell
    stuck: Bool[np.ndarray, " cell"]
    tail_seen: PerCell
    tail_of: Int[np.ndarray, " tail"]
    tail_um: PerTail
    root_um: Float[np.ndarray, "tail 2"]
    resting_rad: Float[np.ndarray, "tail segment"]

    def __len__(self) -> int:
        return len(self.cells)


def joined_cells(cells: Sequence[Cell], *, width_um: float, height_um: float) -> Cells:
    """Convert cells (at least one) into arrays, for a domain of the given size."""
    resting = [tail_angles(cell.form) for cell in cells]
    tail_of = np.repeat(np.arange(len(cells)), [len(angles) for angles in resting])
    movements = [cell.movement for cell in cells]
    return Cells(
        cells=tuple(cells),
        kind=np.array([cell.kind for cell in cells]),
        x_um=np.array([cell.place[0] * width_um for cell in cells]),
        y_um=np.array([cell.place[1] * height_um for cell in cells]),
        heading_rad=np.array([cell.heading_rad for cell in cells]),
        phase_rad=np.array([cell.phase_rad for cell in cells]),
        wavelength_um=np.array([cell.wavelength_um for cell in cells]),
        depth_um=np.array([cell.depth_um for cell in cells]),
        speed_um_s=np.array([m.speed_um_s for m in movements]),
        turn_rad_s=np.array([m.turn_rad_s for m in movements]),
        wander_rad=np.array([m.wander_rad for m in movements]),
        shake_um=np.array([m.shake_um for m in movements]),
        beat_hz=np.array([m.beat_hz for m in movements]),
        unsteady=np.array([m.unsteady for m in movements]),
        side_um=np.array([m.side_um for m in movements]),
        yaw_rad=np.array([m.yaw_rad for m in movements]),
        tip_rad=np.array([m.tip_rad for m in movements]),
        stuck=np.array([m.stuck for m in movements]),
        tail_seen=np.array([cell.tail_seen for cell in cells]),
        tail_of=tail_of,
        tail_um=np.array([cells[i].form.tail_um for i in tail_of.tolist()]),
        root_um=np.array([root_um(cells[i].form) for i in tail_of.tolist()]),
        resting_rad=np.concatenate(resting),
    )


def clustered(
    cells: Sequence[Cell], rng: np.random.Generator, share: float, *, width_um: float, height_um: float
) -> list[Cell]:
    """Form clusters of three to eight non-progressive or immotile cells, their heads side by side.

    Args:
        cells: all cells of a field; the result has them in the same order.
        rng: decides which cells form a cluster.
        share: share of the non-progressive and immotile cells that are in clusters, 0-1.
        width_um: width of the domain.
        height_um: height of the domain.
    """
    result = list(cells)
    members = [i for i, cell in enumerate(cells) if cell.kind > 0 and rng.random() < share]
    while len(members) >= _SMALLEST_CLUSTER:
        n = int(rng.integers(_SMALLEST_CLUSTER, _LARGEST_CLUSTER + 1))
        cluster, members = members[:n], members[n:]
        x, y = cells[cluster[0]].place
        for k, i in enumerate(cluster):
            angle, away_um = rng.uniform(0, 2 * np.pi), rng.uniform(2.5, 4.5) * np.sqrt(k)
            place = (x + away_um * np.cos(angle) / width_um, y + away_um * np.sin(angle) / height_um)
            sticking = replace(cells[i].movement, speed_um_s=0.0, turn_rad_s=0.0, stuck=True)
            # Heads point to the middle of the cluster, tails away from it.
            result[i] = replace(
                cells[i], place=place, heading_rad=float(angle + np.pi), movement=sticking, clustered=True
            )
    return result


def draw_cell(rng: np.random.Generator, motility_pct: Triple, defects_pct: Triple, *, defocus: float = 1.0) -> Cell:
    """Draw one cell.

    Args:
        rng: the cell's own stream.
        motility_pct: probabilities of progressive, non-progressive and immotile, in percent.
        defects_pct: probabilities of a defect of head, midpiece and tail, in percent.
        defocus: factor for the depth; 0 puts all cells into the focal plane, 1 is like VISEM.
    """
    u = rng.random(6)
    kind = int(np.searchsorted(np.cumsum(motility_pct)[:2], 100 * u[0], side="right"))
    return cell_of(
        rng, kind, gait_of(kind, float(u[1])), defects_pct, place=(float(u[2]), float(u[3])), defocus=defocus
    )


def cell_of(
    rng: np.random.Generator,
    kind: int,
    gait: Gait,
    defects_pct: Triple,
    *,
    place: tuple[float, float],
    defocus: float = 1.0,
) -> Cell:
    """Draw all other attributes of a cell whose kind, gait and place are given; see ``draw_cell`` for the arguments."""
    movement = draw_movement(gait, rng)
    form = draw_form(rng, defects_pct, tails=_TAILS[kind])
    u, g = rng.random(3), rng.standard_normal(2)
    far = abs(g[0]) > _OUT_OF_FOCUS_SD
    return Cell(
        kind=kind,
        gait=gait,
        movement=movement,
        form=form,
        place=place,
        heading_rad=2 * np.pi * float(u[0]),
        phase_rad=2 * np.pi * float(u[1]),
        wavelength_um=form.tail_um * float(np.clip(0.65 + 0.07 * g[1], 0.45, 0.9)),
        depth_um=defocus * float(g[0]) * (4.0 if far else 1.2),
        tail_seen=1 - 0.6 * min(defocus, 1.0) * float(u[2]),
    )
