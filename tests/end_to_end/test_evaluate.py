"""``motilens evaluate`` from the command line and as a call, on a tiny data set."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from motilens.evaluation.request import EvaluationRequest
from motilens.evaluation.run import evaluate
from motilens.methods.catalogue import METHODS
from tests.end_to_end.conftest import SETTINGS, TINY, one_line, result_of
from tests.program import Run

REPEATED = [*SETTINGS, "--protocol", "repeated", "--repeats", "2", "--workers", "1"]


def request(data: Path, out: Path, *methods: str, **changes: object) -> EvaluationRequest:
    """An evaluation of motility with tiny settings."""
    chosen: dict[str, object] = {"targets": ("motility",), "preset": "demo", "overrides": TINY}
    return EvaluationRequest(data, out, methods or ("mean", "stable-I4"), **(chosen | changes))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def finished(_simulated: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of some methods of each kind."""
    from motilens.cli.main import main

    out = tmp_path_factory.mktemp("runs") / "run"
    methods = "cheap,moments,stable-I1,stable-I4,cnn3d"
    assert main(["evaluate", str(_simulated), "--out", str(out), "--methods", methods, *REPEATED]) == 0
    return out


def test_every_method_predicts_everyone_once_in_each_of_its_repeats(finished: Path) -> None:
    result = result_of(finished)
    assert [m.name for m in result.methods] == [
        "mean", "median", "count", "count-lab", "stable-I1", "stable-I4", "moments", "count-I1", "count-I4",
        "tracks-bow", "tracks-physics", "cnn3d",
    ]  # fmt: skip
    everyone = sorted(p.participant for p in result.participants)
    assert result.left_out == ()
    for method in result.methods:
        assert method.repeats == (1 if method.cost == "costly" else 2)
        for target in ("motility", "morphology"):
            for repeat in range(1, method.repeats + 1):
                tested = [
                    prediction.participant
                    for job in result.jobs
                    if (job.method, job.target, job.repeat) == (method.name, target, repeat)
                    for prediction in job.predictions
                ]
                assert sorted(tested) == everyone


def test_all_methods_have_the_same_folds_and_no_fit_saw_a_test_participant(finished: Path) -> None:
    result = result_of(finished)
    tests = {(of.repeat, fold.fold): set(fold.test_ids) for of in result.repeats for fold in of.folds}
    assert len(tests) == 6
    assert tests[1, 1] != tests[2, 1]
    for job in result.jobs:
        assert {p.participant for p in job.predictions} == tests[job.repeat, job.fold]
        assert job.fits
        for fit in job.fits:
            assert fit.ids
            assert not set(fit.ids) & tests[job.repeat, job.fold], (job.method, fit.what)


def test_motility_of_models_sums_to_100(finished: Path) -> None:
    for job in result_of(finished).jobs:
        if job.target == "motility" and METHODS[job.method].cost == "costly":
            for prediction in job.predictions:
                assert sum(prediction.predicted_pct) == pytest.approx(100, abs=1e-3)


def test_facts_of_a_method_are_fields_of_the_result(finished: Path) -> None:
    methods = {method.name: method for method in result_of(finished).methods}
    assert (methods["stable-I1"].autoencoder, methods["stable-I1"].input_type) == ("stable", "I1")
    assert (methods["moments"].autoencoder, methods["moments"].input_type) == (None, None)
    assert methods["tracks-physics"].needs == ("tracks",)


def test_jobs_have_curves_and_what_was_seen_of_feature_images(finished: Path) -> None:
    jobs = {(j.method, j.target, j.fold): j for j in result_of(finished).jobs if j.repeat == 1}
    seen = jobs["stable-I4", "motility", 1]
    assert seen.autoencoder is not None
    assert seen.autoencoder.on == "the test participants"
    assert seen.autoencoder.motion_r2 is not None
    assert len(seen.previews) == 3
    assert seen.curves[0].name == "autoencoder"
    assert len(seen.curves) > 1
    assert jobs["stable-I4", "morphology", 1].autoencoder is None
    assert jobs["moments", "motility", 1].previews
    assert jobs["mean", "motility", 1].previews == ()
    assert jobs["stable-I1", "motility", 1].autoencoder.motion_r2 is None  # pyright: ignore[reportOptionalMemberAccess]


