from pathlib import Path

import numpy as np
import pytest

from motilens.config import TARGET_NAMES
from motilens.data.participants import LeftOut
from motilens.report.validation import outcome_sentences, write_validation
from motilens.shapes import triple
from motilens.validation.checks import check_limits, overall_outcome, percentage_agreement
from motilens.validation.limits import LimitsFile, ValidationLimits
from motilens.validation.result import Sample, ValidatedModel, Validation
from tests.report.test_html import Page

LIMITS = ValidationLimits.model_validate(
    {"percentages": {"progressive": {"bias_pct": 5, "cv_pct": 10}, "immotile": {"slope": [0.9, 1.1]}}}
)


def result_of(n: int = 34, *, limits: ValidationLimits | None = LIMITS, evil: str = "") -> Validation:
    """A made validation, with normal errors of 3 points."""
    rng = np.random.default_rng(0)
    progressive = np.linspace(15, 70, n)
    laboratory = np.column_stack([progressive, np.full(n, 10.0), 90 - progressive])
    step = rng.normal(0, 3, n)
    predicted = laboratory + np.column_stack([step, np.zeros(n), -step])
    names = TARGET_NAMES["motility"]
    agreements = tuple(
        percentage_agreement(name, laboratory[:, k], predicted[:, k], []) for k, name in enumerate(names)
    )
    checks = () if limits is None else check_limits(limits, agreements)
    return Validation(
        motilens_version="0.1.0",
        versions={"numpy": "2.1"},
        date="2026-01-02T03:04:05+00:00",
        dataset=f"laboratory{evil}",
        data_fingerprint="f" * 32,
        target="motility",
        names=names,
        um_per_px=0.5,
        model=ValidatedModel(
            name="builtin", digest="abc", method="count-I4", trained_on=f"simulated{evil}", motilens_version="0.1.0"
        ),
        limits=limits
        and LimitsFile(
            name="limits.toml",
            sha256="0123456789abcdef",
            changed="2026-01-01T00:00:00+00:00",
            text=f"# ours{evil}",
            limits=limits,
        ),
        overall=overall_outcome(limits, checks, n),
        checks=checks,
        agreements=agreements,
        samples=tuple(
            Sample(
                participant=f"P{k}{evil}",
                laboratory_pct=triple(laboratory[k]),
                predicted_pct=triple(predicted[k]),
                recordings=(),
            )
            for k in range(n)
        ),
        left_out=(LeftOut(name=f"99{evil}", reason=f"truncated{evil}"),),
    )


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_validation(tmp_path_factory.mktemp("page"), result_of()).read_text(encoding="utf-8")


def test_the_page_needs_no_network_and_is_whole(text: str) -> None:
    elements = Page(text).elements
    assert not [tag for tag, _ in elements if tag in {"script", "link", "iframe", "img"}]
    assert "default-src 'none'" in text
    ids = [attributes["id"] for _, attributes in elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert all((a["href"] or "")[1:] in ids for tag, a in elements if tag == "a")


def test_the_outcome_comes_first_and_the_origin_last(text: str) -> None:
    places = [
        text.index(words)
        for words in (
            "Not shown</div>",
            "Not shown: progressive, CV of replicates.",
            "Limits of limits.toml",
            "How to read this</h2>",
            "Progressive: agreement over 34 samples",
            "Immotile: agreement over 34 samples",
            "All samples, in percent",
            "Where it comes from</h2>",
            "# ours",
        )
    ]
    assert places == sorted(places)
    for words in ("0123456789abcdef", "2026-01-01T00:00:00", "2026-01-02T03:04:05", "f" * 32, "count-I4", "truncated"):
        assert words in text, words
    assert text.count("<svg") == 3


def test_what_the_outcome_says() -> None:
    assert outcome_sentences(result_of(20))[0].startswith("Not shown: 20 samples are too few")
    assert "no limits were given" in outcome_sentences(result_of(limits=None))[0]
    strict = ValidationLimits.model_validate({"percentages": {"progressive": {"slope": [2, 3]}}})
    assert outcome_sentences(result_of(limits=strict)) == (
        "Not met: progressive, slope.",
        "0 of 1 limits are met, over 34 samples.",
        "1 participant or recording was left out; nothing is shown about those.",
    )


def test_everything_from_the_result_is_escaped(tmp_path: Path) -> None:
    evil = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
    text = write_validation(tmp_path, result_of(evil=evil)).read_text(encoding="utf-8")
    assert "<script" not in text and "<img" not in text
    Page(text)


def test_without_limits_it_is_written_too(tmp_path: Path) -> None:
    text = write_validation(tmp_path, result_of(limits=None)).read_text(encoding="utf-8")
    assert "the numbers below are not compared with anything" in text
    assert len((tmp_path / "pairs.csv").read_text(encoding="utf-8").splitlines()) == 35
