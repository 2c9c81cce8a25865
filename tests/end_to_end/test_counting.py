"""``motilens evaluate --methods count-I4`` with networks of a folder, from videos to the report."""

import json
from pathlib import Path

import pytest

from tests.end_to_end.conftest import SETTINGS, result_of
from tests.methods.counted import tiny_counters


@pytest.fixture(scope="module")
def counted(_simulated: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of both targets with untrained networks."""
    from motilens.cli.main import main

    out = tmp_path_factory.mktemp("counted")
    weights = tiny_counters(out / "counters")
    words = ["evaluate", _simulated, "--out", out / "run", "--methods", "mean,count-I4", "--workers", 1, *SETTINGS]
    assert main([str(word) for word in [*words, "--set", f"counting.weights={weights}"]]) == 0
    return out / "run"


def test_both_targets_are_predicted_for_everyone(counted: Path) -> None:
    result = result_of(counted)
    (method,) = [method for method in result.methods if method.name == "count-I4"]
    assert (method.needs, method.input_type, method.cost) == (("cells",), "I4", "cheap")
    people = sorted(p.participant for p in result.participants)
    for target in ("motility", "morphology"):
        jobs = [j for j in result.jobs if (j.method, j.target, j.repeat) == ("count-I4", target, 1)]
        assert sorted(p.participant for job in jobs for p in job.predictions) == people
        for job in jobs:
            tested = {p.participant for p in job.predictions}
            assert job.fits and not any(tested & set(fit.ids) for fit in job.fits)
            assert all(0 <= value <= 100 for p in job.predictions for value in p.predicted_pct)
            if target == "motility":
                assert all(sum(p.predicted_pct) == pytest.approx(100, abs=1e-3) for p in job.predictions)


def test_the_cost_of_counting_is_that_of_preparation(counted: Path) -> None:
    result = result_of(counted)
    assert set(result.preparation_cpu_s) == {"stacks", "cells I4"}
    counts = [json.loads(file.read_text())["value"]["cpu_s"] for file in (counted / "cache").glob("cells-*/*.json")]
    assert len(counts) == 2 * 9  # both targets of nine videos
    assert result.preparation_cpu_s["cells I4"] == pytest.approx(sum(counts) / len(counts), abs=1e-3)
    summary = json.loads((counted / "summary.json").read_text(encoding="utf-8"))
    score = summary["methods"]["count-I4"]["motility"]
    expected = score["predict_cpu_s"] + result.preparation_cpu_s["cells I4"]
    assert score["cpu_s_per_participant"] == pytest.approx(expected, rel=1e-3)


def test_the_report_shows_the_method_and_its_feature_images(counted: Path) -> None:
    page = (counted / "report.html").read_text(encoding="utf-8")
    assert "count-I4" in page and "count-I4" in (counted / "table.md").read_text(encoding="utf-8")
    shown = [job for job in result_of(counted).jobs if job.method == "count-I4" and job.previews]
    assert shown and all(job.target == "motility" for job in shown)
    for preview in shown[0].previews:
        assert preview.temporal_sd_png is not None and preview.feature_image_png in page
