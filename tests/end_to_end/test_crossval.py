import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import motilens.evaluation.cells
from motilens.data.dataset import Dataset
from motilens.evaluation.crossval import cross_validate
from motilens.evaluation.request import CrossValRequest
from motilens.evaluation.result import CrossValResult
from motilens.training.runtime import Runtime
from tests.end_to_end.conftest import TINY, Run

CPU = Runtime(accelerator="cpu")


def request(data: Path, out: Path, **changes: object) -> CrossValRequest:
    settings: dict[str, object] = {
        "inputs": ("I1", "I4"), "targets": ("motility",), "preset": "demo", "settings": TINY
    }  # fmt: skip
    return CrossValRequest(data, out, **(settings | changes))  # type: ignore[arg-type]


def without_clock(result: CrossValResult) -> dict[str, object]:
    content = result.model_dump(exclude={"timing"})
    content["command"] = content["command"].rsplit(" --out ", 1)[0]
    return content


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, _simulated: Path) -> tuple[Path, CrossValResult]:
    """One uninterrupted run of all that there is."""
    out = tmp_path_factory.mktemp("runs") / "whole"
    inputs, targets = ("I1", "I2", "I3", "I4"), ("motility", "morphology")
    return out, cross_validate(request(_simulated, out, inputs=inputs, targets=targets), runtime=CPU, workers=1)


def test_everybody_is_tested_once_by_every_method(finished: tuple[Path, CrossValResult]) -> None:
    _, result = finished
    for target in ("motility", "morphology"):
        for method in ("mean", "median", "count", "count-lab", "I1", "I2", "I3", "I4"):
            cells = [c for c in result.cells if (c.method, c.target) == (method, target)]
            assert sorted(int(s.participant) for c in cells for s in c.scores) == list(range(1, 10)), (method, target)
    assert result.left_out == ()
    assert len(result.step1) == 12
    assert {s.test_motion_r2 is None for s in result.step1 if s.input_type in ("I1", "I2")} == {True}


def test_motility_sums_to_100_for_every_model(finished: tuple[Path, CrossValResult]) -> None:
    for cell in finished[1].cells:
        if cell.target == "motility" and cell.method.startswith("I"):
            assert [sum(score.predicted_pct) for score in cell.scores] == pytest.approx([100.0] * 3, abs=1e-3)


def test_what_each_fit_saw_is_written_down_and_never_a_test_participant(finished: tuple[Path, CrossValResult]) -> None:
    _, result = finished
    test_ids = {fold.fold: set(fold.test_ids) for fold in result.folds}
    fits = [(item.fold, fit) for item in (*result.step1, *result.cells) for fit in item.fits]
    assert len(fits) > 100
    for fold, fit in fits:
        assert fit.ids
        assert not test_ids[fold] & set(fit.ids), (fold, fit)


class SpyDataset(Dataset):
    """Remembers whose pixels were read."""

    seen: set[str]

    def read(self, rows: np.ndarray) -> np.ndarray:
        owners = {int(row): i for i in self.participants for row in self.rows_of((i,))}
        self.seen |= {owners[int(row)] for row in rows}
        return super().read(rows)


@pytest.mark.parametrize("protocol", ["as-described", "as-released"])
def test_spies_see_what_each_protocol_reads(
    shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, protocol: str
) -> None:
    """The test that the published scripts would have failed: no fit may read a test participant's pixels."""
    read: dict[str, set[str]] = {}
    original = motilens.evaluation.cells.fit_autoencoder

    def spied(source: Dataset, **arguments: object) -> object:
        spy = SpyDataset.__new__(SpyDataset)
        spy.__dict__.update(source.__dict__)
        spy.seen = set()
        fitted = original(spy, **arguments)  # type: ignore[arg-type]
        read[str(arguments["name"])] = spy.seen
        return fitted

    monkeypatch.setattr(motilens.evaluation.cells, "fit_autoencoder", spied)
    result = cross_validate(
        request(shared_data, tmp_path / "run", inputs=("I1",), protocol=protocol), runtime=CPU, workers=1
    )
    assert len(read) == 3
    for fold in result.folds:
        seen = read[f"fold {fold.fold} I1 autoencoder"]
        if protocol == "as-described":
            assert seen == set(fold.train_ids)
        else:
            assert seen == {*fold.train_ids, *fold.test_ids}


def test_as_released_trains_on_folds_2_and_3_and_chooses_the_epoch_on_fold_1_three_times(
    shared_data: Path, tmp_path: Path
) -> None:
    released = cross_validate(
        request(shared_data, tmp_path / "a", inputs=("I1",), protocol="as-released"), runtime=CPU, workers=1
    )
    described = cross_validate(request(shared_data, tmp_path / "b", inputs=("I1",)), runtime=CPU, workers=1)
    tested = described.folds[0].test_ids
    assert [fold.test_ids for fold in released.folds] == [tested] * 3
    cells = [cell for cell in released.cells if cell.method == "I1"]
    assert [cell.seed for cell in cells] == [0, 1, 2]
    for cell in cells:
        (chosen,) = [fit.ids for fit in cell.fits if fit.what == "regressor epoch"]
        assert set(chosen) == set(tested)
    assert len({cell.scores[0].predicted_pct for cell in cells}) == 3


_CHILD = """
import sys
from pathlib import Path
import torch
torch.set_num_threads(2)
torch.use_deterministic_algorithms(True)
import motilens.training.loop
motilens.training.loop.CHECKPOINT_EVERY_S = 0.0
from motilens.evaluation.crossval import cross_validate
from motilens.evaluation.request import CrossValRequest
from motilens.training.runtime import Runtime
from tests.end_to_end.conftest import TINY
data, out = map(Path, sys.argv[1:3])
request = CrossValRequest(data, out, inputs=("I1", "I4"), targets=("motility",), preset="demo", settings=TINY)
print("ready", flush=True)
cross_validate(request, runtime=Runtime("cpu"), workers=1)
"""


