"""The truth of a clip that another group simulated: how many cells of each class are in view in given frames.

Choi et al. 2022 (Scientific Reports 12, doi 10.1038/s41598-022-20943-9) publish clips with a table of every cell in
every frame, without a header: cell, x, y, angle of the head, frame from 1, way of swimming, change of direction. The
ways of swimming are taken as the classes of WHO 2021:

- linear mean (0) and circular (1) are progressive: WHO counts a large circle as progressive, and these circles are 80
  pixels in radius;
- hyperactive (2) is non-progressive: the cell beats vigorously and wanders about its place. Its net speed over a second
  exceeds 5 um/s if a pixel is wider than 0.4 um, so by that rule alone it would be progressive;
- immotile (3) is immotile. This class does not depend on the choice.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from motilens.errors import InputError, MissingError

CLASS_OF_SWIMMING = np.array([0, 0, 1, 2])
"""Motility class of each way of swimming."""

_COLUMNS = 7


@dataclass(frozen=True)
class DrawnCells:
    """Cells as they were drawn: one row for each cell in each frame.

    Attributes:
        frame: number of the frame, from 0.
        place_px: (row, 2), x and y.
        kind: motility class, 0 to 2.
    """

    frame: np.ndarray
    place_px: np.ndarray
    kind: np.ndarray

    def in_view(self, frames: Iterable[int], *, height_px: int, width_px: int) -> np.ndarray:
        """Count the cells of each class in view: (frame, 3)."""
        seen = ((self.place_px >= 0) & (self.place_px < (width_px, height_px))).all(axis=1)
        return np.array([np.bincount(self.kind[seen & (self.frame == k)], minlength=3) for k in frames])


def read_drawn(path: Path) -> DrawnCells:
    """Read the table of a clip, CSV or CSV.gz.

    Raises:
        MissingError: there is no such file.
        InputError: it is no such table.
    """
    if not path.is_file():
        raise MissingError(f"no table at {path}; name the table that was published with the clip")
    try:
        table = np.loadtxt(path, delimiter=",", ndmin=2)
    except (ValueError, OSError) as error:
        raise InputError(f"{path.name} is no table of numbers ({error}); allowed: CSV or CSV.gz, no header") from error
    swimming = table[:, 5] if table.shape[1] == _COLUMNS else np.array([-1.0])
    if not np.isin(swimming, range(len(CLASS_OF_SWIMMING))).all():
        raise InputError(
            f"{path.name} has {table.shape[1]} columns; allowed: 7, of which the sixth is the way of swimming, 0 to 3"
        )
    return DrawnCells(table[:, 4].astype(int) - 1, table[:, 1:3], CLASS_OF_SWIMMING[swimming.astype(int)])
