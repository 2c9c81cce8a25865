import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motilens.validation.passing_bablok import passing_bablok
from tests.validation.peak_flow import MINI, WRIGHT

FIRST = np.arange(1.0, 21)
SECOND = np.array(
    [
        *(1.03, 2.05, 2.79, 3.67, 5.00, 5.82, 7.16, 7.69, 8.53, 10.38),
        *(11.11, 12.17, 13.47, 13.83, 15.15, 16.12, 16.94, 18.09, 19.13, 19.54),
    ]
)
"""The example of the package methcomp 1.0.0 (method1, method2)."""


def test_the_example_of_methcomp_gives_what_r_gives() -> None:
    """The package's own test names the result of R's ``mcr::mcreg(method.reg="PaBa", method.ci="analytical")``."""
    found = passing_bablok(FIRST, SECOND)
    assert found is not None
    assert found.slope.value == pytest.approx(1.0050, abs=5e-5)
    assert found.intercept.value == pytest.approx(0.0125, abs=5e-5)
    # mcr interpolates the ranks of the ends, which here moves them by less than the distance of neighbouring slopes.
    assert (found.slope.low, found.slope.high) == pytest.approx((0.9848, 1.0266), abs=0.0015)
    assert (found.intercept.low, found.intercept.high) == pytest.approx((-0.2975, 0.1393), abs=0.012)


def test_five_points_on_paper() -> None:
    """The ten slopes, sorted: 0, 1/2, 1, 1, 1, 1, 5/4, 3/2, 2, 2; z sqrt(5 4 15 / 18) is 8.0, so M is 1."""
    found = passing_bablok(np.arange(5.0), np.array([0.0, 2.0, 3.0, 3.0, 5.0]))
    assert found is not None
    assert (found.slope.value, found.slope.low, found.slope.high) == pytest.approx((1, 0, 2))
    # y - x: 0, 1, 1, 0, 1; y - 2 x: 0, 0, -1, -3, -3; y: 0, 2, 3, 3, 5
    assert (found.intercept.value, found.intercept.low, found.intercept.high) == pytest.approx((1, -1, 3))


def test_a_line_is_found_exactly() -> None:
    first = np.array([3.0, 10, 20, 35, 60, 80, 95])
    found = passing_bablok(first, 2 + 0.9 * first)
    assert found is not None
    assert (found.slope.value, found.slope.low, found.slope.high) == pytest.approx((0.9, 0.9, 0.9))
    assert (found.intercept.value, found.intercept.low, found.intercept.high) == pytest.approx((2, 2, 2))
    assert found.linearity_p is None


def test_an_outlier_moves_it_little() -> None:
    second = SECOND.copy()
    second[0] = 100.0
    found = passing_bablok(FIRST, second)
    assert found is not None and found.slope.value == pytest.approx(1.0, abs=0.02)


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1), st.integers(8, 40))
def test_exchanging_the_measurements_gives_the_inverse_line(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    truth = rng.uniform(0, 100, n)
    first, second = (np.round(truth + rng.normal(0, 8, n)) for _ in range(2))  # whole percents have ties
    there, back = passing_bablok(first, second), passing_bablok(second, first)
    if there is None or back is None or there.slope.low <= 0:
        return
    assert back.slope.value == pytest.approx(1 / there.slope.value)
    assert (back.slope.low, back.slope.high) == pytest.approx((1 / there.slope.high, 1 / there.slope.low))


def test_the_order_of_samples_does_not_matter() -> None:
    first, second = np.round(WRIGHT[0], -1), np.round(MINI[0], -1)
    shuffled = np.random.default_rng(0).permutation(17)
    there, again = passing_bablok(first, second), passing_bablok(first[shuffled], second[shuffled])
    assert there is not None and again is not None
    assert again.slope == there.slope and again.intercept == there.intercept


def test_the_interval_holds_the_true_slope() -> None:
    rng, held = np.random.default_rng(1), 0
    for _ in range(150):
        truth = rng.uniform(10, 90, 40)
        found = passing_bablok(*(truth + rng.normal(0, 5, 40) for _ in range(2)))
        assert found is not None
        held += found.slope.low <= 1 <= found.slope.high
    assert held / 150 == pytest.approx(0.95, abs=0.055)  # three standard errors


def test_a_curve_is_not_linear() -> None:
    rng = np.random.default_rng(0)
    first = np.linspace(0, 100, 60)
    noise = rng.normal(0, 2, 60)
    curved, straight = passing_bablok(first, first**2 / 100 + noise), passing_bablok(first, first + noise)
    assert curved is not None and curved.linearity_p is not None and curved.linearity_p < 0.01
    assert straight is not None and straight.linearity_p is not None and straight.linearity_p > 0.05


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (np.arange(4.0), np.arange(4.0)),
        (np.full(30, 50.0), np.arange(30.0)),
        (np.arange(30.0), np.arange(30.0)[::-1] + np.tile([0.0, 2.0, -2.0], 10)),
    ],
    ids=["too few", "a reference that does not vary", "a negative correlation"],
)
def test_no_line_without_a_finite_interval(first: np.ndarray, second: np.ndarray) -> None:
    assert passing_bablok(first, second) is None