def test_every_job_has_its_cost(finished: Path) -> None:
    result = result_of(finished)
    assert set(result.preparation_cpu_s) == {"stacks", "cells I1", "cells I4", "tracks"}
    assert all(seconds > 0 for seconds in result.preparation_cpu_s.values())
    for job in result.jobs:
        assert job.costs is not None and job.n_parameters is not None
        assert job.costs.fit_wall_s >= 0
        assert job.costs.peak_memory_mib is None or job.costs.peak_memory_mib > 50
    costs = {job.method: job.costs.fit_cpu_s for job in result.jobs if job.costs}
    assert costs["moments"] > costs["mean"]


def test_errors_of_parts_are_at_least_those_of_participants(finished: Path) -> None:
    result = result_of(finished)
    for job in result.jobs:
        for p in job.predictions:
            assert p.part_error_pct is not None
            error = np.abs(np.subtract(p.predicted_pct, result.labels[job.target][p.participant]))
            assert (np.array(p.part_error_pct) >= error - 1e-9).all()


def test_the_exact_truth_of_simulated_data_stands_beside_the_label(finished: Path) -> None:
    result = result_of(finished)
    assert result.exact is not None
    # This set's table is exact: the count is what it was drawn from, to the table's digits.
    for target, of_target in result.exact.items():
        for participant, exact in of_target.items():
            assert result.labels[target][participant] == pytest.approx(exact, abs=0.51)


def test_settings_and_versions_travel_with_the_result(finished: Path) -> None:
    content = json.loads((finished / "result.json").read_text(encoding="utf-8"))
    assert content["kind"] == "evaluation"
    assert content["settings"]["stable-I4"]["regressor"]["backbone"] == "resnet10t"
    assert "--set regressor.epochs=2" in content["command"]
    assert content["versions"]["torch"]
    assert len(content["data_fingerprint"]) == 32


def test_the_report_is_made_again_from_the_result_alone(finished: Path, tmp_path: Path, run: Run) -> None:
    (tmp_path / "result.json").write_bytes((finished / "result.json").read_bytes())
    code, printed, errors = run("report", tmp_path)
    assert code == 0, errors
    assert "training mean" in printed
    assert (tmp_path / "table.md").read_text() == (finished / "table.md").read_text()
    page = (tmp_path / "report.html").read_text()
    assert "data:image/png;base64," in page
    assert "http://" not in page.replace("http://www.w3.org", "")
    summary = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))
    for of_method in summary["methods"].values():
        for target in ("motility", "morphology"):
            low, high = of_method[target]["ci95"]
            assert low <= of_method[target]["mae"] <= high


def test_it_goes_on_where_it_stopped_and_takes_more_methods(shared_data: Path, tmp_path: Path, run: Run) -> None:
    words = ("evaluate", shared_data, "--out", tmp_path / "run", *REPEATED)
    assert run(*words, "--methods", "mean,moments")[0] == 0
    before = result_of(tmp_path / "run")
    kept = tmp_path / "run" / "jobs" / "moments-r1-f1-motility.json"
    lost = tmp_path / "run" / "jobs" / "moments-r1-f2-motility.json"
    when = kept.stat().st_mtime_ns
    lost.unlink()
    (tmp_path / "run" / "work" / "moments-r1-f2").mkdir(parents=True)
    assert run(*words, "--methods", "mean", "--methods", "moments,median")[0] == 0
    after = result_of(tmp_path / "run")
    assert kept.stat().st_mtime_ns == when
    predictions = {(j.method, j.target, j.repeat, j.fold): j.predictions for j in after.jobs}
    for job in before.jobs:
        assert predictions[job.method, job.target, job.repeat, job.fold] == job.predictions
    assert "median" in {j.method for j in after.jobs}
    assert not (tmp_path / "run" / "work").exists()


