from pathlib import Path
from typing import Any

import pytest

from motilens.config import preset
from motilens.data.dataset import Dataset, open_dataset
from motilens.data.folds import make_folds
from motilens.evaluation.protocol import FoldPlan, folds_of, models_folder, plans_of
from motilens.evaluation.request import EvaluationRequest
from motilens.methods.catalogue import METHODS
from tests.data.folders import Row, make_visem, write

ROWS: dict[str, Row] = {str(i): ("1,0", 90, 10, 10, 10 * i, 30, 70 - 10 * i) for i in range(1, 7)}

ORDER = {str(i): 10.0 * i for i in range(1, 7)}


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    return open_dataset(make_visem(tmp_path, ROWS))


def request(data: Path, *methods: str, **changes: Any) -> EvaluationRequest:  # noqa: ANN401 - changes are any
    given = {"data": data, "out": data / "run", "methods": methods or ("mean",), "targets": ("motility",)}
    return EvaluationRequest(**{**given, **changes})


def plans(dataset: Dataset, asked: EvaluationRequest) -> tuple[FoldPlan, ...]:
    return plans_of(asked, asked.chosen, folds_of(asked, dataset))


def test_as_described_there_is_one_draw_of_three_folds(dataset: Dataset, tmp_path: Path) -> None:
    (repeat,) = folds_of(request(tmp_path, seed=4), dataset)
    drawn = make_folds(ORDER, seed=4)
    assert (repeat.repeat, repeat.source, repeat.folds) == (1, drawn.source, drawn.folds)
    assert [len(fold.test_ids) for fold in repeat.folds] == [2, 2, 2]


def test_repeats_are_the_folds_asked_for_and_then_draws_of_their_own(dataset: Dataset, tmp_path: Path) -> None:
    file = write(tmp_path / "mine.csv", "id,fold\n1,1\n2,1\n3,2\n4,2\n5,3\n6,3\n")
    asked = request(tmp_path, protocol="repeated", repeats=3, folds=str(file), seed=4)
    first, second, third = folds_of(asked, dataset)
    assert (first.source, [fold.test_ids for fold in first.folds]) == ("mine.csv", [("1", "2"), ("3", "4"), ("5", "6")])
    assert [(each.repeat, each.folds) for each in (second, third)] == [
        (repeat, make_folds(ORDER, seed=seed).folds) for repeat, seed in ((2, 5), (3, 6))
    ]


def test_as_released_the_first_fold_is_run_three_times(dataset: Dataset, tmp_path: Path) -> None:
    file = write(tmp_path / "mine.csv", "id,fold\n1,7\n2,7\n3,8\n4,8\n5,9\n6,9\n")
    (runs,) = folds_of(request(tmp_path, protocol="as-released", folds=str(file)), dataset)
    assert runs.source == "mine.csv; fold 7 in 3 runs"
    assert [fold.fold for fold in runs.folds] == [1, 2, 3]
    assert {(fold.train_ids, fold.test_ids) for fold in runs.folds} == {(("3", "4", "5", "6"), ("1", "2"))}


def test_as_released_never_fits_to_those_who_test_whatever_the_settings(dataset: Dataset, tmp_path: Path) -> None:
    # There the test participants choose the epoch; settings that choose none, or fit anew, would train on them.
    assert not preset("benchmark").regressor.choose_epoch
    for plan in plans(dataset, request(tmp_path, "moments", "stable-I4", protocol="as-released")):
        assert plan.epoch_ids == plan.fold.test_ids
        assert not set(plan.fold.test_ids) & set(plan.fold.train_ids)
        assert plan.settings.regressor.choose_epoch and not plan.settings.regressor.refit


def test_as_described_keeps_the_settings_but_for_the_seed(dataset: Dataset, tmp_path: Path) -> None:
    asked = request(tmp_path, "moments", protocol="repeated", repeats=2, costly_repeats=2, seed=10)
    found = plans(dataset, asked)
    for plan in found:
        assert plan.epoch_ids is None
        assert plan.settings == asked.settings(METHODS["moments"]).model_copy(update={"seed": plan.settings.seed})
    assert [(plan.repeat, plan.fold.fold, plan.settings.seed) for plan in found] == [
        (1, 1, 10), (1, 2, 11), (1, 3, 12), (2, 1, 13), (2, 2, 14), (2, 3, 15),
    ]  # fmt: skip


def test_cheap_methods_come_first_and_are_repeated_more_often(dataset: Dataset, tmp_path: Path) -> None:
    asked = request(tmp_path, "stable-I4", "raw", "count", "mean", protocol="repeated", repeats=3, costly_repeats=2)
    found = plans(dataset, asked)
    assert list(dict.fromkeys(plan.method for plan in found)) == ["count", "mean", "stable-I4", "raw"]
    repeats = {method: {plan.repeat for plan in found if plan.method == method} for method in asked.methods}
    assert repeats == {"count": {1, 2, 3}, "mean": {1, 2, 3}, "stable-I4": {1, 2}, "raw": {1, 2}}
    assert len({plan.name for plan in found}) == len(found)


def test_a_plans_files_are_named_after_it(dataset: Dataset, tmp_path: Path) -> None:
    plan = plans(dataset, request(tmp_path, "tracks-physics"))[1]
    assert plan.name == "tracks-physics-r1-f2"
    assert models_folder(tmp_path, plan, "motility") == tmp_path / "models" / "tracks-physics-r1-f2-motility"
