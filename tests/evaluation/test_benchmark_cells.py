"""One cell of a benchmark, with methods made for the test."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from motilens.data.values import Fit, Fold
from motilens.errors import FoldError, InputError
from motilens.evaluation.benchmark import cells
from motilens.evaluation.benchmark.cells import Task, read_cell, run_task
from motilens.evaluation.benchmark.costs import spending
from motilens.methods.values import Assignment, Fitted, Material, Method
from tests.methods import scenes

FOLD = Fold(fold=2, train_ids=("0", "1", "2", "3"), test_ids=("4", "5"))
LABELS = {
    "motility": {i: scenes.truth(i) for i in scenes.everyone()},
    "morphology": {"0": scenes.SWIM, "4": scenes.SWIM},
}


def method_that(answers: Callable[[str], np.ndarray], seen: list[Assignment]) -> Method:
    def fit(material: Material, assignment: Assignment) -> Fitted:
        seen.append(assignment)
        (assignment.folder / "checkpoint").write_text("half", encoding="utf-8")
        return Fitted(answers, (Fit(what="all", ids=assignment.train_ids),), 7, ("said",))

    return Method("tried", "for this test", "cheap", (), fit)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[Assignment]]:
    def call(answers: Callable[[str], np.ndarray], *targets: str, labels: object = LABELS) -> list[Assignment]:
        seen: list[Assignment] = []
        monkeypatch.setitem(cells.METHODS, "tried", method_that(answers, seen))
        run_task(Task("tried", 1, FOLD, 5, targets), scenes.material(tmp_path), labels, tmp_path)  # type: ignore[arg-type]
        return seen

    return call


def test_a_method_is_handed_training_labels_alone_and_both_targets_rank_alike(run, tmp_path: Path) -> None:  # noqa: ANN001
    seen = run(lambda participant: np.array([[10.0, 20, 70], [30, 20, 50]]), "motility", "morphology")
    assert [set(assignment.labels) for assignment in seen] == [{"0", "1", "2", "3"}, {"0"}]
    assert seen[0].ranked_by == seen[1].ranked_by == {"0": 0.0, "1": 100.0, "2": 0.0, "3": 100.0}
    assert {assignment.seed for assignment in seen} == {5}
    cell = read_cell(Task("tried", 1, FOLD, 5, ("motility",)), tmp_path, "motility")
    assert [answer.participant for answer in cell.answers] == ["4", "5"]
    assert cell.answers[0].predicted_pct == (20, 20, 60) and cell.answers[0].spread_pct == (10, 0, 10)
    assert cell.answers[0].n_parts == 2 and cell.n_parameters == 7 and cell.notes == ("said",)
    assert not (tmp_path / "work" / "tried-r1-f2").exists()


@pytest.mark.parametrize(
    "answer", [np.array([[np.nan, 0, 0]]), np.array([50.0, 25, 25]), np.zeros((0, 3)), np.array([[50.0, 50]])]
)
def test_what_is_not_three_percentages_is_refused_with_the_participant(run, answer: np.ndarray, tmp_path: Path) -> None:  # noqa: ANN001
    with pytest.raises(InputError, match="tried answers .* for participant 4; allowed: three finite percentages"):
        run(lambda participant: answer, "motility")
    assert not (tmp_path / "cells").exists()


def test_a_fold_without_labels_is_refused(run) -> None:  # noqa: ANN001
    labels = {"motility": {i: scenes.truth(i) for i in ("0", "1", "2", "3")}}
    with pytest.raises(
        FoldError, match="fold 2 of repeat 1 has 4 training and 0 test participants with motility labels"
    ):
        run(lambda participant: np.ones((1, 3)), "motility", labels=labels)


def test_half_a_fit_is_thrown_away(run, tmp_path: Path) -> None:  # noqa: ANN001
    left = tmp_path / "work" / "tried-r1-f2" / "checkpoint of a run that was killed"
    left.parent.mkdir(parents=True)
    left.write_text("half", encoding="utf-8")
    found: list[bool] = []

    def answer(participant: str) -> np.ndarray:
        found.append(left.exists())
        return np.ones((1, 3))

    run(answer, "motility")
    assert found == [False, False]


def test_work_costs_processor_time_and_waiting_does_not() -> None:
    import time

    with spending() as waiting:
        time.sleep(0.2)
    with spending() as working:
        until = time.process_time() + 0.2
        while time.process_time() < until:
            pass
    assert waiting.cpu_s < 0.1 <= 0.2 <= waiting.wall_s
    assert working.cpu_s >= 0.2


PEAKS = """
from motilens.evaluation.benchmark.costs import peak_memory_mib, reset_peak_memory
import numpy as np
if reset_peak_memory():
    before = peak_memory_mib()
    block = np.ones(256 << 20, np.uint8)
    held = peak_memory_mib()
    del block
    reset_peak_memory()
    print(before, held, peak_memory_mib())
"""


def test_peak_memory_is_counted_anew() -> None:
    # In a process of its own: here other tests' memory may be given back at any moment.
    said = subprocess.run([sys.executable, "-c", PEAKS], capture_output=True, text=True, check=True).stdout.split()
    if not said:
        pytest.skip("this system does not tell")
    before, held, after = map(float, said)
    assert held > before + 200
    assert after < held - 200
