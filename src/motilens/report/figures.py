"""The figures of a report: what is drawn. How it looks stands in ``drawing``."""

from typing import TYPE_CHECKING

from motilens.config import TARGET_NAMES, Target
from motilens.evaluation.result import CrossValResult, Epoch
from motilens.report.drawing import COLOURS, GREY, MARKERS, Figure, drawing_of, finished
from motilens.report.scores import REFERENCE, WHAT, Judged, MethodScore, best_model, cells_of, run_label
from motilens.report.tables import NOT_KNOWN

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_Run = tuple[str, tuple[Epoch, ...], int | None]
"""One training: its label, its history, the epoch kept."""


def all_figures(judged: Judged) -> tuple[Figure, ...]:
    """Every figure that there is something to draw for."""
    figures = [figure for target in judged.scores for figure in target_figures(judged, target)]
    if any(step1.history for step1 in judged.result.step1):
        figures.append(step1_curves(judged.result))
    return tuple(figures)


def target_figures(judged: Judged, target: Target) -> tuple[Figure, ...]:
    """Error bars, predicted against true of each model, training curves and error by assessor of one target."""
    result, scores = judged.result, judged.scores[target]
    figures = [error_bars(scores, target)]
    figures += [predicted_against_true(result, score) for score in scores if score.is_model]
    if any(cell.history for cell in result.cells if cell.target == target):
        figures.append(step2_curves(result, scores, target))
    best = best_model(scores)
    if best and len({p.assessor for p in result.participants}) > 1:
        figures.append(error_by_assessor(result, best))
    return tuple(figures)


def error_bars(scores: tuple[MethodScore, ...], target: Target) -> Figure:
    """MAE per participant with its interval, one row a method."""
    with drawing_of(8.4, 0.9 + 0.34 * len(scores)) as drawing:
        axes = drawing.subplots()
        for row, score in enumerate(scores):
            value, low, high = score.mae
            colour = COLOURS[0] if score.is_model else GREY
            axes.plot([low, high], [row, row], color=colour, linewidth=2, solid_capstyle="round")
            axes.plot([value], [row], "o" if score.is_model else "s", color=colour, markersize=6)
            axes.annotate(f"{value:.1f}", (high, row), (5, 0), textcoords="offset points", va="center", fontsize=8)
        reference = [score.mae[0] for score in scores if score.method == REFERENCE]
        if reference:
            axes.axvline(reference[0], color=GREY, linewidth=1, linestyle=(0, (4, 3)), zorder=0)
        names = [f"{s.method}: {WHAT[s.method]}" if s.method in WHAT else s.method for s in scores]
        axes.set_yticks(range(len(scores)), names)
        axes.invert_yaxis()
        axes.set_xlim(left=0, right=1.08 * max(score.mae[2] for score in scores))
        axes.set_xlabel("MAE per participant, points of percent")
        told = "; ".join(f"{s.method} {s.mae[0]:.1f} ({s.mae[1]:.1f} to {s.mae[2]:.1f})" for s in scores)
        return finished(
            drawing,
            f"{target}_error_bars",
            f"Error on {target} with 95 % bootstrap intervals over participants. Grey: baselines that look at no "
            "feature-image; dashed: the training mean.",
            f"Mean absolute error per participant with 95 % interval on {target}: {told}.",
        )


def predicted_against_true(result: CrossValResult, score: MethodScore) -> Figure:
    """One panel a component, one point a participant and fold, with the line on which both are equal."""
    names = TARGET_NAMES[score.target]
    cells = cells_of(result, score.method, score.target)
    with drawing_of(8.4, 3.3) as drawing:
        panels = drawing.subplots(1, 3)
        for k, (axes, name) in enumerate(zip(panels, names, strict=True)):
            low, high = _limits([v for c in cells for s in c.scores for v in (s.truth_pct[k], s.predicted_pct[k])])
            axes.plot([low, high], [low, high], color=GREY, linewidth=1, zorder=0)
            for run, cell in enumerate(cells):
                axes.errorbar(
                    [s.truth_pct[k] for s in cell.scores],
                    [s.predicted_pct[k] for s in cell.scores],
                    yerr=[s.spread_pct[k] for s in cell.scores],
                    fmt=MARKERS[run % len(MARKERS)],
                    color=COLOURS[run % len(COLOURS)],
                    markersize=4.5,
                    elinewidth=0.6,
                    alpha=0.85,
                    label=run_label(result, cell.fold),
                )
            axes.set(xlim=(low, high), ylim=(low, high), xlabel="true, %", aspect="equal")
            axes.set_title(f"{name}\nMAE {score.components[k]:.1f}")
        panels[0].set_ylabel("predicted, %")
        handles, labels = panels[0].get_legend_handles_labels()
        drawing.legend(handles, labels, loc="outside lower center", ncols=max(1, len(cells)))
        told = ", ".join(f"{name} {mae:.1f}" for name, mae in zip(names, score.components, strict=True))
        return finished(
            drawing,
            f"{score.target}_{score.method}_predicted",
            f"{score.method} on {score.target}: predicted against true, one point a participant; bars are the spread "
            "over stacks, the line is where both are equal.",
            f"Scatter of predicted against true {score.target} for {score.method}. MAE: {told} points.",
        )