def test_killed_again_and_again_it_ends_with_the_same_result(
    shared_data: Path, tmp_path: Path, repository: Path
) -> None:
    """kill -9 at moments spread over the run: while extracting, in either training, between cells."""
    whole = cross_validate(request(shared_data, tmp_path / "whole"), runtime=CPU, workers=1)
    out = tmp_path / "killed"
    kills = 0
    for attempt in range(40):
        child = subprocess.Popen(
            [sys.executable, "-c", _CHILD, str(shared_data), str(out)],
            cwd=repository, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        assert child.stdout is not None
        child.stdout.readline()
        try:
            child.wait(timeout=0.6 + 0.9 * attempt if attempt < 4 else 60)
        except subprocess.TimeoutExpired:
            os.kill(child.pid, signal.SIGKILL)
            child.wait()
            kills += 1
        child.stdout.close()
        if child.returncode == 0:
            break
    assert kills >= 2, "the run was over before it could be killed; kill earlier"
    again = CrossValResult.model_validate_json((out / "result.json").read_bytes())
    assert without_clock(again) == without_clock(whole)


def test_the_same_command_on_a_finished_run_does_nothing_again(shared_data: Path, tmp_path: Path) -> None:
    first = cross_validate(request(shared_data, tmp_path / "run"), runtime=CPU, workers=1)
    before = {p: p.stat().st_mtime_ns for p in (tmp_path / "run" / "cells").iterdir()}
    started = time.monotonic()
    second = cross_validate(request(shared_data, tmp_path / "run"), runtime=CPU, workers=1)
    assert time.monotonic() - started < 20
    assert {p: p.stat().st_mtime_ns for p in (tmp_path / "run" / "cells").iterdir()} == before
    assert without_clock(first) == without_clock(second)


def test_shuffled_targets_do_not_beat_the_mean(data: Path, tmp_path: Path) -> None:
    """Whatever leaks from test to training would show as skill on labels that mean nothing."""
    table = data / "semen_analysis_data.csv"
    head, *rows = table.read_text(encoding="utf-8-sig").splitlines()
    cells = [row.split(";") for row in rows]
    order = np.random.default_rng(1).permutation(len(cells))
    shuffled = [[cell[0], *cells[k][1:]] for cell, k in zip(cells, order, strict=True)]
    table.write_text("\n".join([head, *(";".join(row) for row in shuffled)]) + "\n", encoding="utf-8-sig")
    settings = (*TINY, "autoencoder.epochs=3", "regressor.epochs=6", "stacks.stacks_per_video=4")
    result = cross_validate(request(data, tmp_path / "run", inputs=("I4",), settings=settings), runtime=CPU, workers=1)

    def mae(method: str) -> float:
        scores = [s for c in result.cells if c.method == method for s in c.scores]
        return float(np.mean([np.abs(np.subtract(s.predicted_pct, s.truth_pct)).mean() for s in scores]))

    assert mae("I4") > 0.9 * mae("mean")


def test_from_the_command_line_to_the_table_and_again_from_the_result_alone(
    shared_data: Path, tmp_path: Path, run: Run, tiny: list[str]
) -> None:
    out = tmp_path / "run"
    code, said, complained = run(
        "crossval", "--inputs", "I1", "I4", "--targets", "motility", shared_data, "--preset", "demo", "--out", out,
        "--accelerator", "cpu", "--workers", 1, *tiny,
    )  # fmt: skip
    assert code == 0, complained
    assert "training mean" in said
    table = (out / "table.md").read_text()
    (tmp_path / "alone").mkdir()
    (tmp_path / "alone" / "result.json").write_bytes((out / "result.json").read_bytes())
    code, _, complained = run("report", tmp_path / "alone")
    assert code == 0, complained
    assert (tmp_path / "alone" / "table.md").read_text() == table
    page = (tmp_path / "alone" / "report.html").read_text()
    assert "data:image/png;base64," in page
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert list((out / "work").rglob("tensorboard/events*"))


def test_the_organisers_folders_are_folds(data: Path, tmp_path: Path) -> None:
    for video in (data / "videos").iterdir():
        folder = data / f"fold_{int(video.name.split('_')[0]) % 3 + 1}"
        folder.mkdir(exist_ok=True)
        video.rename(folder / video.name)
    (data / "videos").rmdir()
    result = cross_validate(request(data, tmp_path / "run", inputs=("I1",)), runtime=CPU, workers=1)
    assert "fold folders" in result.fold_source
    assert result.folds[0].test_ids == ("3", "6", "9")


def test_a_run_is_not_mixed_with_another(shared_data: Path, tmp_path: Path, run: Run, tiny: list[str]) -> None:
    out = tmp_path / "run"
    words = [
        "crossval",
        shared_data,
        "--inputs",
        "I1",
        "--targets",
        "motility",
        "--preset",
        "demo",
        "--out",
        out,
        *tiny,
    ]
    assert run(*words)[0] == 0
    result = (out / "result.json").read_bytes()
    code, _, complained = run(*words, "--seed", 1)
    assert code == 1
    assert "holds a run with another" in complained
    assert "choose another --out" in complained
    assert (out / "result.json").read_bytes() == result


def test_settings_travel_with_the_result(finished: tuple[Path, CrossValResult]) -> None:
    out, result = finished
    content = json.loads((out / "result.json").read_text())
    assert content["pipelines"]["I4"]["autoencoder"]["width"] == 4
    assert "--set autoencoder.width=4" in result.command
    assert result.versions["torch"]
    assert len(result.data_fingerprint) == 32