def test_another_run_in_the_same_folder_is_refused(finished: Path, shared_data: Path, run: Run) -> None:
    before = (finished / "result.json").read_bytes()
    for option, value in (("--set", "stacks.size_px=48"), ("--seed", "1")):
        code, _, errors = run("evaluate", shared_data, "--out", finished, "--methods", "mean", *REPEATED, option, value)
        assert code == 1
        assert "holds a run with another" in one_line(errors)
        assert "choose another folder" in errors
    assert (finished / "result.json").read_bytes() == before


def test_as_released_trains_on_the_other_folds_and_chooses_the_epoch_on_the_first_three_times(
    shared_data: Path, tmp_path: Path
) -> None:
    released = evaluate(request(shared_data, tmp_path / "a", "mean", "stable-I1", protocol="as-released"), workers=1)
    described = evaluate(request(shared_data, tmp_path / "b", "mean"), workers=1)
    tested = described.repeats[0].folds[0].test_ids
    assert [fold.test_ids for fold in released.repeats[0].folds] == [tested] * 3
    jobs = [job for job in released.jobs if job.method == "stable-I1"]
    assert [job.seed for job in jobs] == [0, 1, 2]
    for job in jobs:
        fits = {fit.what: set(fit.ids) for fit in job.fits}
        assert fits["regressor epoch"] == fits["autoencoder epoch"] == set(tested)
        assert not fits["regressor"] & set(tested)
    assert len({job.predictions[0].predicted_pct for job in jobs}) == 3
    for job in released.jobs:
        if job.method == "mean":
            assert not set(job.fits[0].ids) & set(tested)


@pytest.mark.parametrize("first", [0, 1])
def test_as_released_takes_the_first_fold_whatever_its_number(shared_data: Path, tmp_path: Path, first: int) -> None:
    file = tmp_path / "folds.csv"
    file.write_text("id,fold\n" + "".join(f"{i},{first + (i - 1) // 3}\n" for i in range(1, 10)))
    asked = request(shared_data, tmp_path / "run", "mean", protocol="as-released", folds=str(file))
    result = evaluate(asked, workers=1)
    assert {fold.test_ids for fold in result.repeats[0].folds} == {("1", "2", "3")}


def test_shuffled_targets_do_not_beat_the_mean(data: Path, tmp_path: Path) -> None:
    """Whatever leaks from test to training would show as skill on labels that mean nothing."""
    table = data / "semen_analysis_data.csv"
    head, *rows = table.read_text(encoding="utf-8-sig").splitlines()
    values = [row.split(";") for row in rows]
    order = np.random.default_rng(1).permutation(len(values))
    shuffled = [[row[0], *values[k][1:]] for row, k in zip(values, order, strict=True)]
    table.write_text("\n".join([head, *(";".join(row) for row in shuffled)]) + "\n", encoding="utf-8-sig")
    more = (*TINY, "autoencoder.epochs=3", "regressor.epochs=6", "stacks.stacks_per_video=4")
    result = evaluate(request(data, tmp_path / "run", "mean", "stable-I4", overrides=more), workers=1)

    def mae(method: str) -> float:
        found = [p for job in result.jobs if job.method == method for p in job.predictions]
        labels = result.labels["motility"]
        return float(np.mean([np.abs(np.subtract(p.predicted_pct, labels[p.participant])).mean() for p in found]))

    assert mae("stable-I4") > 0.9 * mae("mean")


def test_the_organisers_folders_are_folds(data: Path, tmp_path: Path) -> None:
    for video in (data / "videos").iterdir():
        folder = data / f"fold_{int(video.name.split('_')[0]) % 3 + 1}"
        folder.mkdir(exist_ok=True)
        video.rename(folder / video.name)
    (data / "videos").rmdir()
    (of,) = evaluate(request(data, tmp_path / "run", "mean"), workers=1).repeats
    assert "fold folders" in of.source
    assert of.folds[0].test_ids == ("3", "6", "9")


