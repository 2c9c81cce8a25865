import re
from html.parser import HTMLParser

import pytest

from motilens.data.participants import LeftOut
from motilens.evaluation.result import EvaluationResult
from motilens.evaluation.scores import summarise
from motilens.report.contents import report_sections
from motilens.report.html import evaluation_page
from motilens.report.interpretation import how_to_read
from motilens.report.write import WrittenReport
from tests.report.results import LEARNED, a_result, of

VOID = {"meta", "img", "link", "br", "hr", "input"}


class Page(HTMLParser):
    """Collects elements and checks that they close in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def text(written: WrittenReport) -> str:
    return written.page.read_text(encoding="utf-8")


def test_it_opens_without_a_network(text: str) -> None:
    elements = Page(text).elements
    assert not [tag for tag, _ in elements if tag in {"script", "link", "iframe", "object", "embed"}]
    for _, attributes in elements:
        for name in ("src", "href", "xlink:href", "data", "srcset", "action"):
            target = attributes.get(name) or ""
            assert target == "" or target.startswith(("#", "data:image/png;base64,")), target
    assert "@import" not in text and not re.search(r"url\((?!#)", text)
    assert "default-src 'none'" in text


def test_it_has_what_it_promises(text: str) -> None:
    for words in (
        "How to read this",
        "Motility: mean absolute error",
        "MAE per stack beside the paper",
        "Standard deviation over time",
        "First frame",
        "Feature-image",
        "R² of the motion",
        "truncated: no frame can be decoded",
        "0123456789abcdef0123456789abcdef",
        "All settings of mean, moments, paper-I1, paper-I4",
        "2.14.1",
        "but 6 participants are too few to conclude anything",
        "Fold 1 tests 1, 4; trains on 2, 3, 5, 6.",
    ):
        assert words in text, words


def test_everyone_can_read_it(text: str) -> None:
    elements = Page(text).elements
    assert all(attributes.get("alt") for tag, attributes in elements if tag == "img")
    assert all(attributes.get("aria-label") for _, attributes in elements if attributes.get("role") == "img")
    assert [attributes.get("lang") for tag, attributes in elements if tag == "html"] == ["en"]
    ids = [attributes["id"] for _, attributes in elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    jumps = [a["href"] for tag, a in elements if tag == "a"]
    assert all(isinstance(jump, str) and jump[1:] in ids for jump in jumps)
    assert "prefers-color-scheme: dark" in text


def test_everything_from_the_result_is_escaped() -> None:
    evil = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
    result = a_result()
    jobs = tuple(
        job.model_copy(
            update={
                "previews": tuple(
                    p.model_copy(update={"participant": evil, "scaling": evil, "first_frame_png": evil})
                    for p in job.previews
                )
            }
        )
        for job in result.jobs
    )
    text = page_of(
        result.model_copy(
            update={
                "jobs": jobs,
                "left_out": (LeftOut(name=evil, reason=evil),),
                "repeats": tuple(r.model_copy(update={"source": evil}) for r in result.repeats),
                "methods": tuple(m.model_copy(update={"description": evil}) for m in result.methods),
                "command": evil,
                "dataset": evil,
                "data_fingerprint": evil,
                "motilens_version": evil,
                "versions": {evil: evil},
            }
        )
    )
    assert "<script" not in text and "<img src=x" not in text
    assert not [a for tag, a in Page(text).elements if "onerror" in a]


def test_sections_are_there_only_if_the_result_has_something_for_them() -> None:
    result = of({"mean": 15.0}, simulated=False)
    text = page_of(result)
    assert "Nothing was left out." in text
    anchors = [a["href"] for tag, a in Page(text).elements if tag == "a"]
    assert anchors == ["#interpretation", "#interpretation", "#motility", "#costs", "#origin"]


def test_both_targets_have_a_section() -> None:
    result = of({"mean": 15.0, "paper-I1": 6.0}, learned=LEARNED, targets=("motility", "morphology"))
    elements = Page(page_of(result)).elements
    sections = [a["id"] for tag, a in elements if tag == "h2"]
    assert sections == ["interpretation", "motility", "morphology", "findings", "costs", "origin"]


def page_of(result: EvaluationResult) -> str:
    summary = summarise(result)
    return evaluation_page(summary, report_sections(result, summary), how_to_read(summary))
