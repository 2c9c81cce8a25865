"""``motilens benchmark`` from the command line: a small data set, one method of each kind."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from motilens.evaluation.benchmark.values import BenchmarkResult
from tests.end_to_end.conftest import TINY, Run

SETTINGS = [word for setting in TINY for word in ("--set", setting)]
SHORT = [*SETTINGS, "--repeats", "2", "--workers", "1"]


def result_of(out: Path) -> BenchmarkResult:
    return BenchmarkResult.model_validate_json((out / "result.json").read_bytes())


@pytest.fixture(scope="module")
def finished(_simulated: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    from motilens.cli.main import main

    out = tmp_path_factory.mktemp("benchmark") / "run"
    words = ["benchmark", str(_simulated), "--out", str(out), "--methods", "cheap", "moments", "stable-I4", *SHORT]
    assert main(words) == 0
    return out


def test_every_method_answers_once_for_everyone_in_each_of_its_repeats(finished: Path) -> None:
    result = result_of(finished)
    assert [m.name for m in result.methods] == [
        "mean", "median", "count", "count-lab", "stable-I4", "moments", "tracks-bow", "tracks-physics",
    ]  # fmt: skip
    everyone = sorted(p.participant for p in result.participants)
    for method in result.methods:
        assert method.repeats == (1 if method.cost == "costly" else 2)
        for target in ("motility", "morphology"):
            for repeat in range(1, method.repeats + 1):
                asked = [
                    answer.participant
                    for cell in result.cells
                    if (cell.method, cell.target, cell.repeat) == (method.name, target, repeat)
                    for answer in cell.answers
                ]
                assert sorted(asked) == everyone


def test_all_methods_have_the_same_folds_and_no_fit_saw_a_test_participant(finished: Path) -> None:
    result = result_of(finished)
    tests = {(of.repeat, fold.fold): set(fold.test_ids) for of in result.repeats for fold in of.folds}
    assert len(tests) == 6
    assert tests[1, 1] != tests[2, 1]
    for cell in result.cells:
        assert {a.participant for a in cell.answers} == tests[cell.repeat, cell.fold]
        assert cell.fits
        for fit in cell.fits:
            assert not set(fit.ids) & tests[cell.repeat, cell.fold], (cell.method, fit.what)


def test_every_cell_knows_its_cost(finished: Path) -> None:
    result = result_of(finished)
    assert set(result.preparation_cpu_s) == {"stacks", "tracks"}
    assert all(seconds > 0 for seconds in result.preparation_cpu_s.values())
    for cell in result.cells:
        assert cell.costs is not None and cell.n_parameters is not None
        assert cell.costs.fit_wall_s >= 0
        assert cell.costs.peak_memory_mib is None or cell.costs.peak_memory_mib > 50
    costs = {cell.method: cell.costs.fit_cpu_s for cell in result.cells if cell.costs}
    assert costs["moments"] > costs["mean"]


def test_the_exact_truth_of_simulated_data_stands_beside_the_label(finished: Path) -> None:
    result = result_of(finished)
    assert result.exact is not None
    # This set's table is exact: the count is what it was drawn from, to the table's digits.
    for target, of_target in result.exact.items():
        for participant, exact in of_target.items():
            assert result.labels[target][participant] == pytest.approx(exact, abs=0.51)


def test_what_is_written_is_there_and_the_summary_has_its_schema(finished: Path) -> None:
    summary = json.loads((finished / "summary.json").read_text(encoding="utf-8"))
    assert {"dataset", "version", "command", "methods", "pairs"} <= set(summary)
    assert summary["command"].startswith("motilens benchmark data --methods cheap moments stable-I4")
    for of_method in summary["methods"].values():
        for target in ("motility", "morphology"):
            low, high = of_method[target]["ci95"]
            assert low <= of_method[target]["mae"] <= high
            assert of_method[target]["cpu_s_per_participant"] >= 0
    assert len(summary["pairs"]) == 2 * 28
    assert all({"a", "b", "target", "diff", "ci95", "p"} <= set(pair) for pair in summary["pairs"])
    assert (finished / "benchmark.md").read_text(encoding="utf-8").startswith("#")
    assert (finished / "figures" / "cost_accuracy.png").read_bytes().startswith(b"\x89PNG")
    assert not (finished / "work").exists()


def test_it_goes_on_where_it_stopped_and_takes_more_methods(shared_data: Path, tmp_path: Path, run: Run) -> None:
    words = ("benchmark", shared_data, "--out", tmp_path / "run", *SHORT, "--methods", "mean", "moments")
    assert run(*words)[0] == 0
    before = result_of(tmp_path / "run")
    kept = tmp_path / "run" / "cells" / "moments-r1-f1-motility.json"
    lost = tmp_path / "run" / "cells" / "moments-r1-f2-motility.json"
    when = kept.stat().st_mtime_ns
    lost.unlink()
    (tmp_path / "run" / "work" / "moments-r1-f2").mkdir(parents=True)
    assert run(*words, "median")[0] == 0
    after = result_of(tmp_path / "run")
    assert kept.stat().st_mtime_ns == when
    answers = {(c.method, c.target, c.repeat, c.fold): c.answers for c in after.cells}
    for cell in before.cells:
        assert answers[cell.method, cell.target, cell.repeat, cell.fold] == cell.answers
    assert "median" in {c.method for c in after.cells}


def test_another_run_in_the_same_folder_is_refused(finished: Path, shared_data: Path, run: Run) -> None:
    code, _, said = run("benchmark", shared_data, "--out", finished, *SHORT, "--set", "stacks.size_px=48")
    assert code == 1
    assert "other settings" in said or "another pipelines" in said
    assert said.count("\n") == 1 + said.count("extract:")


def test_a_method_that_does_not_exist_is_told_with_those_that_do(shared_data: Path, tmp_path: Path, run: Run) -> None:
    code, _, said = run("benchmark", shared_data, "--out", tmp_path / "run", "--methods", "resnet")
    assert code == 2
    assert "'resnet' is not one of" in said.replace("\n", " ")
    assert not (tmp_path / "run").exists()


def test_answers_from_outside_take_part(shared_data: Path, tmp_path: Path, run: Run) -> None:
    words = ("benchmark", shared_data, "--out", tmp_path / "run", *SHORT, "--methods", "mean")
    form = tmp_path / "answers.csv"
    assert run(*words, "--submit-format", form)[0] == 0
    rows = list(csv.DictReader(form.read_text(encoding="utf-8").splitlines()))
    assert len(rows) == 9 * 2 * 2
    for row in rows:
        row |= {"predicted_1": "50", "predicted_2": "20", "predicted_3": "30"}
    with form.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    assert run(*words, "--submission", f"ours={form}")[0] == 0
    result = result_of(tmp_path / "run")
    ours = [cell for cell in result.cells if cell.method == "ours"]
    assert {answer.predicted_pct for cell in ours for answer in cell.answers} == {(50.0, 20.0, 30.0)}
    truth = np.array(list(result.labels["motility"].values()))
    summary = json.loads((tmp_path / "run" / "summary.json").read_text(encoding="utf-8"))
    expected = np.abs(truth - [50, 20, 30]).mean()
    assert summary["methods"]["ours"]["motility"]["mae"] == pytest.approx(expected, abs=0.001)

    form.write_text(form.read_text(encoding="utf-8").replace("50,20,30", "50,20,130", 1), encoding="utf-8")
    code, _, said = run(*words, "--submission", f"ours={form}")
    assert code == 1 and "130" in said and "0" in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--submission", "ours"), "--submission got 'ours'; allowed: NAME=FILE"),
        (("--submission", "mean=a.csv"), "two methods are called mean"),
        (("--submission", "ours=nowhere.csv"), "nowhere.csv"),
    ],
)
def test_submissions_that_cannot_be(
    words: tuple[str, ...], said: str, shared_data: Path, tmp_path: Path, run: Run
) -> None:
    code, _, complaint = run("benchmark", shared_data, "--out", tmp_path / "run", *SHORT, "--methods", "mean", *words)
    assert code == 1
    assert said in complaint


def test_without_a_truth_the_width_of_a_pixel_must_be_given(data: Path, tmp_path: Path, run: Run) -> None:
    for file in (data / "truth").iterdir():
        file.unlink()
    words = ("benchmark", data, "--out", tmp_path / "run", *SHORT, "--methods", "tracks-physics")
    code, _, said = run(*words)
    assert code == 1
    assert "give --um-per-px" in said
    assert run(*words, "--um-per-px", "0.5")[0] == 0
    assert result_of(tmp_path / "run").exact is None
