"""What one cell is: class, way of moving, build and depth; and the cells of a field as arrays.

Each cell is drawn from a stream of its own, with the participant's percentages as chances, so the shares of a field are
those of a sample: they converge to the participant's, and one more cell changes no other.
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
from motilens.simulate.motion.gaits import Gait, Moves, draw_moves, gait_of

PerCell = Float[np.ndarray, " cell"]
PerTail = Float[np.ndarray, " tail"]
Triple = tuple[float, float, float]

_TAILS = (SWIMMING_TAILS, BEATING_TAILS, TAIL_FORMS[1:])

_SMALLEST_CLUSTER, _LARGEST_CLUSTER = 3, 8
_OUT_OF_FOCUS_SD = 1.8
"""Cells whose depth lies so far out (one in fourteen) lie farther still: well out of focus."""


@dataclass(frozen=True)
class Cell:
    """One cell, at time 0 of its field.

    Attributes:
        kind: index into ``KINDS``.
        gait: how it moves, in a word.
        moves: how it moves, in numbers.
        form: how it is built.
        place: x and y, as shares of the field's width and height.
        heading_rad: direction of swimming, x to y.
        phase_rad: of the beat.
        wavelength_um: of the tail's wave.
        depth_um: above the focal plane.
        tail_seen: share of the tail that lies near enough to the focal plane to be seen; the rest fades away.
        clustered: sticks to others.
    """

    kind: int
    gait: Gait
    moves: Moves
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
    """The cells of a field as arrays, one entry a cell, with the tails (one or two a cell) beside them.

    Attributes:
        cells: what the arrays are made of; ``Cell`` and ``Moves`` say what each is.
        x_um, y_um: places at time 0, from the left and the top of the field.
        tail_of: the cell that each tail belongs to.
        tail_um: length of each tail.
        root_um: where each tail begins, from the middle of a head that points along x.
        resting_rad: (tail, segment) directions of a tail at rest, from straight back.
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


def side_by_side(cells: Sequence[Cell], *, width_um: float, height_um: float) -> Cells:
    """Put at least one cell into a field of that size, as arrays."""
    resting = [tail_angles(cell.form) for cell in cells]
    tail_of = np.repeat(np.arange(len(cells)), [len(angles) for angles in resting])
    moves = [cell.moves for cell in cells]
    return Cells(
        cells=tuple(cells),
        kind=np.array([cell.kind for cell in cells]),
        x_um=np.array([cell.place[0] * width_um for cell in cells]),
        y_um=np.array([cell.place[1] * height_um for cell in cells]),
        heading_rad=np.array([cell.heading_rad for cell in cells]),
        phase_rad=np.array([cell.phase_rad for cell in cells]),
        wavelength_um=np.array([cell.wavelength_um for cell in cells]),
        depth_um=np.array([cell.depth_um for cell in cells]),
        speed_um_s=np.array([m.speed_um_s for m in moves]),
        turn_rad_s=np.array([m.turn_rad_s for m in moves]),
        wander_rad=np.array([m.wander_rad for m in moves]),
        shake_um=np.array([m.shake_um for m in moves]),
        beat_hz=np.array([m.beat_hz for m in moves]),
        unsteady=np.array([m.unsteady for m in moves]),
        side_um=np.array([m.side_um for m in moves]),
        yaw_rad=np.array([m.yaw_rad for m in moves]),
        tip_rad=np.array([m.tip_rad for m in moves]),
        stuck=np.array([m.stuck for m in moves]),
        tail_seen=np.array([cell.tail_seen for cell in cells]),
        tail_of=tail_of,
        tail_um=np.array([cells[i].form.tail_um for i in tail_of.tolist()]),
        root_um=np.array([root_um(cells[i].form) for i in tail_of.tolist()]),
        resting_rad=np.concatenate(resting),
    )


def clustered(
    cells: Sequence[Cell], rng: np.random.Generator, share: float, *, width_um: float, height_um: float
) -> list[Cell]:
    """Let that share of the cells that do not swim stick together, three to eight in a cluster, heads side by side.

    Args:
        cells: all cells of a field; the result has them in the same order.
        rng: decides who sticks to whom.
        share: 0-1, of the cells that do not swim.
        width_um: of the field.
        height_um: of the field.
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
            sticking = replace(cells[i].moves, speed_um_s=0.0, turn_rad_s=0.0, stuck=True)
            # Tails point away from the middle, heads to it.
            result[i] = replace(cells[i], place=place, heading_rad=float(angle + np.pi), moves=sticking, clustered=True)
    return result


def draw_cell(rng: np.random.Generator, motility_pct: Triple, defects_pct: Triple, *, defocus: float = 1.0) -> Cell:
    """Draw one cell.

    Args:
        rng: the cell's own stream.
        motility_pct: chances of progressive, non-progressive and immotile, in percent.
        defects_pct: chances of a defect of head, midpiece and tail, in percent.
        defocus: 0 puts all cells into the focal plane, 1 as in VISEM.
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
    """Draw the rest of a cell whose kind, gait and place are known; ``draw_cell`` has the arguments."""
    moves = draw_moves(gait, rng)
    form = draw_form(rng, defects_pct, tails=_TAILS[kind])
    u, g = rng.random(3), rng.standard_normal(2)
    far = abs(g[0]) > _OUT_OF_FOCUS_SD
    return Cell(
        kind=kind,
        gait=gait,
        moves=moves,
        form=form,
        place=place,
        heading_rad=2 * np.pi * float(u[0]),
        phase_rad=2 * np.pi * float(u[1]),
        wavelength_um=form.tail_um * float(np.clip(0.65 + 0.07 * g[1], 0.45, 0.9)),
        depth_um=defocus * float(g[0]) * (4.0 if far else 1.2),
        tail_seen=1 - 0.45 * min(defocus, 1.0) * float(u[2]),
    )
