"""Cost against accuracy: what an answer takes, and how far off it is.

Methods that look at no video cost next to nothing; a strip of their own, beside the logarithmic axis, keeps them from
pushing all others into a corner of it.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from motilens.config import Target
from motilens.evaluation.benchmark.claims import AUTOENCODERS, REFERENCE
from motilens.evaluation.benchmark.summary import About, BenchmarkSummary, TargetScore
from motilens.report.drawing import COLOURS, GREY, Figure, drawing_of, finished
from motilens.report.labels import Box, Spot, place

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NEXT_TO_NOTHING_S = 0.01
"""CPU seconds below which a method stands in the strip."""

_LEARNED = (*AUTOENCODERS, "learned")
_KINDS: dict[str, tuple[str, str]] = {
    "no video": (GREY, "s"),
    "stacks": (COLOURS[2], "o"),
    "stacks, autoencoder": (COLOURS[0], "^"),
    "tracks": (COLOURS[1], "D"),
}
"""Colour and marker by what a method looks at."""

Scores = Mapping[str, TargetScore]
Places = dict[str, float]
"""Where methods stand from left to right."""


def cost_accuracy(summary: BenchmarkSummary) -> Figure:
    """One row a target: MAE with its interval against CPU seconds of one prediction, every method named."""
    targets = summary.targets
    rows = max(1, len(targets))
    with drawing_of(9.0, 0.7 + 4.4 * rows) as drawing:
        panels = drawing.subplots(rows, 2, squeeze=False, sharey="row", width_ratios=(1, 4))
        for (strip, axes), target in zip(panels, targets, strict=False):
            scores = summary.scores(target)
            _strip(strip, summary, scores)
            _panel(axes, summary, scores)
            top = max((score.ci95[1] for score in scores.values()), default=1.0)
            axes.set_ylim(0, 1.1 * top)
            strip.set_ylabel("MAE, points of percent")
            axes.set_title(target.capitalize())
            _lines(strip, axes, summary, target)
        kinds = [kind for kind in _KINDS if any(_kind(name, about) == kind for name, about in summary.about.items())]
        handles = [
            panels[0, 1].plot([], [], _KINDS[kind][1], color=_KINDS[kind][0], markersize=6, label=kind)[0]
            for kind in kinds
        ]
        drawing.legend(handles=handles, loc="outside lower center", ncols=max(1, len(kinds)), title="looks at")
        drawing.canvas.draw()  # axes are where they will be; names are placed in pixels
        drawing.set_layout_engine("none")
        for (strip, axes), target in zip(panels, targets, strict=False):
            scores = summary.scores(target)
            _names(strip, scores, cheap(scores))
            _names(axes, scores, dear(scores))
        return finished(drawing, "cost_accuracy", _caption(summary), _alt(summary))


def cheap(scores: Scores) -> Places:
    """Methods of the strip, side by side."""
    costs = {name: score.cpu_s_per_participant for name, score in scores.items()}
    names = [name for name, cost in costs.items() if cost is not None and cost < NEXT_TO_NOTHING_S]
    return {name: float(k) for k, name in enumerate(names)}


def dear(scores: Scores) -> Places:
    """Methods of the logarithmic axis, at their CPU seconds."""
    costs = {name: score.cpu_s_per_participant for name, score in scores.items()}
    return {name: cost for name, cost in costs.items() if cost is not None and cost >= NEXT_TO_NOTHING_S}


def _strip(axes: "Axes", summary: BenchmarkSummary, scores: Scores) -> None:
    places = cheap(scores)
    _points(axes, summary, scores, places)
    axes.set_xlim(-1, max(len(places), 1) + 0.5)
    axes.set_xticks([])
    axes.set_xlabel(f"below {NEXT_TO_NOTHING_S:g} s")


def _panel(axes: "Axes", summary: BenchmarkSummary, scores: Scores) -> None:
    from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

    places = dear(scores)
    _points(axes, summary, scores, places)
    low, high = min(places.values(), default=1.0), max(places.values(), default=1.0)
    axes.set_xscale("log")
    axes.set_xlim(low / 1.6, max(high, 2 * low) * 1.6)
    axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel("CPU seconds for one participant, preparation included, one core")


def _points(axes: "Axes", summary: BenchmarkSummary, scores: Scores, places: Places) -> None:
    for name, x in places.items():
        colour, marker = _KINDS[_kind(name, summary.about[name])]
        axes.plot([x, x], scores[name].ci95, color=colour, linewidth=1.4, alpha=0.55, solid_capstyle="round", zorder=2)
        axes.plot([x], [scores[name].mae], marker, color=colour, markersize=6, zorder=3)


def _lines(strip: "Axes", axes: "Axes", summary: BenchmarkSummary, target: Target) -> None:
    """The training mean, and what a perfect method would score."""
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
            (1, value),
            (-2, 2),
            xycoords=axes.get_yaxis_transform(),
            textcoords="offset points",
            ha="right",
            va="bottom",
            fontsize=7.5,
            color=GREY,
        )


def _names(axes: "Axes", scores: Scores, places: Places) -> None:
    """Write the methods' names where they cover nothing, with a thin line where they had to go far."""
    from matplotlib.patheffects import withStroke

    figure: Any = axes.get_figure(root=True)
    renderer = figure.canvas.get_renderer()
    to_points = 72 / figure.dpi
    spots = [_spot(axes, renderer, name, x, scores[name].mae) for name, x in places.items()]
    for (name, x), spot, box in zip(places.items(), spots, _boxes(axes, renderer, scores, places, spots), strict=True):
        nearest = (min(max(spot.x, box.left), box.right), min(max(spot.y, box.bottom), box.top))
        axes.annotate(
            name,
            (x, scores[name].mae),
            (((box.left + box.right) / 2 - spot.x) * to_points, ((box.bottom + box.top) / 2 - spot.y) * to_points),
            textcoords="offset points",
            ha="center",
            va="center",
            fontsize=8,
            zorder=4,
            path_effects=[withStroke(linewidth=2, foreground="white")],
        )
        if max(abs(nearest[0] - spot.x), abs(nearest[1] - spot.y)) > 12:
            end = axes.transData.inverted().transform(nearest)
            axes.plot([x, end[0]], [scores[name].mae, end[1]], color=GREY, linewidth=0.6, zorder=1)