def test_replicates_are_recordings_of_one_participant(data: Path, tmp_path: Path) -> None:
    from tests.end_to_end.conftest import video_of

    (data / "videos.csv").unlink()
    for participant in (1, 2):
        own = video_of(data, participant)
        own.rename(own.with_stem(f"{own.stem}a"))
        (data / "videos" / f"{participant}_second.mp4").write_bytes(video_of(data, participant + 2).read_bytes())
    result = evaluate(request(data, tmp_path / "run", "count", "moments", "tracks-physics"), workers=1)
    people = {p.participant: p for p in result.participants}
    assert len(people) == 9
    assert len(people["1"].recordings) == 2
    assert people["1"].n_stacks == 4
    found = {(j.method, p.participant): p for j in result.jobs for p in j.predictions}
    assert found["moments", "1"].n_parts == 4
    assert found["moments", "3"].n_parts == 2
    assert found["count", "1"].n_parts == 2


def test_predictions_from_outside_take_part(shared_data: Path, tmp_path: Path, run: Run) -> None:
    words = ("evaluate", shared_data, "--out", tmp_path / "run", *REPEATED, "--methods", "mean")
    form = tmp_path / "predictions.csv"
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
    ours = [job for job in result.jobs if job.method == "ours"]
    assert {p.predicted_pct for job in ours for p in job.predictions} == {(50.0, 20.0, 30.0)}
    truth = np.array(list(result.labels["motility"].values()))
    summary = json.loads((tmp_path / "run" / "summary.json").read_text(encoding="utf-8"))
    expected = np.abs(truth - [50, 20, 30]).mean()
    assert summary["methods"]["ours"]["motility"]["mae"] == pytest.approx(expected, abs=0.001)

    form.write_text(form.read_text(encoding="utf-8").replace("50,20,30", "50,20,130", 1), encoding="utf-8")
    code, _, errors = run(*words, "--submission", f"ours={form}")
    assert code == 1 and "130" in errors and "0" in errors


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--submission", "ours"), "--submission got 'ours'; allowed: NAME=FILE"),
        (("--submission", "mean=a.csv"), "two methods are called mean"),
        (("--submission", "ours=nowhere.csv"), "nowhere.csv"),
        (("--methods", "resnet"), "no method 'resnet'; allowed: all, cheap, costly, mean, median"),
        (("--targets", "colour"), "--targets got colour; allowed: motility, morphology"),
    ],
)
def test_requests_that_cannot_be(
    words: tuple[str, ...], said: str, shared_data: Path, tmp_path: Path, run: Run
) -> None:
    code, _, errors = run("evaluate", shared_data, "--out", tmp_path / "run", *REPEATED, "--methods", "mean", *words)
    assert code == 1
    assert said in one_line(errors)


def test_without_a_truth_the_width_of_a_pixel_must_be_given(data: Path, tmp_path: Path, run: Run) -> None:
    for file in (data / "truth").iterdir():
        file.unlink()
    words = ("evaluate", data, "--out", tmp_path / "run", *SETTINGS, "--workers", 1, "--methods", "tracks-physics")
    code, _, errors = run(*words)
    assert code == 1
    assert "give it with --um-per-px" in one_line(errors)
    assert run(*words, "--um-per-px", "0.5")[0] == 0
    assert result_of(tmp_path / "run").exact is None


def test_a_method_that_lacks_something_is_left_out_with_the_reason(data: Path, tmp_path: Path) -> None:
    table = data / "semen_analysis_data.csv"
    head, *rows = table.read_text(encoding="utf-8-sig").splitlines()
    (column,) = [k for k, name in enumerate(head.split(";")) if name.startswith("Sperm concentration")]
    fields = rows[3].split(";")
    fields[column] = "Not reported"
    rows[3] = ";".join(fields)
    table.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8-sig")
    result = evaluate(request(data, tmp_path / "run", "mean", "count-lab"), workers=1)
    assert [m.name for m in result.methods] == ["mean"]
    (line,) = result.left_out
    assert line.name == "method count-lab"
    assert line.reason == "laboratory concentration above 0 not known of participants 4"
