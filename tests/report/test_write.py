import base64
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from motilens.cli.main import main
from motilens.errors import DataError, MissingError
from motilens.evaluation.result import CrossValResult
from motilens.report.write import WrittenReport, read_result, write_report
from tests.factories import make_result


def write_changed(run_dir: Path, out: Path, **changes: Any) -> Path:  # noqa: ANN401 - JSON is any
    content = json.loads((run_dir / "result.json").read_text(encoding="utf-8")) | changes
    out.mkdir(exist_ok=True)
    (out / "result.json").write_text(json.dumps(content), encoding="utf-8")
    return out


def test_what_is_written(written: WrittenReport, run_dir: Path) -> None:
    here = {path.relative_to(run_dir).as_posix() for path in run_dir.rglob("*") if path.is_file()}
    assert here == {path.relative_to(run_dir).as_posix() for path in written.files} | {"result.json"}
    assert {"report.html", "table.md", "tables/motility_main.csv", "tables/participants.csv"} <= here
    assert {"figures/motility_error_bars.png", "figures/step1_training.png"} <= here
    assert "feature-images/I4_fold1_1_feature_image.png" in here
    assert "feature-images/I1_fold1_1_temporal_spread.png" not in here


def test_the_result_reads_back(run_dir: Path, result: CrossValResult) -> None:
    assert read_result(run_dir) == result


def test_pictures_are_those_of_the_result(written: WrittenReport, run_dir: Path, result: CrossValResult) -> None:
    path = run_dir / "feature-images" / "I4_fold1_1_feature_image.png"
    assert path.read_bytes() == base64.b64decode(result.previews[1].feature_image_png)


def test_a_report_is_made_again_from_the_result_alone(written: WrittenReport, run_dir: Path, tmp_path: Path) -> None:
    shutil.copy(run_dir / "result.json", tmp_path)
    again = write_report(tmp_path)
    for path in written.files:
        assert (tmp_path / path.relative_to(run_dir)).read_bytes() == path.read_bytes(), path.name
    assert again.markdown == written.markdown


def test_the_markdown_has_the_main_tables_and_what_to_think_of_them(written: WrittenReport, run_dir: Path) -> None:
    assert "| **I4**" in written.markdown
    assert "## How to read this" in written.markdown and "better than the training mean" in written.markdown
    assert "beside the paper" not in written.markdown
    assert "beside the paper" in (run_dir / "table.md").read_text(encoding="utf-8")


def test_the_command_prints_and_writes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result = make_result(inputs=("I1",), baselines=("mean",))
    (tmp_path / "result.json").write_text(result.model_dump_json(), encoding="utf-8")
    assert main(["report", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "| **I1**" in out and "report.html" in out
    assert (tmp_path / "report.html").exists()


def test_no_result_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(MissingError, match=r"no result at .*the folder of a finished motilens crossval"):
        read_result(tmp_path)
    assert main(["report", str(tmp_path)]) == 1
    assert capsys.readouterr().err.startswith("motilens: error: no result at ")


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"not json"])
def test_a_damaged_result(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "result.json").write_bytes(content)
    with pytest.raises(DataError, match=r"result\.json is damaged: not JSON .*run the same motilens crossval again"):
        read_result(tmp_path)


@pytest.mark.parametrize("version", [2, None, "1"])
def test_a_result_of_another_version(run_dir: Path, tmp_path: Path, version: object) -> None:
    run = write_changed(run_dir, tmp_path / "run", result_version=version)
    with pytest.raises(
        DataError, match=r"has result_version .*; allowed: 1; make the report with the motilens that wrote"
    ):
        read_result(run)


def test_a_list_is_no_result(tmp_path: Path) -> None:
    (tmp_path / "result.json").write_text("[1, 2]")
    with pytest.raises(DataError, match="has result_version None"):
        read_result(tmp_path)


def test_a_result_with_a_wrong_field_names_it(run_dir: Path, tmp_path: Path) -> None:
    run = write_changed(run_dir, tmp_path / "run", protocol="as-wished")
    with pytest.raises(DataError, match=r"is damaged: protocol: .*as-described"):
        read_result(run)


def test_a_picture_that_is_none(result: CrossValResult, tmp_path: Path) -> None:
    preview = result.previews[0].model_copy(update={"feature_image_png": "%%%"})
    with pytest.raises(DataError, match="picture I1_fold1_1_feature_image is not base64"):
        write_report(tmp_path, result.model_copy(update={"previews": (preview,)}))


def test_participants_names_make_no_paths(result: CrossValResult, tmp_path: Path) -> None:
    preview = result.previews[0].model_copy(update={"participant": "../../etc/passwd"})
    small = make_result(inputs=(), baselines=("mean",)).model_copy(update={"previews": (preview,)})
    written = write_report(tmp_path / "run", small)
    assert all(path.resolve().is_relative_to((tmp_path / "run").resolve()) for path in written.files)
    assert (tmp_path / "run" / "feature-images" / "I1_fold1_.._.._etc_passwd_feature_image.png").exists()
