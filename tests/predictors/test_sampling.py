"""The sampling error against samples that were drawn."""

import numpy as np
import pytest

from motilens.errors import InputError
from motilens.predictors.sampling import USUAL_FACTOR, sampling

SHARES = np.array([0.5, 0.2, 0.3])


def recording(
    rng: np.random.Generator, *, fields: int = 8, cells: float = 30, stacks: int = 2, spread: float = np.inf
) -> tuple[np.ndarray, np.ndarray]:
    """Counts of fields with a Poisson number of cells, each in all stacks of its field.

    With a finite ``spread`` the shares of each field are drawn from a Dirichlet distribution of that concentration.
    """
    rows = []
    for n in rng.poisson(cells, fields):
        shares = SHARES if np.isinf(spread) else rng.dirichlet(SHARES * spread)
        classes = rng.multinomial(n, shares)
        rows += [[*classes, 0, n / 2, n]] * stacks
    return np.array(rows, float), np.repeat(np.arange(fields), stacks)


def spread_of(n: int, **how: float) -> tuple[np.ndarray, np.ndarray]:
    """Standard deviation of the shares of many recordings, and the mean of what is estimated from each."""
    rng = np.random.default_rng(0)
    shares, estimates = [], []
    for _ in range(n):
        counts, fields = recording(rng, **how)  # type: ignore[arg-type]
        shares.append(100 * counts[:, :3].sum(axis=0) / counts[:, :3].sum())
        estimates.append(sampling(counts, fields, "motility").sd_pct)
    return np.std(shares, axis=0), np.mean(estimates, axis=0)


def test_independent_cells_have_a_little_less_than_what_is_estimated() -> None:
    drawn, estimated = spread_of(400)
    # The usual factor is above 1: with eight fields it has a weight of 4 in 11.
    assert estimated / drawn == pytest.approx(np.sqrt(1 + 4 / 11 * (USUAL_FACTOR - 1)), rel=0.1)


def test_fields_that_differ_have_what_is_estimated() -> None:
    """Each field of 30 cells with a concentration of 10 has a variance of 1 + 29 / 11 times the binomial one."""
    drawn, estimated = spread_of(400, spread=10.0, fields=20)
    assert drawn**2 / (1e4 * SHARES * (1 - SHARES) / 600) == pytest.approx(1 + 29 / 11, rel=0.3)
    assert estimated == pytest.approx(drawn, rel=0.12)


def test_a_cell_in_many_stacks_is_one_cell() -> None:
    few, many = (sampling(*recording(np.random.default_rng(1), stacks=stacks), "motility") for stacks in (1, 10))
    assert many.n_cells == pytest.approx(few.n_cells) and many.n_fields == few.n_fields == 8
    assert many.sd_pct == pytest.approx(few.sd_pct)


def test_one_field_has_the_usual_factor() -> None:
    found = sampling(np.array([[30.0, 10, 10, 0, 0, 0]]), np.array([0]), "motility")
    assert found.n_cells == 50 and found.factor.tolist() == [USUAL_FACTOR] * 3
    share = 30.5 / 51
    assert found.sd_pct[0] == pytest.approx(100 * np.sqrt(USUAL_FACTOR * share * (1 - share) / 50))


def test_none_and_all_are_not_certain() -> None:
    found = sampling(np.array([[0.0, 0, 40, 0, 40, 20]] * 3), np.arange(3), "motility")
    assert (found.sd_pct > 0.5).all()
    assert sampling(np.array([[0.0, 0, 40, 0, 40, 20]] * 3), np.arange(3), "morphology").sd_pct[2] == pytest.approx(
        100 * np.sqrt(max(1.0, 4 * USUAL_FACTOR / 6) * 0.25 / 120)
    )


def test_twice_as_many_fields_leave_less_to_chance() -> None:
    rng = np.random.default_rng(2)
    counts, fields = recording(rng, fields=40, spread=20.0)
    half = fields < 20
    ratio = sampling(counts, fields, "motility").sd_pct / sampling(counts[half], fields[half], "motility").sd_pct
    assert ratio == pytest.approx(np.full(3, np.sqrt(0.5)), rel=0.25)


def test_nothing_watched_is_an_error() -> None:
    with pytest.raises(InputError, match="2 stacks without cells; allowed: at least some cells"):
        sampling(np.zeros((2, 6)), np.arange(2), "motility")
