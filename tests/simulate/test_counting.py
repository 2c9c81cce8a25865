"""A laboratory's count: right on average, with the binomial standard deviation, and in whole cells."""

import numpy as np
import pytest

from motilens.errors import InputError
from motilens.simulate.counting import count_morphology, count_motility

TIMES = 4000
MOTILITY = (55.0, 20.0, 25.0)
MORPHOLOGY = (96.0, 24.0, 15.0)


@pytest.mark.parametrize("n_cells", [20, 200])
@pytest.mark.parametrize(("count", "exact"), [(count_motility, MOTILITY), (count_morphology, MORPHOLOGY)])
def test_counts_are_unbiased_and_binomial(count, exact, n_cells: int) -> None:  # noqa: ANN001
    """Mean p and variance p (100 - p) / n of 4000 counts.

    Five standard errors: of a mean 5 sd / sqrt(N); of a variance 5 var sqrt((kurtosis - 1) / N), and a binomial's
    kurtosis is 3 + (1 - 6 q) / (n q) with q = p (1 - p).
    """
    rng = np.random.default_rng(0)
    counts = np.array([count(rng, exact, n_cells) for _ in range(TIMES)])
    for k, p in enumerate(exact):
        variance = p * (100 - p) / n_cells
        q = p * (100 - p) / 1e4
        kurtosis = 3 + (1 - 6 * q) / (n_cells * q)
        assert counts[:, k].mean() == pytest.approx(p, abs=5 * np.sqrt(variance / TIMES))
        assert counts[:, k].var() == pytest.approx(variance, rel=5 * np.sqrt((kurtosis - 1) / TIMES))


def test_three_and_a_half_points_for_half_of_200_cells() -> None:
    """The docstring's figure: sqrt(50 * 50 / 200) = 3.54 points."""
    rng = np.random.default_rng(0)
    counts = np.array([count_motility(rng, (50.0, 25.0, 25.0), 200)[0] for _ in range(TIMES)])
    assert counts.std() == pytest.approx(3.54, rel=5 / np.sqrt(2 * TIMES))


def test_classes_of_motility_exclude_each_other() -> None:
    """Multinomial: sums to 100, and two classes share the covariance -p q / n; 5 standard errors about 8 %."""
    rng = np.random.default_rng(1)
    counts = np.array([count_motility(rng, MOTILITY, 50) for _ in range(TIMES)])
    np.testing.assert_allclose(counts.sum(axis=1), 100)
    covariance = np.cov(counts.T)[0, 2]
    sd = 5 * np.sqrt(55 * 45 * 25 * 75) / 50 / np.sqrt(TIMES)
    assert covariance == pytest.approx(-55 * 25 / 50, abs=sd)


def test_defects_are_noted_each_by_itself() -> None:
    rng = np.random.default_rng(2)
    counts = np.array([count_morphology(rng, MORPHOLOGY, 100) for _ in range(TIMES)])
    correlation = np.corrcoef(counts.T)
    assert np.abs(correlation[np.triu_indices(3, 1)]).max() < 5 / np.sqrt(TIMES)


def test_counts_are_whole_cells_and_nobody_is_counted_into_an_empty_class() -> None:
    rng = np.random.default_rng(3)
    for _ in range(20):
        motility = np.array(count_motility(rng, (0.0, 30.0, 70.0), 40)) * 40 / 100
        np.testing.assert_allclose(motility, np.rint(motility), atol=1e-9)
        assert motility[0] == 0
        assert count_morphology(rng, (0.0, 100.0, 50.0), 40)[:2] == (0, 100)


def test_refusals() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(InputError, match=r"cannot count 0 cells .* at least one cell, percentages that sum to 100"):
        count_motility(rng, MOTILITY, 0)
    with pytest.raises(InputError, match=r"of \[50\.0, 20\.0, 25\.0\] %; allowed: .* sum to 100"):
        count_motility(rng, (50.0, 20.0, 25.0), 10)
    with pytest.raises(InputError, match=r"of \[110\.0, -10\.0, 0\.0\] %"):
        count_motility(rng, (110.0, -10.0, 0.0), 10)
    with pytest.raises(InputError, match=r"cells with \[101\.0, 0\.0, 0\.0\] %; .* percentages 0-100"):
        count_morphology(rng, (101.0, 0.0, 0.0), 10)
    with pytest.raises(InputError, match="cannot count defects of 0 cells"):
        count_morphology(rng, MORPHOLOGY, 0)
