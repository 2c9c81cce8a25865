"""One field of one participant, drawn from the participant's streams: who lives there, and how they walk."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from motilens.simulate.cells import clustered, draw_cell, side_by_side
from motilens.simulate.chance import Of, stream
from motilens.simulate.difficulty import Difficulty
from motilens.simulate.motion.walk import Walk, chunk_of, walks
from motilens.simulate.optics.debris import draw_layers
from motilens.simulate.optics.light import Optics
from motilens.simulate.optics.sprites import Sprite
from motilens.simulate.participants import Draw
from motilens.simulate.scene import Room, Scene, make_scene


@dataclass(frozen=True)
class Field:
    """A scene, and the ways of its cells as chunks of about a second.

    Attributes:
        scene: what there is.
        n_frames: how long it is shown.
        walk: starts the cells' walk.
    """

    scene: Scene
    n_frames: int
    walk: Callable[[], Iterator[Walk]]


def draw_flow(rng: np.random.Generator, speed_um_s: float) -> tuple[float, float]:
    """Velocity of the fluid in a field, x and y: any direction."""
    angle = rng.uniform(0, 2 * np.pi)
    return float(speed_um_s * np.cos(angle)), float(speed_um_s * np.sin(angle))


def draw_field(
    draw: Draw,
    optics: Optics,
    specks: list[Sprite],
    difficulty: Difficulty,
    *,
    seed: int,
    participant: int,
    number: int,
    n_frames: int,
    fps_hz: float,
) -> Field:
    """Draw a participant's field of that number, from 0; nothing in it depends on other fields or participants."""
    room = Room.around(optics)

    def of(what: Of, cell: int = 0) -> np.random.Generator:
        return stream(seed, participant, what, field=number, cell=cell)

    crowd, debris = of(Of.CROWD), of(Of.DEBRIS)
    n_cells = max(1, int(crowd.poisson(draw.cells_per_field * room.times_view(optics))))
    cells = [
        draw_cell(of(Of.CELL, i), draw.motility_pct, draw.morphology_pct, defocus=difficulty.defocus)
        for i in range(n_cells)
    ]
    size = {"width_um": room.width_um, "height_um": room.height_um}
    together = clustered(cells, crowd, draw.clustered, **size)
    flow = draw_flow(debris, draw.flow_um_s)
    layers = draw_layers(debris, room, optics, specks, amount=difficulty.debris * draw.debris)
    scene = make_scene(optics, side_by_side(together, **size), layers=layers, flow_um_s=flow)

    def walk() -> Iterator[Walk]:
        chance = [of(Of.PATH, i) for i in range(n_cells)]
        return walks(scene.cells, chance, n_frames=n_frames, fps_hz=fps_hz, flow_um_s=flow, chunk=chunk_of(fps_hz))

    return Field(scene, n_frames, walk)
