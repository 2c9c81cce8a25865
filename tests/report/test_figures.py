import re
from xml.etree import ElementTree

import pytest

from motilens.evaluation.result import CrossValResult
from motilens.report.drawing import Figure
from motilens.report.figures import all_figures, error_bars, error_by_assessor, step1_curves
from motilens.report.scores import judge, score_of
from tests.factories import make_result


@pytest.fixture(scope="module")
def figures() -> dict[str, Figure]:
    return {figure.name: figure for figure in all_figures(judge(make_result()))}


def test_which_figures_there_are(figures: dict[str, Figure]) -> None:
    assert list(figures) == [
        "motility_error_bars",
        "motility_I1_predicted",
        "motility_I4_predicted",
        "motility_training",
        "motility_assessors",
        "step1_training",
    ]
    assert {figure.part for figure in figures.values()} == {"motility", "step1"}


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
        assert set(re.findall(r'url\(#([^)]+)\)|href="#([^"]+)"', figure.svg)) <= {(i, "") for i in ids} | {
            ("", i) for i in ids
        }


def test_the_same_result_draws_the_same_bytes() -> None:
    scores = judge(make_result()).scores["motility"]
    first, second = error_bars(scores, "motility"), error_bars(scores, "motility")
    assert first == second


def test_alt_texts_have_the_numbers(figures: dict[str, Figure]) -> None:
    assert "I4 2.0 (2.0 to 2.0)" in figures["motility_error_bars"].alt
    assert "progressive 3.0, non-progressive 3.0, immotile 0.0" in figures["motility_I4_predicted"].alt
    assert "fold 1 kept epoch 2" in figures["motility_training"].alt
    assert "JMA 2.0 over 2; SSW 2.0 over 4" in figures["motility_assessors"].alt


def test_names_from_a_result_are_drawn_as_text() -> None:
    result = make_result()
    hostile = result.participants[0].model_copy(update={"assessor": "<script>$\\frac</script>"})
    result = result.model_copy(update={"participants": (hostile, *result.participants[1:])})
    figure = error_by_assessor(result, score_of(result, "I4", "motility"))
    assert "<script" not in figure.svg and "&lt;script&gt;$\\frac" in figure.svg


def test_trainings_without_a_selection_are_drawn(result: CrossValResult) -> None:
    epochs = tuple(epoch.model_copy(update={"select_loss": None}) for epoch in result.step1[0].history)
    step1 = tuple(s.model_copy(update={"history": epochs}) for s in result.step1)
    assert "kept epoch 2" in step1_curves(result.model_copy(update={"step1": step1})).alt
