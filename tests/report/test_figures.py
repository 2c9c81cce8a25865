import re
from xml.etree import ElementTree

import pytest

from motilens.evaluation.result import EvaluationResult
from motilens.evaluation.scores import summarise
from motilens.evaluation.summary import EvaluationSummary
from motilens.report.contents import report_sections
from motilens.report.cost_accuracy import cheap, cost_accuracy, costly
from motilens.report.drawing import Figure
from motilens.report.figures import error_bars
from motilens.report.section import figures_in
from motilens.report.training_curves import autoencoder_curves, curve_names
from tests.report.results import a_result, of


@pytest.fixture(scope="module")
def figures(result: EvaluationResult, summary: EvaluationSummary) -> dict[str, Figure]:
    return {figure.name: figure for figure in figures_in(report_sections(result, summary))}


def test_which_figures_there_are(figures: dict[str, Figure]) -> None:
    assert list(figures) == [
        "motility_errors",
        "motility_predicted_paper-I4",  # the lowest error; the others are folded away
        "motility_predicted_moments",
        "motility_predicted_paper-I1",
        "motility_training_regressor",
        "cost_accuracy",
        "autoencoder_training",
    ]


def test_each_is_png_and_svg_with_words(figures: dict[str, Figure]) -> None:
    for figure in figures.values():
        assert figure.png.startswith(b"\x89PNG")
        assert ElementTree.fromstring(figure.svg).tag.endswith("svg")
        assert figure.caption.endswith(".") and figure.alt.endswith(".")


def test_svgs_follow_the_page_and_share_no_id(figures: dict[str, Figure]) -> None:
    ids = [name for figure in figures.values() for name in re.findall(r'\bid="([^"]+)"', figure.svg)]
    assert len(ids) == len(set(ids))
    for figure in figures.values():
        assert "currentColor" in figure.svg
        assert "#fefefe" not in figure.svg and "white" not in figure.svg
        used = {a or b for a, b in re.findall(r'url\(#([^)]+)\)|href="#([^"]+)"', figure.svg)}
        assert used <= set(ids)


def test_the_same_summary_draws_the_same_bytes(summary: EvaluationSummary, figures: dict[str, Figure]) -> None:
    assert error_bars(summary, "motility") == figures["motility_errors"]
    assert cost_accuracy(summary) == figures["cost_accuracy"]


def test_alt_texts_have_the_numbers(figures: dict[str, Figure]) -> None:
    assert "paper-I4 2.0 (2.0 to 2.0)" in figures["motility_errors"].alt
    assert "MAE: progressive 3.0" in figures["motility_predicted_paper-I4"].alt
    assert "lowest MAE paper-I4 2.0, moments 4.0" in figures["cost_accuracy"].alt
    assert "paper-I1: fold 1 epoch 2" in figures["autoencoder_training"].alt


def test_runs_are_called_runs() -> None:
    figure = autoencoder_curves(a_result("as-released"))
    assert figure is not None and "paper-I1: run 1 epoch 2, run 2 epoch 2, run 3 epoch 2" in figure.alt


def test_without_trainings_there_are_no_curves() -> None:
    result = of({"mean": 15.0})
    assert autoencoder_curves(result) is None and curve_names(result, "motility") == ()


def test_methods_that_cost_nothing_are_in_the_strip() -> None:
    result = of({"mean": 15.0, "moments": 6.0, "ours": 5.0})
    jobs = tuple(
        job.model_copy(
            update={
                "costs": None
                if job.method == "ours" or job.costs is None
                else job.costs.model_copy(update={"predict_cpu_s": 0.0 if job.method == "mean" else 0.5})
            }
        )
        for job in result.jobs
    )
    methods = tuple(
        method.model_copy(update={"needs": (), "cost": "submission"}) if method.name == "ours" else method
        for method in result.methods
    )
    found = summarise(result.model_copy(update={"methods": methods, "jobs": jobs}))
    scores = found.scores("motility")
    assert cheap(scores) == {"mean": 0.0}
    assert costly(scores) == {"moments": 2.5}
    figure = cost_accuracy(found)
    assert "Not drawn, since their cost is not known: ours." in figure.caption
    assert all(words in figure.svg for words in ("training mean", "floor: error of the laboratory"))


def test_methods_that_count_cells_are_a_kind_of_their_own() -> None:
    result = of({"mean": 15.0, "counted": 6.0}, preparation_cpu_s={"stacks": 2.0, "cells I4": 4.0})
    methods = tuple(
        method.model_copy(update={"needs": ("cells",), "input_type": "I4"}) if method.name == "counted" else method
        for method in result.methods
    )
    found = summarise(result.model_copy(update={"methods": methods}))
    assert costly(found.scores("motility"))["counted"] == 4.5
    figure = cost_accuracy(found)
    assert ">cells<" in figure.svg or "cells</text>" in figure.svg
    assert ">stacks<" not in figure.svg  # no method needs them
