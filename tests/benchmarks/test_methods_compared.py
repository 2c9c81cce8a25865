"""docs/methods-compared.md is what its command makes of the committed summaries."""
# ruff: noqa: ANN401 - the benchmark is no module that a type checker could find

import importlib
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from motilens.errors import InputError
from motilens.evaluation.scores import summarise
from motilens.report.read import read_summary
from tests.evaluation.results import LABELS, made, off_by

REPOSITORY = Path(__file__).resolve().parents[2]
DOCUMENT = REPOSITORY / "docs" / "methods-compared.md"
DATASETS = ("visem-sim-85", "real-tracks-10")
TEXT = "# Title\n\nKept before.\n\n<!-- made: one -->\nold\n<!-- end -->\n\nKept after.\n"


@pytest.fixture(scope="module")
def doc() -> Iterator[Any]:
    folder = str(REPOSITORY / "benchmarks")
    sys.path.insert(0, folder)
    try:
        yield importlib.import_module("methods_compared")
    finally:
        sys.path.remove(folder)
        sys.modules.pop("methods_compared", None)


@pytest.fixture(scope="module")
def found() -> Any:
    return summarise(made({"mean": off_by(15.0), "a": off_by(3.0)}, exact=LABELS))


def summary_files() -> dict[str, Path]:
    """Committed summaries, by the name of their marks."""
    paths = {name: REPOSITORY / "benchmarks" / "results" / f"{name}.json" for name in DATASETS}
    return {name: path for name, path in paths.items() if path.is_file()}


# --- the document that is committed


def test_the_document_has_marks_for_every_committed_summary_and_no_others() -> None:
    marks = re.findall(r"<!-- made: (.+?) -->", DOCUMENT.read_text(encoding="utf-8"))
    assert sorted(marks) == sorted(summary_files())


def test_every_committed_summary_is_one_of_its_dataset() -> None:
    for name, path in summary_files().items():
        found = read_summary(path)
        assert found.dataset == name
        # The page says which of the two made its tables.
        assert found.command.startswith(("motilens evaluate ", "motilens benchmark "))


def test_the_document_is_what_the_committed_summaries_give(doc: Any) -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    again, figures = doc.fill(text, {name: read_summary(path) for name, path in summary_files().items()})
    assert again == text, "run the command that the document names"
    assert [name for name in figures if not (DOCUMENT.parent / name).is_file()] == []


# --- filling a document


def test_what_stands_outside_of_the_marks_is_kept(doc: Any, found: Any) -> None:
    text, figures = doc.fill(TEXT, {"one": found})
    assert text.startswith("# Title\n\nKept before.\n\n<!-- made: one -->\n\n![")
    assert text.endswith("\n<!-- end -->\n\nKept after.\n")
    assert "\nold\n" not in text
    assert "### Motility: mean absolute error" in text and "### How to read this" in text
    assert "(images/cost_accuracy_one.png)" in text
    assert list(figures) == ["images/cost_accuracy_one.png"]


def test_filling_again_changes_nothing(doc: Any, found: Any) -> None:
    text, _ = doc.fill(TEXT, {"one": found})
    assert doc.fill(text, {"one": found})[0] == text


def test_the_command_writes_document_and_picture(
    doc: Any, found: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "page.md").write_text(TEXT, encoding="utf-8")
    (tmp_path / "one.json").write_text(json.dumps(found.model_dump(mode="json")))
    assert doc.main([str(tmp_path / "page.md"), str(tmp_path / "one.json")]) == 0
    assert (tmp_path / "images" / "cost_accuracy_one.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "page.md").read_text(encoding="utf-8") == doc.fill(TEXT, {"one": found})[0]
    assert capsys.readouterr().out.endswith("page.md: one\n")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("no marks", "marks none, summaries one: one is not once in both"),
        (TEXT + TEXT, "marks one, one, summaries one: one is not once in both"),
        (TEXT.replace("made: one", "made: two"), "marks two, summaries one: one, two is not once in both"),
        (TEXT.replace("<!-- end -->", ""), "marks one: one of them has no end"),
    ],
)
def test_marks_that_do_not_fit(doc: Any, found: Any, text: str, message: str) -> None:
    with pytest.raises(InputError) as error:
        doc.fill(text, {"one": found})
    assert message in str(error.value)


def test_the_command_says_in_one_line_what_is_wrong(
    doc: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        doc.main([str(tmp_path / "page.md"), str(tmp_path / "one.json")])
    assert stopped.value.code == 1
    assert capsys.readouterr().err.count("\n") == 1
