import re
from html.parser import HTMLParser

import pytest

from motilens.config import Protocol
from motilens.evaluation.result import CrossValResult, LeftOut
from motilens.report.html import page
from motilens.report.scores import judge
from motilens.report.write import WrittenReport
from tests.factories import make_result

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
        "Temporal spread",
        "First frame",
        "Feature-image",
        "R² of the motion",
        "truncated: no frame can be decoded",
        "0123456789abcdef0123456789abcdef",
        "All settings of I4",
        "2.14.1",
        "Better than the training mean, but 6 participants are too few to conclude anything",
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
    result = make_result()
    result = result.model_copy(
        update={
            "left_out": (LeftOut(name=evil, reason=evil),),
            "fold_source": evil,
            "command": evil,
            "data_fingerprint": evil,
            "motilens_version": evil,
            "versions": {evil: evil},
            "previews": tuple(
                p.model_copy(update={"participant": evil, "scaling": evil, "first_frame_png": evil})
                for p in result.previews
            ),
        }
    )
    text = page(judge(result), _drawn(result))
    assert "<script" not in text and "<img src=x" not in text
    assert not [a for tag, a in Page(text).elements if "onerror" in a]


@pytest.mark.parametrize(
    ("protocol", "twins_per_fold", "words"),
    [
        ("as-described", 2, '"verdict good">Better than the training mean<'),
        ("as-described", 1, '"verdict unclear">Better than the training mean, but 6 participants are too few'),
        ("as-released", 2, '"verdict unclear">Better than the training mean, but these participants chose the epoch'),
    ],
)
def test_the_verdict_is_no_better_than_its_evidence(protocol: Protocol, twins_per_fold: int, words: str) -> None:
    result = make_result(protocol=protocol, twins_per_fold=twins_per_fold)
    assert words in page(judge(result), _drawn(result))


def test_a_result_of_baselines_alone_has_a_page() -> None:
    result = make_result(inputs=()).model_copy(update={"left_out": ()})
    text = page(judge(result), _drawn(result))
    assert "Nothing was left out." in text and "Autoencoders" not in text
    Page(text)


def _drawn(result: CrossValResult):  # noqa: ANN202 - figures, drawn late: matplotlib is slow to load
    from motilens.report.figures import error_bars

    return (error_bars(judge(result).scores["motility"], "motility"),)
