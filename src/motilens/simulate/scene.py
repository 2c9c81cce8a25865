"""One field of view: cells, debris and light, and the sprites that are computed from them once."""

from dataclasses import dataclass

from motilens.simulate.cells import Cells
from motilens.simulate.domain import Domain
from motilens.simulate.morphology import phase_map
from motilens.simulate.optics.debris import Layer
from motilens.simulate.optics.light import Luma, Optics, empty_field
from motilens.simulate.optics.sprites import Sprite, grid, make_sprite


@dataclass(frozen=True)
class Scene:
    """One field of view, with all that does not change while it is shown.

    Attributes:
        optics: the video's optics.
        light: luma of the empty field.
        domain: the periodic domain of the cells.
        layers: debris.
        flow_um_s: velocity of the fluid, x and y.
        cells: the field's cells.
        sprites: picture of each cell's head and midpiece.
    """

    optics: Optics
    light: Luma
    domain: Domain
    layers: tuple[Layer, ...]
    flow_um_s: tuple[float, float]
    cells: Cells
    sprites: tuple[Sprite, ...]


def make_scene(
    optics: Optics,
    cells: Cells,
    *,
    layers: tuple[Layer, ...] = (),
    flow_um_s: tuple[float, float] = (0.0, 0.0),
    light: Luma | None = None,
) -> Scene:
    """Assemble a field and compute the sprites of its cells."""
    size, fine_um = grid(optics.um_per_px)
    sprites = tuple(
        make_sprite(phase_map(cell.form, um_per_px=fine_um, size=size), optics, defocus_um=cell.depth_um)
        for cell in cells.cells
    )
    return Scene(
        optics=optics,
        light=empty_field(optics) if light is None else light,
        domain=Domain.around(optics),
        layers=layers,
        flow_um_s=flow_um_s,
        cells=cells,
        sprites=sprites,
    )
