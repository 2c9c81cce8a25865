"""A report as one HTML file that needs no network: everything is inline, and all text of the result is escaped."""

import functools
from collections.abc import Sequence

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from motilens.evaluation.summary import EvaluationSummary
from motilens.report.drawing import Figure
from motilens.report.interpretation import facts, headlines
from motilens.report.section import Block, Section
from motilens.validation.result import Validation


def evaluation_page(summary: EvaluationSummary, sections: Sequence[Section], interpretation: Sequence[str]) -> str:
    """Render the whole report of an evaluation.

    Args:
        summary: the numbers of an evaluation.
        sections: sections of the page.
        interpretation: sentences on how to read the numbers.
    """
    return _rendered(
        "evaluation",
        summary=summary,
        facts=facts(summary),
        interpretation=interpretation,
        headlines=headlines(summary),
        sections=sections,
    )


def validation_page(
    result: Validation, about: Sequence[tuple[str, str]], outcome: Sequence[str], sections: Sequence[Section]
) -> str:
    """Render the whole report of a validation.

    Args:
        result: the validation.
        about: names and values of the facts at the top.
        outcome: sentences on the outcome.
        sections: sections of the page.
    """
    return _rendered("validation", result=result, facts=about, outcome=outcome, sections=sections)


def _rendered(name: str, **content: object) -> str:
    return _environment().get_template(f"{name}.html.j2").render(**content)


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
