"""One HTML file that opens without a network: everything in it is inline, everything from the result is escaped."""

import functools
from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from motilens.config import INPUT_TYPES, InputType, Target
from motilens.evaluation.result import CrossValResult, Preview
from motilens.report.drawing import Figure
from motilens.report.reading import caveat, difference, facts, how_to_read, verdict
from motilens.report.scores import RUN_WORD, WHAT, Judged, best_model
from motilens.report.table import Table
from motilens.report.tables import left_out_table, step1_table, target_tables


@dataclass(frozen=True)
class Headline:
    """What one target comes to.

    Attributes:
        target: what is predicted.
        method: the best model, in words.
        mae: its error, in words.
        interval: of that error, in words.
        mean_mae: the training mean's error, in words.
        verdict: the two compared.
        difference: of the two with interval, in words.
        good: True better, False worse, None not told apart or not to be concluded.
    """

    target: str
    method: str
    mae: str
    interval: str
    mean_mae: str | None
    verdict: str
    difference: str
    good: bool | None


@dataclass(frozen=True)
class TargetSection:
    """One target's part of the page; ``more`` are figures that are folded away."""

    target: Target
    tables: tuple[Table, ...]
    figures: tuple[Figure, ...]
    more: tuple[Figure, ...]


@dataclass(frozen=True)
class InputPreviews:
    """Feature-images of one input type."""

    input_type: InputType
    what: str
    previews: tuple[Preview, ...]


def page(judged: Judged, figures: tuple[Figure, ...]) -> str:
    """Render the whole report.

    Args:
        judged: a result with its numbers.
        figures: all of its figures.
    """
    result = judged.result
    template = _environment().get_template("template.html.j2")
    return template.render(
        result=result,
        facts=facts(judged),
        reading=how_to_read(judged),
        headlines=_headlines(judged),
        sections=[_section(judged, target, figures) for target in judged.scores],
        step1=step1_table(result) if result.step1 else None,
        step1_figure=next((f for f in figures if f.part == "step1"), None),
        previews=_previews(result),
        run_word=RUN_WORD[result.protocol],
        left_out=left_out_table(result) if result.left_out else None,
        pipelines={i: p.model_dump_json(indent=2) for i, p in result.pipelines.items()},
    )


@functools.cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("motilens.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["inline"] = lambda figure: Markup(figure.svg)  # noqa: S704 - drawn by us; its text is escaped there
    return environment


def _headlines(judged: Judged) -> list[Headline]:
    headlines, but = [], caveat(judged)
    for target, scores in judged.scores.items():
        best = best_model(scores)
        if best is None:
            continue
        means = [f"{score.mae[0]:.1f}" for score in scores if score.method == "mean"]
        headlines.append(
            Headline(
                target=target,
                method=f"{best.method}, {WHAT.get(best.method, '')}".removesuffix(", "),
                mae=f"{best.mae[0]:.1f}",
                interval=f"{best.mae[1]:.1f} to {best.mae[2]:.1f}",
                mean_mae=means[0] if means else None,
                verdict=f"{verdict(best)}, {but}" if but else verdict(best),
                difference=difference(best),
                good=None if but else best.beats_the_mean,
            )
        )
    return headlines


def _section(judged: Judged, target: Target, figures: tuple[Figure, ...]) -> TargetSection:
    best = best_model(judged.scores[target])
    shown = f"{target}_{best.method}_predicted" if best else ""
    own = [f for f in figures if f.part == target]
    more = tuple(f for f in own if f.name.endswith("_predicted") and f.name != shown)
    return TargetSection(target, target_tables(judged, target), tuple(f for f in own if f not in more), more)


def _previews(result: CrossValResult) -> list[InputPreviews]:
    inputs: list[InputType] = [i for i in INPUT_TYPES if any(preview.input_type == i for preview in result.previews)]
    return [InputPreviews(i, WHAT[i], tuple(p for p in result.previews if p.input_type == i)) for i in inputs]
