"""Figure of accuracy against cost: the error of each method against the CPU time of a prediction.

Methods that use no video cost almost nothing; they have a separate strip beside the logarithmic axis, which would
otherwise have to span many more decades.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from motilens.config import Target
from motilens.evaluation.result import MethodInfo
from motilens.evaluation.summary import REFERENCE, EvaluationSummary, TargetScore
from motilens.report.drawing import COLOURS, GREY, PAPER, Figure, drawing_of, finished

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Text

NEXT_TO_NOTHING_S = 0.01
"""CPU seconds below which a method is placed in the strip."""

STEPS = 500
"""Steps of the placement of names; a time limit would give different figures on different machines."""

_KINDS: dict[str, tuple[str, str]] = {
    "no video": (GREY, "s"),
    "stacks": (COLOURS[2], "o"),
    "stacks, autoencoder": (COLOURS[0], "^"),
    "cells": (COLOURS[3], "v"),
    "tracks": (COLOURS[1], "D"),
}
"""Colour and marker by what a method uses."""

Scores = Mapping[str, TargetScore]
Places = dict[str, float]
"""Horizontal position by method."""


def cost_accuracy(summary: EvaluationSummary) -> Figure:
    """One row per target: MAE with its interval against CPU seconds of one prediction, every method named."""
    targets = summary.targets
    rows = max(1, len(targets))
    with drawing_of(9.0, 0.7 + 4.4 * rows) as drawing:
        panels = drawing.subplots(rows, 2, squeeze=False, sharey="row", width_ratios=(1, 4))
        for (strip, axes), target in zip(panels, targets, strict=False):
            scores = summary.scores(target)
            _strip(strip, summary, scores)
            _panel(axes, summary, scores)
            axes.set_ylim(0, 1.1 * max((score.ci95[1] for score in scores.values()), default=1.0))
            strip.set_ylabel("MAE, points of percent")
            axes.set_title(target.capitalize())
            _lines(strip, axes, summary, target)
        kinds = [kind for kind in _KINDS if any(_kind(about) == kind for about in summary.about.values())]
        handles = [
            panels[0, 1].plot([], [], _KINDS[kind][1], color=_KINDS[kind][0], markersize=6, label=kind)[0]
            for kind in kinds
        ]
        drawing.legend(handles=handles, loc="outside lower center", ncols=max(1, len(kinds)), title="looks at")
        drawing.canvas.draw()  # fixes the axes' final positions, since names are placed in pixels
        drawing.set_layout_engine("none")
        for (strip, axes), target in zip(panels, targets, strict=False):
            scores = summary.scores(target)
            _names(strip, scores, cheap(scores))
            _names(axes, scores, costly(scores))
        return finished(drawing, "cost_accuracy", _caption(summary), _alt(summary))


def cheap(scores: Scores) -> Places:
    """Positions of the methods in the strip, at equal distances."""
    costs = {name: score.cpu_s_per_participant for name, score in scores.items()}
    names = [name for name, cost in costs.items() if cost is not None and cost < NEXT_TO_NOTHING_S]
    return {name: float(k) for k, name in enumerate(names)}


def costly(scores: Scores) -> Places:
    """Positions of the methods on the logarithmic axis, at their CPU seconds."""
    costs = {name: score.cpu_s_per_participant for name, score in scores.items()}
    return {name: cost for name, cost in costs.items() if cost is not None and cost >= NEXT_TO_NOTHING_S}


def _strip(axes: "Axes", summary: EvaluationSummary, scores: Scores) -> None:
    places = cheap(scores)
    _points(axes, summary, scores, places)
    axes.set_xlim(-1, max(len(places), 1) + 0.5)
    axes.set_xticks([])
    axes.set_xlabel(f"below {NEXT_TO_NOTHING_S:g} s")


def _panel(axes: "Axes", summary: EvaluationSummary, scores: Scores) -> None:
    from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

    places = costly(scores)
    _points(axes, summary, scores, places)
    low, high = min(places.values(), default=1.0), max(places.values(), default=1.0)
    axes.set_xscale("log")
    axes.set_xlim(low / 1.6, max(high, 2 * low) * 1.6)
    axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel("CPU seconds for one participant, preparation included, one core")


def _points(axes: "Axes", summary: EvaluationSummary, scores: Scores, places: Places) -> None:
    for name, x in places.items():
        colour, marker = _KINDS[_kind(summary.about[name])]
        axes.plot([x, x], scores[name].ci95, color=colour, linewidth=1.4, alpha=0.55, solid_capstyle="round", zorder=2)
        axes.plot([x], [scores[name].mae], marker, color=colour, markersize=6, zorder=3)


def _lines(strip: "Axes", axes: "Axes", summary: EvaluationSummary, target: Target) -> None:
    """Draw lines at the error of the training mean and at that of a perfect method."""
    scores, lines = summary.scores(target), {}
    if REFERENCE in scores:
        lines["training mean"] = scores[REFERENCE].mae
    if summary.floor and target in summary.floor:
        lines["floor: error of the laboratory's count"] = summary.floor[target].mae
    for words, value in lines.items():
        for each in (strip, axes):
            each.axhline(value, color=GREY, linewidth=1, linestyle=(0, (4, 3)), zorder=0)
        axes.annotate(
            words,
            (0.6, value),
            (0, 2),
            xycoords=axes.get_yaxis_transform(),
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontsize=7.5,
            color=GREY,
        )


def _names(axes: "Axes", scores: Scores, places: Places) -> None:
    """Write the methods' names where they cover nothing, with a thin line to the point if they are far from it."""
    from adjustText import adjust_text
    from matplotlib.patheffects import withStroke

    names: list[Text] = [
        axes.text(
            x,
            scores[name].mae,
            name,
            fontsize=8,
            zorder=4,
            path_effects=[withStroke(linewidth=2, foreground=PAPER)],
        )
        for name, x in places.items()
    ]
    if names:
        adjust_text(
            names,
            x=list(places.values()),
            y=[scores[name].mae for name in places],
            objects=[text for text in axes.texts if text not in names] or None,
            ax=axes,
            iter_lim=STEPS,
            prevent_crossings=False,  # it undoes placements that cover nothing
            expand=(1.25, 1.7),
            explode_radius=40,
            force_text=(0.4, 0.8),
            force_static=(0.2, 0.4),
            force_pull=(0.005, 0.005),
            force_explode=(0.3, 0.6),
            arrowprops={"arrowstyle": "-", "color": GREY, "linewidth": 0.6},
        )


def _kind(about: MethodInfo) -> str:
    if about.autoencoder is not None:
        return "stacks, autoencoder"
    return next((need for need in ("tracks", "cells", "stacks") if need in about.needs), "no video")


def _caption(summary: EvaluationSummary) -> str:
    submissions = [name for name, about in summary.about.items() if about.cost == "submission"]
    return (
        f"Error against the cost of a prediction on {summary.dataset}, with 95 % bootstrap intervals over "
        f"participants. Dashed: the training mean{', and what a perfect method would score' if summary.floor else ''}."
        + (f" Not drawn, since their cost is not known: {', '.join(submissions)}." if submissions else "")
    )


def _alt(summary: EvaluationSummary) -> str:
    best = []
    for target in summary.targets:
        scores = summary.scores(target)
        ranked = sorted(scores, key=lambda name: scores[name].mae)[:5]
        best.append(f"{target}: lowest MAE " + ", ".join(f"{name} {scores[name].mae:.1f}" for name in ranked))
    return f"Mean absolute error against CPU seconds of each method. {'; '.join(best)}."
