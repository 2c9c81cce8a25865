import pytest

from motilens.evaluation.result import CrossValResult
from motilens.report.scores import MethodScore, best_model, judge, methods_of, score_of
from tests.factories import I1_MAE, I4_MAE, MEAN_MAE, make_result


def test_methods_come_baselines_first(result: CrossValResult) -> None:
    assert methods_of(result, "motility") == ("mean", "median", "count", "count-lab", "I1", "I4")


def test_scores_on_paper(result: CrossValResult) -> None:
    mean, one, four = (score_of(result, method, "motility") for method in ("mean", "I1", "I4"))
    assert mean.mae == pytest.approx((MEAN_MAE, MEAN_MAE, MEAN_MAE))
    assert mean.minus_mean is None and not mean.is_model
    assert mean.components == pytest.approx((20, 10, 10))
    assert four.mae == pytest.approx((I4_MAE, I4_MAE, I4_MAE))
    assert four.minus_mean == pytest.approx((I4_MAE - MEAN_MAE,) * 3)
    assert four.components == pytest.approx((3, 3, 0))
    assert four.mae_stack == pytest.approx(I4_MAE + 1)
    assert [fold.mae for fold in four.folds] == pytest.approx([2, 2, 2])
    assert [fold.mae_stack for fold in four.folds] == pytest.approx([3, 3, 3])
    assert four.average == pytest.approx(2) and four.average_stack == pytest.approx(3)
    assert one.mae[0] == pytest.approx(I1_MAE)
    assert one.errors["1"] == pytest.approx(34 / 3) and one.errors["2"] == pytest.approx(46 / 3)


def test_beating_the_mean_needs_an_interval_without_zero(result: CrossValResult) -> None:
    scores = {score.method: score for score in judge(result).scores["motility"]}
    assert scores["I4"].beats_the_mean is True
    assert scores["I1"].beats_the_mean is None  # as often better as worse
    assert scores["mean"].beats_the_mean is None
    worse = score_of(_worse(result), "I4", "motility")
    assert worse.beats_the_mean is False


def test_a_fold_used_three_times_counts_each_participant_once() -> None:
    released = make_result(protocol="as-released", twins_per_fold=2)
    score = score_of(released, "I4", "motility")
    assert score.n_participants == 4
    assert judge(released).tested == {"1", "2", "3", "4"}


def test_runs_of_one_fold_are_not_called_folds(result: CrossValResult) -> None:
    released = make_result(protocol="as-released")
    assert [fold.label for fold in score_of(result, "I4", "motility").folds] == ["fold 1", "fold 2", "fold 3"]
    assert [fold.label for fold in score_of(released, "I4", "motility").folds] == ["run 1", "run 2", "run 3"]


def test_stacks_weigh_by_number(result: CrossValResult) -> None:
    cell = next(cell for cell in result.cells if (cell.method, cell.target, cell.fold) == ("I1", "motility", 1))
    first, second = cell.scores  # per stack 34/3 + 1 and 46/3 + 1
    uneven = cell.model_copy(update={"scores": (first.model_copy(update={"n_stacks": 24}), second)})
    score = score_of(result.model_copy(update={"cells": (uneven,)}), "I1", "motility")
    assert score.mae_stack == pytest.approx((24 * 37 / 3 + 8 * 49 / 3) / 32)
    assert score.minus_mean is None


def test_the_best_model_is_no_baseline() -> None:
    baselines = judge(make_result(inputs=())).scores["motility"]
    assert best_model(baselines) is None
    both = judge(make_result()).scores["motility"]
    best = best_model(both)
    assert isinstance(best, MethodScore) and best.method == "I4"


def test_a_target_without_cells_is_not_there(result: CrossValResult) -> None:
    motility = tuple(cell for cell in result.cells if cell.target == "motility")
    assert set(judge(result.model_copy(update={"cells": motility})).scores) == {"motility"}


def _worse(result: CrossValResult) -> CrossValResult:
    """I4 ten points further off than the mean, everywhere."""
    cells = []
    for cell in result.cells:
        if cell.method == "I4":
            scores = tuple(
                s.model_copy(update={"predicted_pct": tuple(t + 30 for t in s.truth_pct)}) for s in cell.scores
            )
            cell = cell.model_copy(update={"scores": scores})
        cells.append(cell)
    return result.model_copy(update={"cells": tuple(cells)})
