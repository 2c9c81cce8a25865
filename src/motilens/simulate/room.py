"""The room that the cells of a field live in, around what is in view of it.

It is a torus larger than the view by ``MARGIN_UM`` on each side. A cell that leaves it on one side comes in on the
other, but no part of that is ever in view: what is seen are cells that enter and leave. While the stage moves, the view
glides over the room::

    +------------------------+
    |  room                  |   room = view + margin on each side
    |     +------------+     |   margin >= reach of a cell
    |     |  view      |     |
    |     +------------+     |
    +------------------------+
"""

from dataclasses import dataclass

import numpy as np

from motilens.simulate.optics.light import Optics

MARGIN_UM = 64.0
"""Longest tail, midpiece and half a head."""


@dataclass(frozen=True)
class Room:
    """Size of the torus in which a field's cells live, in whole even pixels.

    Attributes:
        height_px, width_px: of the torus.
        margin_px: by how much it is larger than the view on each side.
        um_per_px: side of a pixel.
    """

    height_px: int
    width_px: int
    margin_px: int
    um_per_px: float

    @staticmethod
    def around(optics: Optics) -> "Room":
        """The room around a view."""
        margin = 2 * int(np.ceil(MARGIN_UM / optics.um_per_px / 2))
        return Room(optics.height_px + 2 * margin, optics.width_px + 2 * margin, margin, optics.um_per_px)

    @property
    def height_um(self) -> float:
        """Of the torus."""
        return self.height_px * self.um_per_px

    @property
    def width_um(self) -> float:
        """Of the torus."""
        return self.width_px * self.um_per_px

    def times_view(self, optics: Optics) -> float:
        """Area of the room over that of the view."""
        return self.height_px * self.width_px / (optics.height_px * optics.width_px)

    def in_view(self, places_um: np.ndarray, camera_px: tuple[float, float]) -> np.ndarray:
        """Places (..., 2) in um, anywhere, as pixels of the view; each is taken at its copy nearest to the view."""
        size = np.array([self.width_px, self.height_px])
        at = places_um / self.um_per_px - np.array(camera_px)
        return at % size - self.margin_px
