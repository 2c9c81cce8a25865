"""Figures of trainings: losses by epoch, one column per method, one colour per fold."""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from motilens.config import Target
from motilens.evaluation.predictions import jobs_of
from motilens.evaluation.result import EvaluationResult
from motilens.predictors.origin import TrainingCurve
from motilens.report.drawing import COLOURS, Figure, drawing_of, finished
from motilens.report.result_tables import fold_word

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLUMNS = 4
"""Number of methods side by side."""

AUTOENCODER = "autoencoder"
"""Name of the curves that the targets of a fold share; all other curves belong to one target."""


@dataclass(frozen=True)
class _Run:
    """One training: its label in the legend, and its curve."""

    label: str
    curve: TrainingCurve


def curve_names(result: EvaluationResult, target: Target) -> tuple[str, ...]:
    """Names of the trainings of one target, such as ``regressor``, in the order in which they occur."""
    names = (curve.name for job in result.jobs if job.target == target for curve in job.curves)
    return tuple(name for name in dict.fromkeys(names) if name != AUTOENCODER)


def autoencoder_curves(result: EvaluationResult) -> Figure | None:
    """Draw the training of the autoencoders; None if there was none."""
    runs = _runs(result, AUTOENCODER, result.targets[:1])
    if not runs:
        return None
    caption = (
        "Training of the autoencoders. Above: loss on training participants, often on crops; below: loss on the "
        "participants that choose the epoch. Ring: the chosen epoch."
    )
    return _curves(runs, "autoencoder_training", caption, select="selection loss", log=True)


def target_curves(result: EvaluationResult, target: Target, name: str) -> Figure | None:
    """Draw the training of one kind of network for one target; None if there was none."""
    runs = _runs(result, name, (target,))
    if not runs:
        return None
    caption = (
        f"Training on {target}: {name}. Above: loss on training participants; below, where an epoch was chosen: error "
        "of the participants that choose it. Ring: the chosen epoch."
    )
    file_name = f"{target}_training_{name.replace(' ', '_')}"
    return _curves(runs, file_name, caption, select="MAE, points", log=False)


def _runs(result: EvaluationResult, name: str, targets: Sequence[Target]) -> dict[str, list[_Run]]:
    """Trainings of the first repeat by method."""
    word = fold_word(result)
    runs = {
        method.name: [
            _Run(f"{word} {job.fold}", curve)
            for target in targets
            for job in jobs_of(result, method.name, target)
            for curve in job.curves
            if job.repeat == 1 and curve.name == name and curve.epochs
        ]
        for method in result.methods
    }
    return {method: own for method, own in runs.items() if own}


def _curves(runs: Mapping[str, Sequence[_Run]], name: str, caption: str, *, select: str, log: bool) -> Figure:
    """Draw the training loss of each method, and below it the score that chose the epoch, possibly in another unit."""
    epochs = [epoch for own in runs.values() for run in own for epoch in run.curve.epochs]
    words = ["training loss", *([select] if any(e.select_loss is not None for e in epochs) else [])]
    columns = min(COLUMNS, len(runs))
    rows = len(words) * math.ceil(len(runs) / columns)
    with drawing_of(2.2 + 2.1 * columns, 0.8 + 1.9 * rows) as drawing:
        panels = drawing.subplots(rows, columns, squeeze=False)
        for axes in panels.flat:
            axes.set_visible(False)
        for k, (method, own) in enumerate(runs.items()):
            band, column = divmod(k, columns)
            place = list(panels[len(words) * band :, column])[: len(words)]
            _draw_runs(place, own, log=log)
            place[0].set_title(method)
            place[-1].set_xlabel("epoch")
            for axes, unit in zip(place, words, strict=True):
                axes.set_ylabel(unit if column == 0 else "")
        handles, labels = panels[0, 0].get_legend_handles_labels()
        drawing.legend(handles, labels, loc="outside lower center", ncols=max(1, len(labels)))
        chosen = "; ".join(
            f"{method}: " + ", ".join(f"{run.label} epoch {run.curve.best_epoch}" for run in own)
            for method, own in runs.items()
        )
        return finished(drawing, name, caption, f"Training by epoch. Chosen: {chosen}.")


def _draw_runs(place: Sequence["Axes"], runs: Sequence[_Run], *, log: bool) -> None:
    for run, colour in zip(runs, itertools.cycle(COLOURS), strict=False):
        losses = {e.epoch: e.train_loss for e in run.curve.epochs}
        selection = {e.epoch: e.select_loss for e in run.curve.epochs if e.select_loss is not None}
        for axes, values in zip(place, (losses, selection), strict=False):
            _draw_run(axes, values, run, colour, log=log)


def _draw_run(axes: "Axes", values: Mapping[int, float], run: _Run, colour: str, *, log: bool) -> None:
    from matplotlib.ticker import MaxNLocator

    best = run.curve.best_epoch
    axes.set_visible(True)
    axes.plot(list(values), list(values.values()), color=colour, linewidth=1.4, label=run.label)
    if best in values:
        axes.plot([best], [values[best]], "o", markerfacecolor="none", markeredgecolor=colour, markersize=8)
    if log and values and min(values.values()) > 0:
        _log_scale(axes)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))


def _log_scale(axes: "Axes") -> None:
    """Set a logarithmic axis with plain numbers, even if it spans less than a decade."""
    from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())
