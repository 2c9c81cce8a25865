import numpy as np
import pytest

from motilens.errors import InputError
from motilens.predictors.prediction import Prediction


def test_a_recordings_prediction_is_the_mean_over_its_parts() -> None:
    prediction = Prediction("1_a", "motility", np.array([[10.0, 20, 70], [30.0, 20, 50]]), "stack")
    assert prediction.predicted_pct.tolist() == [20, 20, 60]
    assert prediction.sd_pct.tolist() == [10, 0, 10]


def test_a_single_part_has_no_deviation() -> None:
    prediction = Prediction("1_a", "morphology", np.array([[90.0, 20, 10]]), "recording")
    assert prediction.predicted_pct.tolist() == [90, 20, 10]
    assert prediction.sd_pct.tolist() == [0, 0, 0]


def test_cells_are_only_there_if_they_were_counted() -> None:
    counts = np.arange(12.0).reshape(2, 6)
    parts_pct = np.array([[90.0, 20, 10]])
    assert Prediction("1_a", "morphology", parts_pct, "recording").cell_counts is None
    found = Prediction("1_a", "morphology", parts_pct, "recording", cell_counts=counts)
    assert found.cell_counts is counts
    assert found.predicted_pct.tolist() == [90, 20, 10]


@pytest.mark.parametrize("parts_pct", [np.zeros((0, 3)), np.array([[1.0, np.nan, 2]]), np.array([[np.inf, 0.0, 0]])])
def test_what_is_no_prediction_is_refused_with_the_recording(parts_pct: np.ndarray) -> None:
    with pytest.raises(
        InputError,
        match=r"prediction \[.*\] for 1_a; allowed: three finite percentages a window, at least one window",
    ):
        Prediction("1_a", "motility", parts_pct, "window")
