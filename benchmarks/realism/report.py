"""Report: the comparison as JSON, and as a table to read."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from .auc import Auc
from .comparison import Line, verdict
from .discriminator import VIEWS
from .features import Giveaway
from .measures import AXES, Measures
from .rows import Row
from .source import Source

SHOWN_GIVEAWAYS = 12


def as_json(
    origin: dict[str, Any],
    sources: Sequence[Source],
    lines: Sequence[Line],
    discriminated: dict[str, dict[str, Any]],
    figures: Sequence[str],
) -> dict[str, Any]:
    """Put everything and its origin into JSON.

    Args:
        origin: command, versions, settings.
        sources: real first.
        lines: the comparison.
        discriminated: by other source's name: "auc" by view, "reasons", "giveaways".
        figures: file names.
    """
    return {
        **origin,
        "sources": {
            source.name: {**_measures(source.measures), "by_clip": [_measures(each) for each in source.by_clip]}
            for source in sources
        },
        "curve_axes": {key: _numbers(axis) for key, axis in AXES.items()},
        "verdict": verdict(lines),
        "rows": [
            {
                "key": line.row.key,
                "label": line.row.label,
                "unit": line.row.unit,
                "percentiles_5_50_95": line.values,
                "distance_to_real": line.distances,
                "nearer": line.nearer,
                "reasons": line.reasons,
            }
            for line in lines
        ],
        "discriminator": {
            name: {
                "auc": {view: asdict(found) for view, found in told["auc"].items()},
                "reasons": told["reasons"],
                "giveaways": [asdict(each) for each in told["giveaways"]],
            }
            for name, told in discriminated.items()
        },
        "figures": list(figures),
    }


def as_markdown(
    origin: dict[str, Any], lines: Sequence[Line], discriminated: dict[str, dict[str, Any]], figures: Sequence[str]
) -> str:
    """Write the table, the results of the discriminator, and the features that differ most."""
    names = list(lines[0].values)
    yardstick = "yardstick" in names
    parts = [
        "# How real is it",
        f"`{origin['command']}`",
        "5 / 50 / 95 %. The distance of a row is the mean difference of these three over the real 5-95 range; that of"
        " a profile or spectrum is the root mean square difference over its points, in its unit.",
    ]
    head = ["row", "unit", *names, *(f"distance {name}" for name in names[1:]), *(["nearer?"] if yardstick else [])]
    parts.append(_table(head, [_line(line, names, yardstick) for line in lines]))
    if yardstick:
        count = verdict(lines)
        parts.append(
            f"Simulated is nearer to real than the yardstick on {count['nearer']} of"
            f" {count['nearer'] + count['farther']} rows; {count['not_measurable']} cannot be compared."
        )
    why = [f"- {line.row.label}: {name}, {reason}" for line in lines for name, reason in line.reasons.items()]
    if why:
        parts += ["## Not measured", "\n".join(why)]
    if discriminated:
        parts += ["## Discriminator", *_discriminator(discriminated)]
    if figures:
        parts += ["## Figures", "\n".join(f"![{name}]({name})" for name in figures)]
    return "\n\n".join(parts) + "\n"


def _measures(measures: Measures) -> dict[str, Any]:
    return {
        "clips": list(measures.clips),
        "percentiles_5_50_95": measures.summary(),
        "n_values": {key: len(values) for key, values in measures.samples.items()},
        "curves": {key: _numbers(curve) for key, curve in measures.curves.items()},
        "reasons": measures.reasons,
    }


def _numbers(curve: np.ndarray) -> list[float | None]:
    return [float(f"{value:.6g}") if np.isfinite(value) else None for value in curve]


def _line(line: Line, names: list[str], yardstick: bool) -> list[str]:
    of = [_three(line.values[name]) if isinstance(line.row, Row) else "curve" for name in names]
    distances = [_number(line.distances[name]) for name in names[1:]]
    nearer = {True: "yes", False: "no", None: "-"}[line.nearer]
    return [line.row.label, line.row.unit, *of, *distances, *([nearer] if yardstick else [])]


def _discriminator(discriminated: dict[str, dict[str, Any]]) -> list[str]:
    parts = [
        "AUC on patches from the other half of the field and a later time, with a 95 % interval over tiles: 0.5 is"
        " guessing, 1 is certainty. The interval is about these clips, not about others."
    ]
    rows = [
        [view.label, *(_auc(told["auc"].get(name), told["reasons"].get(name)) for told in discriminated.values())]
        for name, view in VIEWS.items()
    ]
    parts.append(_table(["view", *(f"real or {name}" for name in discriminated)], rows))
    for name, told in discriminated.items():
        giveaways: list[Giveaway] = told["giveaways"]
        if giveaways:
            parts.append(f"Features in which {name} differs most, one number for each patch:")
            shown = [
                [each.feature, f"{each.auc:.2f}", _number(each.real), _number(each.other)]
                for each in giveaways[:SHOWN_GIVEAWAYS]
            ]
            parts.append(_table(["number", "AUC", "real, median", f"{name}, median"], shown))
    return parts


def _auc(found: Auc | None, reason: str | None) -> str:
    if found is None:
        return reason or "not asked for"
    return f"{found.value:.2f} ({found.low:.2f}-{found.high:.2f})"


def _three(values: tuple[float, float, float] | None) -> str:
    return "not measured" if values is None else " / ".join(_number(value) for value in values)


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    if value == 0 or abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.{2 if abs(value) < 10 else 1}f}"


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
