"""Figures of errors and predictions. Their style is in ``drawing``."""

from collections.abc import Sequence

from motilens.config import TARGET_NAMES, Target
from motilens.evaluation.predictions import jobs_of
from motilens.evaluation.result import EvaluationResult
from motilens.evaluation.summary import REFERENCE, EvaluationSummary
from motilens.report.drawing import COLOURS, GREY, MARKERS, Figure, drawing_of, finished
from motilens.report.result_tables import fold_word


def error_bars(summary: EvaluationSummary, target: Target) -> Figure:
    """MAE per participant with its interval, one row per method."""
    scores = summary.scores(target)
    with drawing_of(8.4, 0.9 + 0.3 * len(scores)) as drawing:
        axes = drawing.subplots()
        for row, (name, score) in enumerate(scores.items()):
            low, high = score.ci95
            colour, marker = (GREY, "s") if _is_blind(summary, name) else (COLOURS[0], "o")
            axes.plot([low, high], [row, row], color=colour, linewidth=2, solid_capstyle="round")
            axes.plot([score.mae], [row], marker, color=colour, markersize=6)
            axes.annotate(f"{score.mae:.1f}", (high, row), (5, 0), textcoords="offset points", va="center", fontsize=8)
        if REFERENCE in scores:
            axes.axvline(scores[REFERENCE].mae, color=GREY, linewidth=1, linestyle=(0, (4, 3)), zorder=0)
        axes.set_yticks(range(len(scores)), list(scores))
        axes.invert_yaxis()
        axes.set_xlim(left=0, right=1.08 * max(score.ci95[1] for score in scores.values()))
        axes.set_xlabel("MAE per participant, points of percent")
        values = "; ".join(f"{name} {s.mae:.1f} ({s.ci95[0]:.1f} to {s.ci95[1]:.1f})" for name, s in scores.items())
        return finished(
            drawing,
            f"{target}_errors",
            f"Error on {target} with 95 % bootstrap intervals over participants. Grey squares: methods that look at no "
            "video; dashed line: the training mean.",
            f"Mean absolute error per participant with 95 % interval on {target}: {values}.",
        )


def predicted_against_true(result: EvaluationResult, summary: EvaluationSummary, name: str, target: Target) -> Figure:
    """One panel per percentage, with a point per participant (first repeat or each run) and the line of equality."""
    components = summary.methods[name][target].components
    jobs = tuple(job for job in jobs_of(result, name, target) if job.repeat == 1)
    labels = result.labels[target]
    with drawing_of(8.4, 3.6) as drawing:
        panels = drawing.subplots(1, 3)
        for k, (axes, component) in enumerate(zip(panels, TARGET_NAMES[target], strict=True)):
            points = [
                [(labels[p.participant][k], p.predicted_pct[k], p.sd_pct[k]) for p in job.predictions] for job in jobs
            ]
            low, high = _limits([value for of_job in points for point in of_job for value in point[:2]])
            axes.plot([low, high], [low, high], color=GREY, linewidth=1, zorder=0)
            for run, (job, of_job) in enumerate(zip(jobs, points, strict=True)):
                true, predicted, sd = zip(*of_job, strict=True)
                axes.errorbar(
                    true,
                    predicted,
                    yerr=sd,
                    fmt=MARKERS[run % len(MARKERS)],
                    color=COLOURS[run % len(COLOURS)],
                    markersize=4.5,
                    elinewidth=0.6,
                    alpha=0.85,
                    label=f"{fold_word(result)} {job.fold}",
                )
            axes.set(xlim=(low, high), ylim=(low, high), xlabel="true, %", aspect="equal")
            axes.set_title(f"{component}\nMAE {components[component].mae:.1f}")
        panels[0].set_ylabel("predicted, %")
        handles, names = panels[0].get_legend_handles_labels()
        drawing.legend(handles, names, loc="outside lower center", ncols=max(1, len(jobs)))
        values = ", ".join(f"{component} {score.mae:.1f}" for component, score in components.items())
        return finished(
            drawing,
            f"{target}_predicted_{name}",
            f"{name} on {target}: predicted against true, one point per participant; bars are standard deviations over "
            f"stacks (or windows), the line is where both are equal.{' First repeat.' if _is_repeated(result) else ''}",
            f"Scatter of predicted against true {target} for {name}. MAE: {values} points.",
        )


def _is_blind(summary: EvaluationSummary, name: str) -> bool:
    about = summary.about[name]
    return about.cost != "submission" and not {"stacks", "cells", "tracks"} & set(about.needs)


def _is_repeated(result: EvaluationResult) -> bool:
    return len(result.repeats) > 1


def _limits(values: Sequence[float]) -> tuple[float, float]:
    """Common limits of both axes around all values: 0-100, unless the values fill little of that range."""
    low, high = min(values), max(values)
    if high - low > 40:
        return min(0.0, low), max(100.0, high)
    margin = max(2.0, 0.15 * (high - low))
    return low - margin, high + margin
