"""Draws one field of view of a participant: its cells, their paths, debris and flow."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from motilens.simulate.cells import clustered, draw_cell, joined_cells
from motilens.simulate.difficulty import Difficulty
from motilens.simulate.motion.walk import Walk, chunk_of, walks
from motilens.simulate.optics.debris import draw_layers
from motilens.simulate.optics.light import Optics
from motilens.simulate.optics.sprites import Sprite
from motilens.simulate.participants import SimulatedParticipant
from motilens.simulate.random_streams import Purpose, stream
from motilens.simulate.scene import Domain, Scene, make_scene


@dataclass(frozen=True)
class Field:
    """A scene and the paths of its cells.

    Attributes:
        scene: cells, debris and light.
        n_frames: number of frames that show it.
        walk: starts the cells' paths anew and yields them in chunks of about a second.
    """

    scene: Scene
    n_frames: int
    walk: Callable[[], Iterator[Walk]]


def draw_flow(rng: np.random.Generator, speed_um_s: float) -> tuple[float, float]:
    """Draw the velocity of the fluid, x and y, in a random direction."""
    angle = rng.uniform(0, 2 * np.pi)
    return float(speed_um_s * np.cos(angle)), float(speed_um_s * np.sin(angle))


def draw_field(
    person: SimulatedParticipant,
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
    """Draw one field of a participant; it depends on no other field or participant.

    Args:
        person: the participant.
        optics: the video's optics.
        specks: the video's specks.
        difficulty: decides depths and debris.
        seed: the data set's seed.
        participant: the participant's ID.
        number: the field's number, from 0.
        n_frames: number of frames that show it.
        fps_hz: frame rate.
    """
    domain = Domain.around(optics)

    def rng_of(purpose: Purpose, cell: int = 0) -> np.random.Generator:
        return stream(seed, participant, purpose, field=number, cell=cell)

    population, debris = rng_of(Purpose.POPULATION), rng_of(Purpose.DEBRIS)
    n_cells = max(1, int(population.poisson(person.cells_per_field * domain.times_view(optics))))
    cells = [
        draw_cell(rng_of(Purpose.CELL, i), person.motility_pct, person.morphology_pct, defocus=difficulty.defocus)
        for i in range(n_cells)
    ]
    size_um = {"width_um": domain.width_um, "height_um": domain.height_um}
    clustered_cells = clustered(cells, population, person.clustered, **size_um)
    flow = draw_flow(debris, person.flow_um_s)
    layers = draw_layers(debris, domain, optics, specks, amount=difficulty.debris * person.debris)
    scene = make_scene(optics, joined_cells(clustered_cells, **size_um), layers=layers, flow_um_s=flow)

    def walk() -> Iterator[Walk]:
        rngs = [rng_of(Purpose.PATH, i) for i in range(n_cells)]
        return walks(scene.cells, rngs, n_frames=n_frames, fps_hz=fps_hz, flow_um_s=flow, chunk=chunk_of(fps_hz))

    return Field(scene, n_frames, walk)