def _boxes(
    axes: "Axes",
    renderer: Any,  # noqa: ANN401 - Agg's own
    scores: Scores,
    places: Places,
    spots: Sequence[Spot],
) -> tuple[Box, ...]:
    """Places of the names, clear of points, intervals, dashed lines and their words."""
    inside = axes.get_window_extent(renderer)
    frame = Box(inside.x0, inside.y0, inside.x1, inside.y1)
    to_pixels = axes.transData.transform
    lines = [
        Box(spot.x - 1.5, float(to_pixels((x, low))[1]), spot.x + 1.5, float(to_pixels((x, high))[1]))
        for spot, (x, (low, high)) in zip(spots, ((x, scores[name].ci95) for name, x in places.items()), strict=True)
    ]
    words = [text.get_window_extent(renderer) for text in axes.texts]
    lines += [Box(each.x0, each.y0, each.x1, each.y1) for each in words]
    return place(spots, frame, lines)


def _spot(axes: "Axes", renderer: Any, name: str, x: float, y: float) -> Spot:  # noqa: ANN401 - Agg's own
    at = axes.transData.transform((x, y))
    text = axes.text(x, y, name, fontsize=8)
    size = text.get_window_extent(renderer)
    text.remove()
    return Spot(float(at[0]), float(at[1]), float(size.width) + 4, float(size.height) + 2)


def _kind(name: str, about: About) -> str:
    if name.partition("-")[0] in _LEARNED:
        return "stacks, autoencoder"
    return next((use for use in ("tracks", "stacks") if use in about.uses), "no video")


def _caption(summary: BenchmarkSummary) -> str:
    outside = [name for name, about in summary.about.items() if about.cost == "outside"]
    return (
        f"Error against the cost of an answer on {summary.dataset}, with 95 % bootstrap intervals over participants. "
        f"Dashed: the training mean{', and what a perfect method would score' if summary.floor else ''}."
        + (f" Not drawn, since their cost is not known: {', '.join(outside)}." if outside else "")
    )


def _alt(summary: BenchmarkSummary) -> str:
    told = []
    for target in summary.targets:
        scores = summary.scores(target)
        best = sorted(scores, key=lambda name: scores[name].mae)[:5]
        told.append(f"{target}: lowest MAE " + ", ".join(f"{name} {scores[name].mae:.1f}" for name in best))
    return f"Mean absolute error against CPU seconds of each method. {'; '.join(told)}."