def step1_curves(result: CrossValResult) -> Figure:
    """Training of the autoencoders: one panel an input, one colour a fold."""
    inputs = sorted({step1.input_type for step1 in result.step1})
    runs: dict[str, list[_Run]] = {
        i: [
            (run_label(result, s.fold), s.history, s.best_epoch)
            for s in sorted(result.step1, key=lambda s: (s.fold, s.seed))
            if s.input_type == i
        ]
        for i in inputs
    }
    return _curves(
        runs,
        "step1_training",
        "Training of the autoencoders (step 1). Above: on training participants, often on crops; below: on the "
        "participants that choose the epoch. Ring: the epoch kept.",
        select="selection loss",
        log=True,
    )


def step2_curves(result: CrossValResult, scores: tuple[MethodScore, ...], target: Target) -> Figure:
    """Training of the regressors: one panel an input, one colour a fold."""
    models = [score.method for score in scores if score.is_model]
    runs: dict[str, list[_Run]] = {}
    for method in models:
        cells = cells_of(result, method, target)
        runs[method] = [(run_label(result, cell.fold), cell.history, cell.best_epoch) for cell in cells]
    return _curves(
        runs,
        f"{target}_training",
        f"Training of the regressors on {target} (step 2). Above: on training stacks; below: the error of the "
        "participants that choose the epoch. Ring: the epoch kept.",
        select="MAE, points",
        log=False,
    )


def error_by_assessor(result: CrossValResult, score: MethodScore) -> Figure:
    """Each participant's error by the laboratory's assessor, with each assessor's mean."""
    assessors = {p.participant: p.assessor or NOT_KNOWN for p in result.participants}
    errors: dict[str, list[float]] = {}
    for participant, error in score.errors.items():
        errors.setdefault(assessors.get(participant, NOT_KNOWN), []).append(error)
    names = sorted(errors)
    with drawing_of(8.4, 0.9 + 0.34 * len(names)) as drawing:
        axes = drawing.subplots()
        for row, name in enumerate(names):
            mean = sum(errors[name]) / len(errors[name])
            axes.plot(errors[name], [row] * len(errors[name]), "o", color=COLOURS[0], alpha=0.45, markersize=5)
            axes.plot([mean, mean], [row - 0.28, row + 0.28], color=COLOURS[1], linewidth=2.5)
        axes.set_yticks(range(len(names)), [f"{name} ({len(errors[name])})" for name in names])
        axes.set_ylim(len(names) - 0.5, -0.5)
        axes.set_xlim(left=0)
        axes.set_xlabel("error of a participant, points of percent")
        told = "; ".join(f"{n} {sum(errors[n]) / len(errors[n]):.1f} over {len(errors[n])}" for n in names)
        return finished(
            drawing,
            f"{score.target}_assessors",
            f"{score.method} on {score.target}: error of each participant by the assessor who counted; bars are means.",
            f"Mean error by assessor and number of participants: {told}.",
        )


def _curves(runs: dict[str, list[_Run]], name: str, caption: str, *, select: str, log: bool) -> Figure:
    """One column an input; training losses above, below what chose the epoch, which need not have the same unit."""
    selected = any(
        e.select_loss is not None for of_input in runs.values() for _, history, _ in of_input for e in history
    )
    rows = 2 if selected else 1
    with drawing_of(2.2 + 2.1 * len(runs), 0.8 + 1.9 * rows) as drawing:
        panels = drawing.subplots(rows, len(runs), squeeze=False, sharex="col")
        for column, (title, of_input) in enumerate(runs.items()):
            for run, (label, history, chosen) in enumerate(of_input):
                losses = {e.epoch: e.train_loss for e in history}
                scores = {e.epoch: e.select_loss for e in history if e.select_loss is not None}
                for axes, values in zip(panels[:, column], (losses, scores), strict=False):
                    _curve(axes, values, chosen, COLOURS[run % len(COLOURS)], label, log=log)
            panels[0, column].set_title(title)
            panels[-1, column].set_xlabel("epoch")
            panels[-1, column].xaxis.get_major_locator().set_params(integer=True)
        for axes, words in zip(panels[:, 0], ("training loss", select), strict=False):
            axes.set_ylabel(words)
        handles, labels = panels[0, 0].get_legend_handles_labels()
        drawing.legend(handles, labels, loc="outside lower center", ncols=max(1, len(labels)))
        told = "; ".join(
            f"{title}: " + ", ".join(f"{label} kept epoch {chosen}" for label, _, chosen in of_input)
            for title, of_input in runs.items()
        )
        return finished(drawing, name, caption, f"Training by epoch. {told}.")


def _log_scale(axes: "Axes") -> None:
    """A logarithmic axis with plain numbers, also where it spans less than a decade."""
    from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())


def _curve(axes: "Axes", values: dict[int, float], chosen: int | None, colour: str, label: str, *, log: bool) -> None:
    axes.plot(list(values), list(values.values()), color=colour, linewidth=1.4, label=label)
    if chosen in values:
        axes.plot([chosen], [values[chosen]], "o", markerfacecolor="none", markeredgecolor=colour, markersize=8)
    if log and values and min(values.values()) > 0:
        _log_scale(axes)


def _limits(values: list[float]) -> tuple[float, float]:
    """A square's limits around all values: the whole 0-100 unless they fill little of it."""
    low, high = min(values), max(values)
    if high - low > 40:
        return min(0.0, low), max(100.0, high)
    margin = max(2.0, 0.15 * (high - low))
    return low - margin, high + margin
