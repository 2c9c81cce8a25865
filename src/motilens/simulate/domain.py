"""The simulation domain of a field: the view and a margin around it, with periodic boundaries.

It is larger than the view by ``MARGIN_UM`` on each side. A cell that leaves it on one side comes back on the opposite
one, but always outside the view: what is seen are cells that enter and leave. While the stage moves, the view glides
over the domain::

    +------------------------+
    |  domain                |   domain = view + margin on each side
    |     +------------+     |   margin >= length of a cell
    |     |  view      |     |
    |     +------------+     |
    +------------------------+
"""

from dataclasses import dataclass

import numpy as np

from motilens.simulate.optics.light import Optics

MARGIN_UM = 64.0
"""Length of the longest tail, a midpiece and half a head."""


@dataclass(frozen=True)
class Domain:
    """Size of a field's periodic domain, in whole even pixels.

    Attributes:
        height_px, width_px: its size.
        margin_px: width of the margin around the view.
        um_per_px: width of a pixel in um.
    """

    height_px: int
    width_px: int
    margin_px: int
    um_per_px: float

    @staticmethod
    def around(optics: Optics) -> "Domain":
        """Make the domain of a view."""
        margin = 2 * int(np.ceil(MARGIN_UM / optics.um_per_px / 2))
        return Domain(optics.height_px + 2 * margin, optics.width_px + 2 * margin, margin, optics.um_per_px)

    @property
    def height_um(self) -> float:
        """Height in um."""
        return self.height_px * self.um_per_px

    @property
    def width_um(self) -> float:
        """Width in um."""
        return self.width_px * self.um_per_px

    def times_view(self, optics: Optics) -> float:
        """Ratio of the areas of domain and view."""
        return self.height_px * self.width_px / (optics.height_px * optics.width_px)

    def in_view(self, places_um: np.ndarray, camera_px: tuple[float, float]) -> np.ndarray:
        """Convert positions (..., 2) in um to pixels of the view, each at its periodic copy nearest to the view."""
        size = np.array([self.width_px, self.height_px])
        at = places_um / self.um_per_px - np.array(camera_px)
        return at % size - self.margin_px
