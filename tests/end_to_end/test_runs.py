"""Runs that cannot lie: what is on disk from before is used only if it was made from what is there now."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from motilens.evaluation.request import EvaluationRequest
from motilens.evaluation.result import EvaluationResult
from motilens.evaluation.run import evaluate
from motilens.runs.lock import run_lock
from tests.end_to_end.conftest import SETTINGS, TINY, one_line, result_of, video_of
from tests.program import Run


def request(data: Path, out: Path, *methods: str, **changes: object) -> EvaluationRequest:
    """An evaluation of motility with tiny settings."""
    chosen: dict[str, object] = {"targets": ("motility",), "preset": "demo", "overrides": TINY}
    return EvaluationRequest(data, out, methods, **(chosen | changes))  # type: ignore[arg-type]


def without_clock(result: EvaluationResult) -> dict[str, object]:
    """A result without the costs, which no two runs share."""
    content = result.model_dump(exclude={"preparation_cpu_s", "command"})
    for job in content["jobs"]:
        del job["costs"]
    return content


def test_a_video_that_was_removed_neither_trains_nor_is_tested(data: Path, tmp_path: Path, run: Run) -> None:
    words = ("--method", "raw", "--preset", "demo", "--accelerator", "cpu", "--workers", 1, *SETTINGS)
    from motilens.data.dataset import open_dataset
    from motilens.data.prepare import prepare
    from motilens.methods.catalogue import METHODS, settings_of
    from motilens.progress import Silent

    settings = settings_of(METHODS["raw"], "demo", TINY)
    cache = tmp_path / "model.work" / "cache"
    prepare(
        open_dataset(data, cache=cache), settings, ("stacks",), cache=cache, workers=1, progress=Silent()
    )  # what an interrupted training leaves
    video_of(data, 4).unlink()
    assert run("train", data, "--out", tmp_path / "model", *words)[0] == 0
    from motilens.predictors.bundle import load_predictor

    origin = load_predictor(tmp_path / "model").origin
    assert origin.data["participants"] == 8
    assert "4" not in {i for fit in origin.fits for i in fit.ids}
    assert {"name": "participant 4", "reason": "a row in semen_analysis_data.csv, but no video"} in origin.data[
        "left_out"
    ]


def test_a_run_with_other_data_is_refused_before_anything_is_written(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    evaluate(request(data, out, "mean"), workers=1)
    video_of(data, 4).unlink()
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file() and "lock" not in path.name}
    with pytest.raises(ValueError, match="holds a run with another data_fingerprint; choose another folder"):
        evaluate(request(data, out, "mean"), workers=1)
    after = {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file() and "lock" not in path.name}
    assert after == before


def test_jobs_are_made_again_when_the_width_of_a_pixel_changes(data: Path, tmp_path: Path) -> None:
    for file in (data / "truth").iterdir():
        file.unlink()
    out = tmp_path / "run"
    first = evaluate(request(data, out, "mean", "tracks-physics", um_per_px=0.5), workers=1)
    again = evaluate(request(data, out, "mean", "tracks-physics", um_per_px=0.1), workers=1)
    fresh = evaluate(request(data, tmp_path / "fresh", "mean", "tracks-physics", um_per_px=0.1), workers=1)
    assert without_clock(again) == without_clock(fresh)
    assert without_clock(again)["jobs"] != without_clock(first)["jobs"]


def test_jobs_are_made_again_when_their_settings_change(shared_data: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    evaluate(request(shared_data, out, "tracks-physics"), workers=1)
    changed = (*TINY, "track_physics.progressive_um_s=[20.0]")
    again = evaluate(request(shared_data, out, "tracks-physics", overrides=changed), workers=1)
    fresh = evaluate(request(shared_data, tmp_path / "fresh", "tracks-physics", overrides=changed), workers=1)
    assert without_clock(again) == without_clock(fresh)


@pytest.mark.parametrize("content", ["", "{", '{"made_from": "x"}', "[]"])
def test_a_damaged_job_is_made_again(
    content: str, shared_data: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    out = tmp_path / "run"
    whole = evaluate(request(shared_data, out, "mean"), workers=1)
    (out / "jobs" / "mean-r1-f2-motility.json").write_text(content)
    again = evaluate(request(shared_data, out, "mean"), workers=1)
    assert without_clock(again) == without_clock(whole)
    if content != '{"made_from": "x"}':  # that one was made from something else, which is no damage
        assert "mean-r1-f2-motility.json is damaged" in caplog.text


def test_a_second_process_on_a_run_is_refused_and_harms_nothing(
    shared_data: Path, tmp_path: Path, run: Run, repository: Path
) -> None:
    out = tmp_path / "run"
    evaluate(request(shared_data, out, "mean"), workers=1)
    before = (out / "result.json").read_bytes()
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLDER, str(out)], cwd=repository, stdout=subprocess.PIPE, stdin=subprocess.PIPE
    )
    assert holder.stdout is not None and holder.stdin is not None
    assert holder.stdout.readline().strip() == b"held"
    code, _, errors = run("evaluate", shared_data, "--out", out, "--methods", "median", "--preset", "demo", *SETTINGS)
    assert code == 1
    assert f"is in use by process {holder.pid}" in one_line(errors)
    assert (out / "result.json").read_bytes() == before
    holder.communicate()
    with run_lock(out):
        pass


_HOLDER = """
import sys
from pathlib import Path
from motilens.runs.lock import run_lock
with run_lock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""

_CHILD = """
import sys
from pathlib import Path
from motilens.evaluation.request import EvaluationRequest
from motilens.evaluation.run import evaluate
from tests.end_to_end.conftest import TINY
if __name__ == "__main__":
    data, out = map(Path, sys.argv[1:3])
    print("ready", flush=True)
    methods, targets = ("mean", "stable-I4"), ("motility",)
    evaluate(EvaluationRequest(data, out, methods, targets, preset="demo", overrides=TINY), workers=1)
"""


def test_killed_again_and_again_it_ends_with_the_same_result(
    shared_data: Path, tmp_path: Path, repository: Path
) -> None:
    """kill -9 at moments spread over the run: while extracting, in either training, between jobs."""
    whole = evaluate(request(shared_data, tmp_path / "whole", "mean", "stable-I4"), workers=1)
    script = tmp_path / "child.py"
    script.write_text(_CHILD)
    out = tmp_path / "killed"
    kills = 0
    for attempt in range(40):
        child = subprocess.Popen(
            [sys.executable, str(script), str(shared_data), str(out)],
            cwd=repository,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": str(repository)},
        )
        assert child.stdout is not None
        child.stdout.readline()
        try:
            child.wait(timeout=(0.7, 2.5, 6.0)[attempt] if attempt < 3 else 120)
        except subprocess.TimeoutExpired:
            os.kill(child.pid, signal.SIGKILL)
            child.wait()
            kills += 1
        child.stdout.close()
        if child.returncode == 0:
            break
    assert kills >= 2, "the run was over before it could be killed; kill earlier"
    assert without_clock(result_of(out)) == without_clock(whole)


def test_the_same_command_on_a_finished_run_does_nothing_again(shared_data: Path, tmp_path: Path) -> None:
    first = evaluate(request(shared_data, tmp_path / "run", "mean", "raw"), workers=1)
    before = {p: p.stat().st_mtime_ns for p in (tmp_path / "run" / "jobs").iterdir()}
    second = evaluate(request(shared_data, tmp_path / "run", "mean", "raw"), workers=1)
    assert {p: p.stat().st_mtime_ns for p in (tmp_path / "run" / "jobs").iterdir()} == before
    assert first == second
