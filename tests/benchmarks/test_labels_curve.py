"""The curve over the number of labels: whom each regression may see, and errors that can be worked out on paper."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from benchmarks.labels_curve import curve, errors_by_number

from benchmarks import labels_curve
from motilens.config import MethodSettings, preset
from motilens.data.dataset import Dataset
from motilens.data.visem import LabRow, ParticipantTable
from motilens.evaluation.result import EvaluationResult
from motilens.methods.catalogue import METHODS
from motilens.methods.method import TrainingSet, Workspace
from motilens.predictors.predictor import Predictor
from tests.evaluation.results import made, off_by
from tests.methods.counted import tiny_counters
from tests.recordings.fakes import FakeRecording

PROGRESSIVE = {str(i): 10.0 + 7 * i for i in range(1, 13)}
"""Progressive cells of 100, by participant; the others are immotile."""


def label(progressive: float) -> tuple[float, float, float]:
    """A laboratory that misses half of the progressive cells."""
    return progressive / 2, 0.0, 100 - progressive / 2


LABELS = {i: label(p) for i, p in PROGRESSIVE.items()}


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_counters(tmp_path_factory.mktemp("counters"))


def dataset() -> Dataset:
    recordings = {
        i: (FakeRecording(f"{i}_a", counts=np.array([[p, 0, 100 - p, 0, 0, 0]])),) for i, p in PROGRESSIVE.items()
    }
    rows = {i: LabRow(i, motility=motility) for i, motility in LABELS.items()}
    return Dataset(ParticipantTable("made.csv", rows, {}, None, ()), recordings, ())


def result(weights: Path | str = "builtin") -> EvaluationResult:
    settings = preset("demo", "I4")
    counting = settings.counting.model_copy(update={"weights": str(weights), "alphas": (1e-6,)})
    settings = settings.model_copy(update={"counting": counting})
    of_methods = {"mean": settings, "count-I4": settings}
    return made({name: off_by(0.0, LABELS) for name in of_methods}, labels=LABELS, settings=of_methods, repeats=2)


def errors(method: str, weights: Path | str = "builtin") -> dict[int, dict[str, list[float]]]:
    return errors_by_number(dataset(), result(weights), method, "motility", workspace=Workspace(Path("nowhere")))


def test_without_labels_the_shares_are_predicted_and_with_five_the_laboratorys_habit(weights: Path) -> None:
    """Shares miss p / 2 of two classes: p / 3 points over three. The habit is linear, so any five labels tell it."""
    found = errors("count-I4", weights)
    for i, p in PROGRESSIVE.items():
        assert found[0][i] == pytest.approx([p / 3] * 2)  # once in each repeat
        assert found[5][i] == pytest.approx([0, 0], abs=0.01)


def test_each_fit_sees_the_first_labels_of_one_random_order_of_its_training_part(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[tuple[str, ...]] = []
    fit = METHODS["mean"].fit

    def spy(training: TrainingSet, settings: MethodSettings, workspace: Workspace) -> Predictor:
        seen.append(training.ids)
        return fit(training, settings, workspace)

    monkeypatch.setitem(METHODS, "mean", replace(METHODS["mean"], fit=spy))
    found = errors("mean")
    folds = [fold for of_repeat in result().repeats for fold in of_repeat.folds]
    numbers = list(found)
    assert len(seen) == len(folds) * len(numbers)
    for k, fold in enumerate(folds):
        of_fold = dict(zip(numbers, seen[k * len(numbers) : (k + 1) * len(numbers)], strict=True))
        for n, ids in of_fold.items():
            assert set(ids) <= set(fold.train_ids) and len(ids) == max(n, 1)
        assert of_fold[5][:1] == of_fold[0]
    assert len({ids for ids in seen if len(ids) == 5}) > 1  # another order in each fold and repeat


def test_numbers_that_no_fold_has_are_left_out() -> None:
    """Twelve participants in two folds: six train."""
    assert list(errors("mean")) == [0, 5]


def test_a_point_of_the_curve_is_the_mean_over_participants_of_the_mean_over_repeats() -> None:
    rows = curve({0: {"1": [2.0, 4.0], "2": [9.0], "3": []}, 5: {"1": [1.0], "2": [1.0]}}, seed=0)
    assert rows == [
        {"labelled": 0, "mae_pct": 6.0, "low": 3.0, "high": 9.0},
        {"labelled": 5, "mae_pct": 1.0, "low": 1.0, "high": 1.0},
    ]


def test_the_command_writes_a_curve_for_each_method(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, weights: Path
) -> None:
    monkeypatch.setattr(labels_curve, "read_result", lambda run: result(weights))
    monkeypatch.setattr(labels_curve, "open_dataset", lambda data, **_: dataset())
    out = tmp_path / "curve.json"
    labels_curve.main([str(tmp_path), "--data", "somewhere/made-12", "--methods", "count-I4", "--out", str(out)])
    content = json.loads(out.read_text(encoding="utf-8"))
    assert content["command"] == (
        "python benchmarks/labels_curve.py RUN --data made-12 --methods count-I4 --seed 0 --out FILE"
    )
    assert (content["participants"], content["repeats"]) == (12, 2)
    points = content["curves"]["motility"]["count-I4"]
    assert [point["labelled"] for point in points] == [0, 5]
    assert points[0]["mae_pct"] == pytest.approx(np.mean(list(PROGRESSIVE.values())) / 3, abs=0.001)
