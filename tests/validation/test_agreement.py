from collections.abc import Callable

import numpy as np
import pytest

from motilens.errors import InputError, MismatchError
from motilens.validation.agreement import concordance, limits_of_agreement, tolerance_factor
from tests.validation.peak_flow import MINI, WRIGHT


def test_the_peak_flow_meters_of_bland_and_altman() -> None:
    found = limits_of_agreement(MINI[0], WRIGHT[0])
    assert found.n == 17
    assert found.bias.value == pytest.approx(-2.1, abs=0.05)
    assert found.sd == pytest.approx(38.8, abs=0.05)
    assert (found.bias.low, found.bias.high) == pytest.approx((-22.0, 17.8), abs=0.1)
    # The paper takes 2 standard deviations, -79.7 and 75.5; with 1.96 they are 1.55 nearer.
    assert (found.lower.value, found.upper.value) == pytest.approx((-79.7 + 1.55, 75.5 - 1.55), abs=0.1)


def test_intervals_of_the_limits_are_wider_outwards_than_the_papers_approximation() -> None:
    found = limits_of_agreement(MINI[0], WRIGHT[0])
    published = 2.12 * 16.3  # t times the approximate standard error, both from the paper
    for limit, outer, inner in ((found.upper, 1, 0), (found.lower, 0, 1)):
        reach = abs(np.array([limit.low, limit.high]) - limit.value)
        assert reach[inner] < published < reach[outer] < 1.5 * published


@pytest.mark.parametrize(
    ("n", "share", "level", "published"),
    [(10, 0.90, 0.95, 2.355), (30, 0.95, 0.95, 2.220), (43, 0.90, 0.99, 1.8740)],
    ids=["n 10", "n 30", "the wafers of NIST's handbook, 7.2.6.3"],
)
def test_tolerance_factors_are_those_of_published_tables(n: int, share: float, level: float, published: float) -> None:
    quantile = {0.90: 1.2815516, 0.95: 1.6448536}[share]
    assert tolerance_factor(n, quantile, level) == pytest.approx(published, abs=6e-4)


def test_a_bound_holds_the_true_limit_as_often_as_it_says() -> None:
    draws = np.random.default_rng(0).normal(0, 1, (20_000, 12))
    means, sds = draws.mean(axis=1), draws.std(axis=1, ddof=1)
    for level in (0.025, 0.975):
        held = float((means + tolerance_factor(12, 1.96, level) * sds > 1.96).mean())
        assert held == pytest.approx(level, abs=0.0033)  # three standard errors


def test_a_proportional_bias_is_a_trend() -> None:
    first = np.linspace(10, 90, 40)
    steps = np.where(np.arange(40) % 2, 1.0, -1.0)
    proportional = limits_of_agreement(first, 0.8 * first + steps)
    # y = 0.8 x: the difference is -0.2 x, the mean 0.9 x.
    assert proportional.trend is not None and proportional.trend_p is not None
    assert proportional.trend.value == pytest.approx(-0.2 / 0.9, abs=0.01)
    assert proportional.trend.high < 0 and proportional.trend_p < 1e-6
    constant = limits_of_agreement(first, first + 5 + steps)
    assert constant.trend is not None and constant.trend.low < 0 < constant.trend.high


def test_measurements_that_do_not_vary_have_no_trend_and_no_concordance() -> None:
    same = np.full(5, 40.0)
    found = limits_of_agreement(same, same)
    assert (found.bias.value, found.sd, found.upper.high) == (0, 0, 0)
    assert found.trend is None and found.trend_p is None
    assert concordance(same, np.arange(5.0)) is None


def test_equal_measurements_agree_perfectly() -> None:
    values = np.arange(5.0)
    found = concordance(values, values)
    assert found is not None and (found.value, found.low, found.high) == pytest.approx((1, 1, 1))
    assert limits_of_agreement(values, values).trend_p == 1


def test_concordance_of_the_peak_flow_meters() -> None:
    found = concordance(WRIGHT[0], MINI[0])
    assert found is not None
    assert found.value == pytest.approx(0.943, abs=5e-4)
    assert found.low < 0.943 < found.high
    # Lin's variance by the jackknife: the interval has the width that leaving each person out in turn tells.
    left_out = [concordance(*(np.delete(m[0], k) for m in (WRIGHT, MINI))) for k in range(17)]
    z = np.arctanh([one.value for one in left_out if one is not None])
    jackknife = np.sqrt(16 / 17 * ((z - z.mean()) ** 2).sum())
    assert (np.arctanh(found.high) - np.arctanh(found.low)) / (2 * 1.96) == pytest.approx(jackknife, rel=0.35)


def test_concordance_falls_with_a_bias_that_correlation_does_not_see() -> None:
    first = np.array([0.0, 1.0])  # mean 1/2, variance 1/4
    found = concordance(np.tile(first, 4), np.tile(first + 1, 4))
    assert found is not None and found.value == pytest.approx(2 / 4 / (1 / 4 + 1 / 4 + 1))


@pytest.mark.parametrize("function", [limits_of_agreement, concordance])
def test_what_cannot_be_compared(function: Callable[..., object]) -> None:
    with pytest.raises(MismatchError, match="3 and 4 measurements; give both for the same samples"):
        function(np.arange(3.0), np.arange(4.0))
    with pytest.raises(InputError, match="no agreement over 2 samples; allowed: at least 3, all finite"):
        function(np.arange(2.0), np.arange(2.0))
    with pytest.raises(InputError, match="all finite"):
        function(np.array([1, 2, np.nan]), np.arange(3.0))
