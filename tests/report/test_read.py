import json
from pathlib import Path
from typing import Any

import pytest

from motilens.cli.main import main
from motilens.errors import DataError, MissingError
from motilens.evaluation.result import EvaluationResult
from motilens.evaluation.summary import EvaluationSummary
from motilens.report.read import read_result, read_summary


def write(run: Path, content: Any) -> Path:  # noqa: ANN401 - JSON is any
    run.mkdir(exist_ok=True)
    (run / "result.json").write_text(json.dumps(content), encoding="utf-8")
    return run


def refusal(run: Path) -> str:
    with pytest.raises(DataError) as error:
        read_result(run)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_a_result_reads_back(run_dir: Path, result: EvaluationResult) -> None:
    assert read_result(run_dir) == result


def test_a_summary_reads_back(tmp_path: Path, summary: EvaluationSummary) -> None:
    (tmp_path / "summary.json").write_text(summary.model_dump_json())
    assert read_summary(tmp_path / "summary.json") == summary


def test_no_result_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(MissingError, match=r"no result at .*the folder of a finished motilens evaluate"):
        read_result(tmp_path)
    assert main(["report", str(tmp_path)]) == 1
    assert capsys.readouterr().err.startswith("motilens: error: no result at ")
    with pytest.raises(MissingError, match=r"no summary at .*one.json; allowed: a summary.json"):
        read_summary(tmp_path / "one.json")


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"not json"])
def test_a_damaged_result(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "result.json").write_bytes(content)
    assert "result.json is damaged: not JSON" in refusal(tmp_path)
    assert refusal(tmp_path).endswith("run the same motilens evaluate again to rewrite it")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (
            {"result_version": 1, "motilens_version": "0.1.0", "command": "motilens crossval DATA --out RUN"},
            "it has no kind, it has result_version 1, it was made by motilens crossval, its fields are result_version,",
        ),
        (
            {"result_version": 1, "motilens_version": "0.1.0", "command": "motilens benchmark DATA --out RUN"},
            "it was made by motilens benchmark",
        ),
        (
            {"participant": "1", "fields": [], "progressive_pct": 50.0, "immotile_pct": 20.0, "seed": 3},
            "it has no kind, its fields are participant, fields, progressive_pct, immotile_pct and 1 more;",
        ),
        ({"kind": "evaluation summary", "summary_version": 2}, "it is of kind 'evaluation summary'"),
        ([1, 2], "it is a JSON list"),
    ],
)
def test_something_else_is_called_what_it_is(tmp_path: Path, content: object, words: str) -> None:
    text = refusal(write(tmp_path, content))
    assert "result.json is not an evaluation: " in text
    assert words in text and "damaged" not in text
    assert text.endswith("run motilens evaluate again")


def test_the_version_that_wrote_it_is_named(tmp_path: Path) -> None:
    text = refusal(write(tmp_path, {"result_version": 1, "motilens_version": "0.1.0"}))
    assert "allowed: kind 'evaluation' with result_version 2; use the version that wrote it (motilens 0.1.0)" in text


@pytest.mark.parametrize("version", [1, 3, None, "2"])
def test_a_result_of_another_version(result: EvaluationResult, tmp_path: Path, version: object) -> None:
    content = {**result.model_dump(mode="json"), "result_version": version}
    text = refusal(write(tmp_path, content))
    assert f"is an evaluation with result_version {version!r}; allowed: 2; use the version that wrote it" in text


def test_a_result_with_a_wrong_field_names_it(result: EvaluationResult, tmp_path: Path) -> None:
    text = refusal(write(tmp_path, {**result.model_dump(mode="json"), "protocol": "as-wished"}))
    assert "is damaged: protocol: " in text and "as-described" in text


def test_a_result_is_no_summary(run_dir: Path, summary: EvaluationSummary, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is not an evaluation summary: it is of kind 'evaluation', it was made by"):
        read_summary(run_dir / "result.json")
    content = summary.model_dump(mode="json")
    (tmp_path / "summary.json").write_text(json.dumps({**content, "methods": {"a": {"motility": {}}}}))
    with pytest.raises(DataError, match=r"damaged: methods\.a\.motility\.mae: Field required .*copy the summary.json"):
        read_summary(tmp_path / "summary.json")
