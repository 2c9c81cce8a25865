import base64
import csv
import json
import shutil
from pathlib import Path

import pytest

from motilens.cli.main import main
from motilens.errors import DataError
from motilens.evaluation.result import EvaluationResult, Preview
from motilens.evaluation.summary import EvaluationSummary
from motilens.report.write import WrittenReport, write_report
from tests.report.results import of


def with_preview(result: EvaluationResult, preview: Preview) -> EvaluationResult:
    jobs = [job.model_copy(update={"previews": ()}) for job in result.jobs]
    jobs[0] = jobs[0].model_copy(update={"previews": (preview,)})
    return result.model_copy(update={"jobs": jobs})


def a_preview(result: EvaluationResult) -> Preview:
    return next(preview for job in result.jobs if job.method == "paper-I4" for preview in job.previews)


def test_what_is_written(written: WrittenReport, run_dir: Path) -> None:
    here = {path.relative_to(run_dir).as_posix() for path in run_dir.rglob("*") if path.is_file()}
    assert here == {path.relative_to(run_dir).as_posix() for path in written.files} | {"result.json"}
    assert {"report.html", "table.md", "summary.json", "predictions.csv"} <= here
    assert {path for path in here if path.startswith("tables/")} == {
        f"tables/{name}.csv"
        for name in (
            "motility_main",
            "motility_published",
            "motility_pairs",
            "motility_agreement",
            "motility_by_fold",
            "motility_by_assessor",
            "motility_by_concentration",
            "findings",
            "costs",
            "autoencoders",
            "participants",
            "left_out",
            "versions",
        )
    }
    assert {"figures/motility_errors.png", "figures/cost_accuracy.png", "figures/autoencoder_training.png"} <= here
    assert "feature-images/paper-I4_fold1_1_feature_image.png" in here
    assert "feature-images/paper-I4_fold1_1_temporal_sd.png" in here
    assert "feature-images/paper-I1_fold1_1_temporal_sd.png" not in here


def test_pictures_are_those_of_the_result(written: WrittenReport, run_dir: Path, result: EvaluationResult) -> None:
    path = run_dir / "feature-images" / "paper-I4_fold1_1_feature_image.png"
    assert path.read_bytes() == base64.b64decode(a_preview(result).feature_image_png)


def test_the_summary_and_the_predictions_are_for_machines(
    written: WrittenReport, run_dir: Path, summary: EvaluationSummary
) -> None:
    content = json.loads((run_dir / "summary.json").read_text(encoding="utf-8"))
    assert EvaluationSummary.model_validate(content) == summary
    assert content["methods"]["moments"]["motility"]["mae"] == 4.0
    with (run_dir / "predictions.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 4 * 6
    with (run_dir / "tables" / "motility_main.csv").open(encoding="utf-8", newline="") as file:
        main_rows = {row["method"]: row for row in csv.DictReader(file)}
    assert float(main_rows["moments"]["minus_mean_low"]) == -6.0


def test_a_report_is_made_again_from_the_result_alone(written: WrittenReport, run_dir: Path, tmp_path: Path) -> None:
    shutil.copy(run_dir / "result.json", tmp_path)
    again = write_report(tmp_path)
    for path in written.files:
        assert (tmp_path / path.relative_to(run_dir)).read_bytes() == path.read_bytes(), path.name
    assert again.markdown == written.markdown


def test_the_terminal_gets_the_main_tables_and_how_to_read_them(written: WrittenReport, run_dir: Path) -> None:
    assert "| **paper-I4** " in written.markdown
    assert "### The paper's findings on these data" in written.markdown
    assert "### How to read this" in written.markdown
    assert "beside the paper" not in written.markdown
    document = (run_dir / "table.md").read_text(encoding="utf-8")
    assert document.startswith("# Evaluation\n\n- data: made-4")
    assert "beside the paper" in document and "### Participants" not in document


def test_the_command_prints_and_writes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result = of({"mean": 15.0, "a": 3.0})
    (tmp_path / "result.json").write_text(result.model_dump_json(), encoding="utf-8")
    assert main(["report", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "| **a** " in out and "report.html" in out
    assert (tmp_path / "report.html").exists()


def test_a_picture_that_is_none(result: EvaluationResult, tmp_path: Path) -> None:
    preview = a_preview(result).model_copy(update={"feature_image_png": "%%%"})
    with pytest.raises(DataError, match="picture mean_fold1_1_feature_image is not base64; run the same motilens eval"):
        write_report(tmp_path, with_preview(of({"mean": 15.0}), preview))


def test_participants_names_make_no_paths(result: EvaluationResult, tmp_path: Path) -> None:
    preview = a_preview(result).model_copy(update={"participant": "../../etc/passwd"})
    written = write_report(tmp_path / "run", with_preview(of({"mean": 15.0}), preview))
    assert all(path.resolve().is_relative_to((tmp_path / "run").resolve()) for path in written.files)
    assert (tmp_path / "run" / "feature-images" / "mean_fold1_.._.._etc_passwd_feature_image.png").exists()
