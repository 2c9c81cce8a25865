import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motilens.errors import InputError
from motilens.simulate.participants import CELLS_PER_FIELD, draw_participant, whole_cells


def test_whole_cells_known_answers() -> None:
    assert whole_cells(np.array([50.0, 30.0, 20.0]), 10) == (5, 3, 2)
    assert whole_cells(np.array([100 / 3, 100 / 3, 100 / 3]), 10) == (4, 3, 3)
    assert whole_cells(np.array([0.0, 0.0, 100.0]), 7) == (0, 0, 7)


@settings(deadline=None)
@given(st.tuples(*[st.floats(0.01, 10)] * 3), st.integers(1, 500))
def test_whole_cells_sum_and_miss_by_less_than_one(weights: tuple[float, float, float], n: int) -> None:
    percentages = 100 * np.array(weights) / sum(weights)
    counts = whole_cells(percentages, n)
    assert sum(counts) == n
    assert np.abs(np.array(counts) - percentages * n / 100).max() < 1


def test_percentages_that_do_not_sum_are_refused() -> None:
    with pytest.raises(InputError, match="percentages that sum to 100"):
        whole_cells(np.array([50.0, 30.0, 10.0]), 10)


def test_participants_are_like_visems() -> None:
    """Means and spreads of VISEM's 85 rows; tolerances are three standard errors of 85 rows, or the fit's own miss."""
    draws = [draw_participant(np.random.default_rng(seed)) for seed in range(1500)]
    motility = np.array([draw.motility_pct for draw in draws])
    morphology = np.array([draw.morphology_pct for draw in draws])
    np.testing.assert_allclose(motility.sum(axis=1), 100)
    np.testing.assert_allclose(motility.mean(axis=0), [42.7, 27.7, 29.6], atol=3)
    np.testing.assert_allclose(motility.std(axis=0), [20.2, 9.5, 17.9], atol=2.5)
    np.testing.assert_allclose(morphology.mean(axis=0), [95.7, 23.8, 15.1], atol=1)
    np.testing.assert_allclose(morphology.std(axis=0), [2.9, 10.0, 9.3], atol=1)
    cells = np.array([draw.cells_per_field for draw in draws])
    assert CELLS_PER_FIELD[0] <= cells.min() and cells.max() <= CELLS_PER_FIELD[1]
    # More cells go with more swimming ones, as in the laboratory: what the count-only baseline lives on.
    assert 0.2 < np.corrcoef(np.log(cells), motility[:, 0])[0, 1] < 0.6


def test_names_are_visems() -> None:
    draws = [draw_participant(np.random.default_rng(seed)) for seed in range(60)]
    names = [draw.video_name(7, ".avi") for draw in draws]
    assert all(name.startswith("7_") and name.endswith(".avi") for name in names)
    assert any("_lots of debris_" in name for name in names)
