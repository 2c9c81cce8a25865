import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from motilens.data.fold_sources import FoldRequest, choose_folds
from motilens.data.folds import make_folds
from motilens.data.values import Fold, LeftOut, Participant
from motilens.data.visem import read_participants
from motilens.errors import FoldError
from motilens.evaluation.baselines import BASELINE_FITS, BaselineData, baseline_cells
from motilens.evaluation.metrics import mae_by_participant
from motilens.evaluation.result import BASELINES, Cell

FOLD = Fold(fold=1, train_ids=("1", "2", "3"), test_ids=("4", "5"))

LABELS = {
    "1": np.array([10.0, 20.0, 70.0]),
    "2": np.array([40.0, 20.0, 40.0]),
    "3": np.array([70.0, 26.0, 4.0]),
    "4": np.array([40.0, 20.0, 40.0]),
    "5": np.array([0.0, 0.0, 100.0]),
}


class Spied(dict[str, np.ndarray]):
    """Labels that write down whose were read."""

    def __init__(self, labels: dict[str, np.ndarray]) -> None:
        super().__init__(labels)
        self.read: list[str] = []

    def __getitem__(self, participant: str) -> np.ndarray:
        self.read.append(participant)
        return super().__getitem__(participant)


def people(**changes: dict[str, float | None]) -> dict[str, Participant]:
    """Participants 1-5; cells seen are e^i - 1 and concentrations e^-i unless changed."""
    cells, lab = changes.get("cells_seen", {}), changes.get("concentration", {})
    return {
        i: Participant(
            participant=i,
            videos=(i,),
            n_stacks=4,
            cells_seen=cells.get(i, math.exp(int(i)) - 1) or 0.0,
            concentration=lab.get(i, math.exp(-int(i))),
        )
        for i in LABELS
    }


def predictions(cells: tuple[Cell, ...], method: str) -> list[tuple[float, float, float]]:
    return [score.predicted_pct for cell in cells if cell.method == method for score in cell.scores]


def test_the_names_are_those_of_the_results() -> None:
    assert tuple(BASELINE_FITS) == BASELINES


def test_constants_on_paper() -> None:
    cells, left_out = baseline_cells(BaselineData(LABELS, people()), [FOLD], target="motility")
    assert left_out == ()
    assert [cell.method for cell in cells] == list(BASELINES)
    for predicted in predictions(cells, "mean"):
        assert predicted == pytest.approx((40.0, 22.0, 38.0))
    for predicted in predictions(cells, "median"):
        assert predicted == pytest.approx((40.0, 20.0, 40.0))
    four, five = cells[0].scores
    assert (four.participant, four.n_stacks, four.spread_pct) == ("4", 4, (0, 0, 0))
    assert four.stack_error_pct == pytest.approx((0.0, 2.0, 2.0))
    assert mae_by_participant([five]) == pytest.approx((40 + 22 + 62) / 3)


def test_lines_on_paper() -> None:
    # On x = 1, 2, 3 the least-squares slopes are 30, 3 and -33 through the means (40, 22, 38) at x = 2.
    cells, _ = baseline_cells(BaselineData(LABELS, people()), [FOLD], target="morphology")
    for method in ("count", "count-lab"):
        four, five = predictions(cells, method)
        assert four == pytest.approx((100.0, 28.0, 0.0))  # 100, 28, -28 before the cut
        assert five == pytest.approx((100.0, 31.0, 0.0))
    assert {cell.target for cell in cells} == {"morphology"}


def test_a_line_through_equal_counts_is_the_mean() -> None:
    data = BaselineData(LABELS, people(cells_seen=dict.fromkeys("123", 7.0)))
    cells, _ = baseline_cells(data, [FOLD], target="motility")
    assert predictions(cells, "count")[0] == pytest.approx((40.0, 22.0, 38.0))


def test_no_cell_seen_is_a_count_too() -> None:
    cells, left_out = baseline_cells(BaselineData(LABELS, people(cells_seen={"1": 0.0})), [FOLD], target="motility")
    assert left_out == ()
    assert np.isfinite(predictions(cells, "count")).all()


@pytest.mark.parametrize("value", [None, 0.0])
@pytest.mark.parametrize("who", ["2", "5"])
def test_without_everyones_concentration_the_line_on_it_is_left_out(who: str, value: float | None) -> None:
    data = BaselineData(LABELS, people(concentration={who: value}))
    cells, left_out = baseline_cells(data, [FOLD], target="motility")
    assert [cell.method for cell in cells] == ["mean", "median", "count"]
    assert left_out == (
        LeftOut(
            name="baseline count-lab (motility)",
            reason=f"laboratory concentration above 0 not known of participants {who}",
        ),
    )


