"""Comparison: every row of real against simulated and against the yardstick."""

from collections.abc import Sequence
from dataclasses import dataclass

from .measures import Measures
from .rows import CURVES, ROWS, CurveRow, Row, curve_distance, distance, percentiles

Three = tuple[float, float, float]


@dataclass(frozen=True)
class Line:
    """One row, compared.

    Attributes:
        row: what is compared.
        values: 5th, 50th and 95th percentile by source; None where it is not measured, and for curves.
        distances: to the real source, by source; None where it is not measured.
        reasons: why it is not measured, by source.
    """

    row: Row | CurveRow
    values: dict[str, Three | None]
    distances: dict[str, float | None]
    reasons: dict[str, str]

    @property
    def nearer(self) -> bool | None:
        """Whether simulated is nearer to real than the yardstick is; None where either distance is missing."""
        ours, yardstick = self.distances.get("simulated"), self.distances.get("yardstick")
        return None if ours is None or yardstick is None else ours < yardstick


def compare(sources: dict[str, Measures]) -> list[Line]:
    """Compare every row and curve, in the order of the table.

    Args:
        sources: by name; "real" must be among them.
    """
    real = sources["real"]
    lines = []
    for row in ROWS:
        values = {
            name: percentiles(each.samples[row.key]) if row.key in each.samples else None
            for name, each in sources.items()
        }
        found = values["real"]
        distances = {
            name: distance(row, found, value) if found is not None and value is not None else None
            for name, value in values.items()
            if name != "real"
        }
        lines.append(Line(row, values, distances, _reasons(row.key, sources)))
    for curve in CURVES:
        distances = {
            name: curve_distance(real.curves[curve.key], each.curves[curve.key])
            if curve.key in real.curves and curve.key in each.curves
            else None
            for name, each in sources.items()
            if name != "real"
        }
        lines.append(Line(curve, dict.fromkeys(sources), distances, _reasons(curve.key, sources)))
    return lines


def verdict(lines: Sequence[Line]) -> dict[str, int]:
    """Count the rows on which simulated is nearer than the yardstick, farther, or cannot be compared."""
    nearer = [line.nearer for line in lines]
    return {"nearer": nearer.count(True), "farther": nearer.count(False), "not_measurable": nearer.count(None)}


def _reasons(key: str, sources: dict[str, Measures]) -> dict[str, str]:
    return {name: each.reasons[key] for name, each in sources.items() if key in each.reasons}
