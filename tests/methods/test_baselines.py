import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motilens.config import Target, preset
from motilens.errors import MismatchError
from motilens.methods.baselines import BASELINES
from motilens.methods.method import TrainingSet, Workspace
from motilens.predictors.origin import Fit
from motilens.predictors.predictor import Predictor
from tests.recordings.fakes import FakeRecording

METHODS = {method.name: method for method in BASELINES}

SETTINGS = preset("cpu")

LABELS = {
    "1": np.array([10.0, 20.0, 70.0]),
    "2": np.array([40.0, 20.0, 40.0]),
    "3": np.array([70.0, 26.0, 4.0]),
}

CELLS = {"1": 0, "2": 1, "3": 3}
"""Heads in view; their logs, plus 1, are 0, 1 and 2 times log 2."""


def seen(participant: str, *cells: int) -> list[FakeRecording]:
    """A recording for each number of cells in view; concentrations are e^number."""
    return [FakeRecording(f"{participant}_{k}", cells_seen=n, concentration=math.exp(n)) for k, n in enumerate(cells)]


def fitted(
    name: str,
    labels: Mapping[str, np.ndarray] = LABELS,
    recordings: Mapping[str, Sequence[FakeRecording]] | None = None,
    *,
    target: Target | None = "motility",
    epoch_ids: tuple[str, ...] | None = None,
) -> Predictor:
    recordings = recordings or {i: seen(i, CELLS[i]) for i in labels}
    training = TrainingSet(target, recordings, labels, epoch_ids=epoch_ids)
    return METHODS[name].fit(training, SETTINGS, Workspace(Path("nowhere")))


def predicted_pct(predictor: Predictor, cells: int) -> list[float]:
    return predictor.predict(seen("9", cells)[0]).predicted_pct.tolist()


def test_constants_on_paper() -> None:
    for cells in (0, 100):
        assert predicted_pct(fitted("mean"), cells) == pytest.approx([40, 22, 38])
        assert predicted_pct(fitted("median"), cells) == pytest.approx([40, 20, 40])


def test_medians_need_not_sum_to_100() -> None:
    labels = {"1": np.array([10.0, 20, 70]), "2": np.array([40.0, 50, 10]), "3": np.array([70.0, 26, 4])}
    assert predicted_pct(fitted("median", labels), 1) == [40, 26, 10]


def test_the_line_on_cells_seen_on_paper() -> None:
    # For each doubling of cells + 1 the least-squares slopes are 30, 3 and -33, through the means at 1 cell.
    predictor = fitted("count")
    assert predicted_pct(predictor, 1) == pytest.approx([40, 22, 38])
    assert predicted_pct(predictor, 3) == pytest.approx([70, 25, 5])
    assert predicted_pct(predictor, 7) == pytest.approx([100, 28, 0])  # 100, 28, -28 before the cut
    assert predicted_pct(predictor, 15) == pytest.approx([100, 31, 0])


def test_the_line_on_the_concentration_on_paper() -> None:
    # Logs are 0, 1 and 3; of a line 10 + 20 x the slope is found exactly.
    labels = {i: np.array([10 + 20.0 * cells, 10, 80 - 20 * cells]) for i, cells in CELLS.items()}
    predictor = fitted("count-lab", labels)
    assert predicted_pct(predictor, 2) == pytest.approx([50, 10, 40])
    assert predicted_pct(predictor, 5) == pytest.approx([100, 10, 0])


def test_replicates_are_one_participant_whose_log_count_is_their_mean() -> None:
    replicated = {"1": seen("1", 0), "2": seen("2", 0, 3), "3": seen("3", 3, 3, 3)}
    for name in ("mean", "median", "count"):
        one, other = fitted(name), fitted(name, recordings=replicated)
        for cells in (0, 2, 3):
            assert predicted_pct(other, cells) == pytest.approx(predicted_pct(one, cells))
        assert other.origin.fits == one.origin.fits


def test_a_line_through_equal_counts_is_the_mean() -> None:
    predictor = fitted("count", recordings={i: seen(i, 7) for i in LABELS})
    for cells in (0, 7, 50):
        assert predicted_pct(predictor, cells) == pytest.approx([40, 22, 38])


@pytest.mark.parametrize("name", METHODS)
def test_who_chooses_epochs_is_not_fitted_to(name: str) -> None:
    more_labels = {**LABELS, "8": np.array([0.0, 0, 100]), "9": np.array([100.0, 0, 0])}
    recordings = {**{i: seen(i, CELLS[i]) for i in LABELS}, "8": seen("8", 50), "9": seen("9", 60)}
    one, other = fitted(name), fitted(name, more_labels, recordings, epoch_ids=("8", "9"))
    assert predicted_pct(other, 2) == predicted_pct(one, 2)
    assert other.origin.fits == (Fit(what=name, ids=("1", "2", "3")),)


@pytest.mark.parametrize("name", METHODS)
def test_the_origin_says_what_was_fitted(name: str) -> None:
    predictor = fitted(name, target="morphology")
    assert isinstance(predictor, Predictor)
    assert predictor.needs == METHODS[name].needs
    origin = predictor.origin
    assert (origin.method, origin.target, origin.settings) == (name, "morphology", SETTINGS)
    assert origin.n_parameters == (6 if name.startswith("count") else 3)
    assert predictor.predict(seen("9", 1)[0]).target == "morphology"


@pytest.mark.parametrize("name", METHODS)
def test_without_a_target_there_is_nothing_to_fit(name: str) -> None:
    with pytest.raises(MismatchError, match=f"method {name} makes no feature-images"):
        fitted(name, {}, {i: seen(i, CELLS[i]) for i in LABELS}, target=None)


@pytest.mark.parametrize("concentration", [None, 0.0])
def test_a_concentration_that_is_not_known_is_named(concentration: float | None) -> None:
    recordings = {i: seen(i, CELLS[i]) for i in LABELS}
    recordings["2"] = [FakeRecording("2_x", concentration=concentration)]
    with pytest.raises(MismatchError, match=r"count-lab needs the laboratory's concentration of 2_x\.avi"):
        fitted("count-lab", recordings=recordings)


@given(st.integers(0, 10_000))
@settings(max_examples=30)
def test_predictions_are_percentages_and_lines_on_compositions_sum_to_a_hundred(seed: int) -> None:
    rng = np.random.default_rng(seed)
    labels = {str(i): row for i, row in enumerate(100 * rng.dirichlet((1, 1, 1), 6))}
    recordings = {i: seen(i, int(rng.integers(0, 90))) for i in labels}
    for name in METHODS:
        predictor = fitted(name, labels, recordings)
        for cells in (0, 5, 60, 300):
            predicted = np.array(predicted_pct(predictor, cells))
            assert predicted.min() >= 0
            assert predicted.max() <= 100
            if name != "median" and ((predicted > 0) & (predicted < 100)).all():
                assert predicted.sum() == pytest.approx(100)