def test_fits_read_the_labels_of_the_training_participants_alone() -> None:
    labels = Spied(LABELS)
    data = BaselineData(labels, people())
    for baseline in BASELINE_FITS.values():
        labels.read.clear()
        predict = baseline.fit(data, FOLD.train_ids)
        predict("4")
        assert set(labels.read) == set(FOLD.train_ids)


def test_what_is_written_down_is_who_was_seen() -> None:
    cells, _ = baseline_cells(BaselineData(LABELS, people()), [FOLD], target="motility", seed=3)
    for cell in cells:
        assert [(fit.what, fit.ids) for fit in cell.fits] == [(f"baseline {cell.method}", FOLD.train_ids)]
        assert cell.seed == 3


def test_participants_without_labels_take_no_part() -> None:
    labels = {i: v for i, v in LABELS.items() if i not in ("2", "5")}
    cells, left_out = baseline_cells(BaselineData(labels, people(concentration={"2": None})), [FOLD], target="motility")
    assert left_out == ()
    assert cells[0].fits[0].ids == ("1", "3")
    assert [score.participant for score in cells[0].scores] == ["4"]


def test_a_fold_without_labels_is_refused() -> None:
    labels = {i: v for i, v in LABELS.items() if i in FOLD.train_ids}
    with pytest.raises(
        FoldError, match="fold 1 has 3 training and 0 test participants with motility labels; allowed: at least one"
    ):
        baseline_cells(BaselineData(labels, people()), [FOLD], target="motility")


@given(st.integers(0, 10_000))
def test_predictions_are_percentages_and_lines_on_compositions_sum_to_a_hundred(seed: int) -> None:
    chance = np.random.default_rng(seed)
    ids = [str(i) for i in range(9)]
    labels = dict(zip(ids, 100 * chance.dirichlet((1, 1, 1), 9), strict=True))
    participants = {
        i: Participant(participant=i, videos=(i,), n_stacks=1, cells_seen=c, concentration=c)
        for i, c in zip(ids, chance.uniform(1, 90, 9).tolist(), strict=True)
    }
    folds = make_folds({i: float(v[0]) for i, v in labels.items()}, seed=seed)
    cells, _ = baseline_cells(BaselineData(labels, participants), folds.folds, target="motility")
    for cell in cells:
        predicted = np.array([score.predicted_pct for score in cell.scores])
        assert predicted.min() >= 0
        assert predicted.max() <= 100
        inside = ((predicted > 0) & (predicted < 100)).all(axis=1)
        if cell.method != "median":
            assert np.allclose(predicted[inside].sum(axis=1), 100)


def test_a_count_that_tells_everything_beats_the_mean() -> None:
    chance = np.random.default_rng(0)
    ids = [str(i) for i in range(30)]
    x = dict(zip(ids, chance.uniform(1, 4, 30).tolist(), strict=True))
    labels = {i: np.array([20 * v, 10.0, 90 - 20 * v]) for i, v in x.items()}
    participants = {
        i: Participant(participant=i, videos=(i,), n_stacks=1, cells_seen=math.exp(v) - 1) for i, v in x.items()
    }
    folds = make_folds(x).folds
    cells, left_out = baseline_cells(BaselineData(labels, participants), folds, target="motility")
    error = {
        name: np.mean([mae_by_participant(cell.scores) for cell in cells if cell.method == name])
        for name in ("mean", "median", "count")
    }
    assert error["count"] == pytest.approx(0, abs=1e-9)
    assert error["mean"] > 5
    assert [line.name for line in left_out] == ["baseline count-lab (motility)"]


def test_the_training_mean_on_real_rows(real_data: Path) -> None:
    rows = read_participants(real_data / "visem_tracking").rows
    ids = tuple(rows)
    labels = {i: np.array(row.motility) for i, row in rows.items()}
    people = {
        i: Participant(participant=i, videos=(i,), n_stacks=1, cells_seen=1, concentration=row.concentration)
        for i, row in rows.items()
    }
    request = FoldRequest(ids, ids, lambda video: None, dict.fromkeys(ids, 0.0))
    folds = choose_folds(request, data=real_data, choice="goh2022").folds
    cells, left_out = baseline_cells(BaselineData(labels, people), folds, target="motility")
    assert left_out == ()
    # Fold 3 tests 11 and 14 and trains on the other eight, whose progressive motilities sum to 141.
    assert predictions(cells, "mean")[-1][0] == pytest.approx(141 / 8)
