"""Agreement of two measurements of the same samples: limits of agreement and concordance, with 95 % intervals.

- Limits of agreement follow Bland and Altman (1986, doi 10.1016/S0140-6736(86)90837-8). Their intervals are exact for
  normal differences (noncentral t: Carkeet 2015, doi 10.1097/OPX.0000000000000513). The usual approximation makes the
  outer bound, on which a decision rests, too narrow: with 30 samples 1.96 standard deviations reach 2.61, not 2.72.
- Concordance is Lin's (1989, doi 10.2307/2532051, variance as corrected in 2000), with the interval of its Fisher z.
"""

import math
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy import stats

from motilens.config import Settings
from motilens.errors import InputError, MismatchError
from motilens.evaluation.statistics import LIMITS_SD, PerFirst, PerSecond

LEVEL = 0.95
"""Confidence level of all intervals."""

LEAST = 3
"""Least number of samples for which anything can be estimated."""

DIGITS = 9
"""Decimals that differences are rounded to, so that equal measurements do not differ by the rounding of sums."""

PerSample = Float[np.ndarray, " sample"]
"""One number per sample."""


class Estimate(Settings):
    """A number with its 95 % confidence interval."""

    value: float
    low: float
    high: float


class LimitsOfAgreement(Settings):
    """Differences of two measurements, second minus first, by Bland and Altman. Percentages give points."""

    n: int
    bias: Estimate
    """Mean difference."""
    sd: float
    """Standard deviation of the differences."""
    lower: Estimate
    upper: Estimate
    """Bias -+ 1.96 standard deviations."""
    trend: Estimate | None
    """Slope of the difference on the mean of both measurements; None if these means do not vary."""
    trend_p: float | None
    """p of no trend: small if the bias is proportional, or one of the two varies more than the other."""


def limits_of_agreement(first: PerFirst, second: PerSecond) -> LimitsOfAgreement:
    """Bias and limits of agreement of two measurements.

    Args:
        first: the reference, such as the laboratory's percentages.
        second: the other measurement of the same samples in the same order.

    Raises:
        MismatchError: the numbers of samples differ.
        InputError: fewer than 3 samples, or a value that is not finite.
    """
    check_pairs(first, second)
    differences, n = np.round(second - first, DIGITS), len(first)
    bias, sd = float(differences.mean()), float(differences.std(ddof=1))
    half = float(stats.t.ppf((1 + LEVEL) / 2, n - 1)) * sd / math.sqrt(n)
    inner, outer = (sd * tolerance_factor(n, LIMITS_SD, level) for level in ((1 - LEVEL) / 2, (1 + LEVEL) / 2))
    reach = LIMITS_SD * sd
    trend, p = _trend((first + second) / 2, differences)
    return LimitsOfAgreement(
        n=n,
        bias=Estimate(value=bias, low=bias - half, high=bias + half),
        sd=sd,
        lower=Estimate(value=bias - reach, low=bias - outer, high=bias - inner),
        upper=Estimate(value=bias + reach, low=bias + inner, high=bias + outer),
        trend=trend,
        trend_p=p,
    )


def tolerance_factor(n: int, sds: float, level: float) -> float:
    """Number of sample standard deviations beyond the sample mean that is an upper bound of a normal quantile.

    Args:
        n: number of values.
        sds: distance of the quantile from the true mean, in true standard deviations.
        level: probability that the quantile is below the bound.
    """
    return float(stats.nct.ppf(level, n - 1, sds * math.sqrt(n))) / math.sqrt(n)


def concordance(first: PerFirst, second: PerSecond) -> Estimate | None:
    """Lin's concordance correlation coefficient: 1 if all pairs are equal; lower with any bias or scatter.

    Returns:
        The coefficient; None if one of the two measurements does not vary, or both are not correlated at all.

    Raises:
        MismatchError, InputError: as ``limits_of_agreement``.
    """
    check_pairs(first, second)
    if round(float(np.ptp(first)), DIGITS) == 0 or round(float(np.ptp(second)), DIGITS) == 0:
        return None
    sd_1, sd_2, n = float(first.std()), float(second.std()), len(first)
    shift = float(first.mean() - second.mean())
    r = float(np.corrcoef(first, second)[0, 1])
    rho = 2 * r * sd_1 * sd_2 / (sd_1**2 + sd_2**2 + shift**2)
    if abs(r) < 1e-9:
        return None
    if 1 - abs(rho) < 1e-9:
        return Estimate(value=rho, low=rho, high=rho)
    u2, left = shift**2 / (sd_1 * sd_2), 1 - rho**2
    variance = (
        (1 - r**2) * rho**2 / (left * r**2)
        + 2 * rho**3 * (1 - rho) * u2 / (r * left**2)
        - rho**4 * u2**2 / (2 * r**2 * left**2)
    ) / (n - 2)
    half = float(stats.norm.ppf((1 + LEVEL) / 2)) * math.sqrt(max(0.0, variance))
    z = math.atanh(rho)
    return Estimate(value=rho, low=math.tanh(z - half), high=math.tanh(z + half))


def check_pairs(first: np.ndarray, second: np.ndarray) -> None:
    """Raise MismatchError or InputError for measurements that are not pairs, are too few, or are not finite."""
    if len(first) != len(second):
        raise MismatchError(f"{len(first)} and {len(second)} measurements; give both for the same samples")
    if len(first) < LEAST or not (np.isfinite(first).all() and np.isfinite(second).all()):
        raise InputError(f"no agreement over {len(first)} samples; allowed: at least {LEAST}, all finite")


def _trend(means: PerSample, differences: PerSample) -> tuple[Estimate | None, float | None]:
    if np.ptp(means) == 0:
        return None, None
    if np.ptp(differences) == 0:
        return Estimate(value=0.0, low=0.0, high=0.0), 1.0
    line: Any = stats.linregress(means, differences)  # SciPy does not declare the fields
    slope, half = float(line.slope), float(stats.t.ppf((1 + LEVEL) / 2, len(means) - 2) * line.stderr)
    return Estimate(value=slope, low=slope - half, high=slope + half), float(line.pvalue)
