"""What was really drawn, one JSON file a video, beside the videos."""

from typing import Literal

from motilens.config import Settings
from motilens.simulate.simple import KINDS, Cells, Kind

TRUTH_VERSION = 1


class CellTruth(Settings):
    """One cell at the start of its field."""

    kind: Kind
    x_um: float
    y_um: float
    heading_deg: float
    speed_um_s: float
    turn_deg_s: float
    beat_hz: float


class FieldTruth(Settings):
    """One field of view; the stage moves between fields."""

    first_frame: int
    end_frame: int
    """One past the last: half-open."""
    cells: tuple[CellTruth, ...]


class VideoTruth(Settings):
    """One participant's video."""

    truth_version: Literal[1] = TRUTH_VERSION
    participant: int
    video: str
    fps_hz: float
    um_per_px: float
    counts: tuple[int, int, int]
    """Progressive, non-progressive, immotile cells in each field."""
    motility_pct: tuple[float, float, float]
    """Of the cells drawn: exact."""
    morphology_pct: tuple[float, float, float]
    concentration: float
    """10^6 cells per mL."""
    fields: tuple[FieldTruth, ...]


def cell_truths(cells: Cells) -> tuple[CellTruth, ...]:
    """List a field's cells for the truth file."""
    degrees = 57.29577951308232
    return tuple(
        CellTruth(
            kind=KINDS[cells.kind[i]],
            x_um=float(cells.x_um[i]),
            y_um=float(cells.y_um[i]),
            heading_deg=float(cells.heading_rad[i]) * degrees,
            speed_um_s=float(cells.speed_um_s[i]),
            turn_deg_s=float(cells.turn_rad_s[i]) * degrees,
            beat_hz=float(cells.beat_hz[i]),
        )
        for i in range(len(cells))
    )
