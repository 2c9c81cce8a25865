"""The report as one HTML file that needs no network: everything is inline, and all text of the result is escaped."""

import functools
from collections.abc import Sequence

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from motilens.evaluation.summary import EvaluationSummary
from motilens.report.drawing import Figure
from motilens.report.interpretation import facts, headlines
from motilens.report.section import Block, Section


def page(summary: EvaluationSummary, sections: Sequence[Section], interpretation: Sequence[str]) -> str:
    """Render the whole report.

    Args:
        summary: the numbers of an evaluation.
        sections: sections of the page.
        interpretation: sentences on how to read the numbers.
    """
    return (
        _environment()
        .get_template("template.html.j2")
        .render(
            summary=summary,
            facts=facts(summary),
            interpretation=interpretation,
            headlines=headlines(summary),
            sections=sections,
        )
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
    environment.filters["inline"] = _inline
    environment.filters["kind"] = _kind
    return environment


def _inline(figure: Figure) -> Markup:
    return Markup(figure.svg)  # noqa: S704 - drawn by us; its text is escaped there


def _kind(block: Block) -> str:
    return type(block).__name__
