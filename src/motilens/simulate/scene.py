"""One field of view: cells, debris and light, and the sprites of its cells, each computed when it is first drawn."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float32

from motilens.simulate.cells import Cells
from motilens.simulate.domain import Domain
from motilens.simulate.morphology import phase_map
from motilens.simulate.optics.debris import Layer
from motilens.simulate.optics.light import Luma, Optics, empty_field
from motilens.simulate.optics.sprites import Sprite, grid, make_sprite

Backdrop = tuple[Luma, Float32[np.ndarray, "y2 x2 2"]]
"""Luma of a view without the cells and debris that move, and chroma relative to the empty field."""


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
    """

    optics: Optics
    light: Luma
    domain: Domain
    layers: tuple[Layer, ...]
    flow_um_s: tuple[float, float]
    cells: Cells
    _sprites: dict[int, Sprite] = field(default_factory=dict, init=False, repr=False, compare=False)
    _backdrop: dict[bytes, Backdrop] = field(default_factory=dict, init=False, repr=False, compare=False)

    def sprite(self, cell: int) -> Sprite:
        """Picture of a cell's head and midpiece; computed at the first call, since many cells never come into view."""
        if cell not in self._sprites:
            size, fine_um = grid(self.optics.um_per_px)
            one = self.cells.cells[cell]
            phase = phase_map(one.form, um_per_px=fine_um, size=size)
            self._sprites[cell] = make_sprite(phase, self.optics, defocus_um=one.depth_um)
        return self._sprites[cell]

    def backdrop(self, key: bytes, draw: Callable[[], Backdrop]) -> Backdrop:
        """Return the picture of what does not move; it is drawn again when the key is not the last one."""
        if key not in self._backdrop:
            self._backdrop.clear()
            self._backdrop[key] = draw()
        return self._backdrop[key]


def make_scene(
    optics: Optics,
    cells: Cells,
    *,
    layers: tuple[Layer, ...] = (),
    flow_um_s: tuple[float, float] = (0.0, 0.0),
    light: Luma | None = None,
) -> Scene:
    """Assemble a field."""
    return Scene(
        optics=optics,
        light=empty_field(optics) if light is None else light,
        domain=Domain.around(optics),
        layers=layers,
        flow_um_s=flow_um_s,
        cells=cells,
    )
