"""Intervals, paired tests and agreement over participants, computed with SciPy and statsmodels.

Participants are the unit. A method's error for a participant is one number (mean absolute error over the three
percentages), and two methods are compared by the mean of the participants' differences: what makes a participant hard
for both methods cancels out, which separate intervals for the two methods cannot show.

- Intervals are percentile bootstrap intervals over participants (Efron 1979, doi 10.1214/aos/1176344552). The same seed
  draws the same participants for every method and pair.
- p comes from a paired permutation test: if two methods were equally good, each difference would be as likely to have
  the opposite sign. All 2^n sign patterns are counted if they are few; otherwise a random sample of them, to which the
  observed pattern is added, so that p is never 0 (Phipson & Smyth 2010, doi 10.2202/1544-6115.1585).
- Where many pairs are compared, p is corrected by Holm's method (Holm 1979, Scandinavian Journal of Statistics 6,
  65-70).
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy import stats

from motilens.errors import InputError, MismatchError

PERMUTATIONS = 20_000
"""Number of sign patterns drawn; with up to 14 participants there are fewer, and all are counted."""

RESAMPLES = 2_000
"""Number of bootstrap resamples of the participants."""

SEED = 0
"""Seed of the drawn participants and signs; the same for every method and pair."""

LIMITS_SD = 1.96
"""Distance of the limits of agreement from the bias, in standard deviations."""

PerParticipant = Float[np.ndarray, " participant"]
"""One number per participant, in points."""

PerPair = Float[np.ndarray, "pair participant"]
"""Paired differences: one row per pair of methods."""

PerFirst = Float[np.ndarray, " first"]
PerSecond = Float[np.ndarray, " second"]
"""One number per participant, in a second list; that both are equally long is checked at run time."""

_DIGITS = 9
"""Decimals that means are rounded to, so that means that are mathematically equal also compare as equal."""

_BATCH_VALUES = 800_000
"""Number of values processed at once; larger batches are slower, as they do not fit into the processor's cache."""


@dataclass(frozen=True)
class Difference:
    """Comparison of two methods on the same participants.

    Attributes:
        diff: mean of the first method's error minus the second's, in points; negative if the first is better.
        ci95: bootstrap interval of ``diff``.
        p: two-sided p of the paired permutation test, in (0, 1].
    """

    diff: float
    ci95: tuple[float, float]
    p: float


@dataclass(frozen=True)
class Agreement:
    """Agreement of the predictions of one percentage with the laboratory.

    Bias and limits of agreement follow Bland and Altman (1986, doi 10.1016/S0140-6736(86)90837-8).

    Attributes:
        bias: mean of prediction minus label, in points.
        limits: bias -+ 1.96 standard deviations, in points; 95 % of normally distributed differences lie between them.
        r2: 1 - sum (p - y)^2 / sum (y - mean y)^2; None where the labels do not vary.
    """

    bias: float
    limits: tuple[float, float]
    r2: float | None


def bootstrap_ci(
    values: PerParticipant, *, seed: int = SEED, resamples: int = RESAMPLES, level: float = 0.95
) -> tuple[float, float]:
    """Percentile bootstrap interval of a mean over participants.

    Args:
        values: one number per participant: an error, or a paired difference of errors.
        seed: seed of the draws.
        resamples: number of draws of the participants.
        level: confidence level, 0-1.

    Returns:
        Lower and upper end, in the values' unit; both are the value itself for a single participant.

    Raises:
        InputError: no values, a value that is not finite, fewer than 2 resamples, or a level outside 0-1.
    """
    ((low, high),) = _intervals(values[None], seed=seed, resamples=resamples, level=level)
    return low, high


def compare(
    differences: PerPair, *, seed: int = SEED, permutations: int = PERMUTATIONS, resamples: int = RESAMPLES
) -> tuple[Difference, ...]:
    """Compare pairs of methods by their paired differences.

    Every pair gets the same drawn participants and signs, so the result for a pair does not depend on the others.

    Args:
        differences: error of the first method minus error of the second, in points.
        seed: seed of the drawn participants and signs.
        permutations: number of sign patterns drawn; if there are no more than that, all are counted.
        resamples: number of draws of the participants.

    Returns:
        One difference per pair, in the order of the rows.

    Raises:
        InputError: no participant, a difference that is not finite, no permutation, or fewer than 2 resamples.
    """
    if not len(differences):
        return ()
    intervals = _intervals(differences, seed=seed, resamples=resamples, level=0.95)
    p = permutation_p(differences, seed=seed, permutations=permutations)
    return tuple(
        Difference(diff=float(row.mean()), ci95=ci95, p=float(p_of_pair))
        for row, ci95, p_of_pair in zip(differences, intervals, p, strict=True)
    )


def permutation_p(
    differences: PerPair, *, seed: int = SEED, permutations: int = PERMUTATIONS
) -> Float[np.ndarray, " pair"]:
    """Two-sided p of the mean of paired differences, from a test that permutes their signs.

    Args:
        differences: one row per pair of methods.
        seed: seed of the signs; without effect if all patterns are counted.
        permutations: number of sign patterns drawn; if there are no more than that, all are counted.

    Returns:
        For each pair, the share of sign patterns, the observed one included, whose mean is at least as far from 0 as
        the observed mean; in (0, 1].

    Raises:
        InputError: no participant, a difference that is not finite, or no permutation asked for.
    """
    n_pairs, n = differences.shape
    if n == 0 or not np.isfinite(differences).all():
        raise InputError(f"no p over {n} differences; allowed: at least one, all finite")
    if permutations < 1:
        raise InputError(f"{permutations} permutations; allowed: at least 1")
    if n == 1:  # both signs are equally far from 0
        return np.ones(n_pairs)

    def distance(signed: np.ndarray, axis: int) -> np.ndarray:
        return np.round(np.abs(np.mean(signed, axis=axis)), _DIGITS)

    found = stats.permutation_test(
        (differences,),
        distance,
        permutation_type="samples",
        vectorized=True,
        n_resamples=permutations,
        batch=_batch(differences),
        alternative="greater",
        axis=-1,
        rng=np.random.default_rng(seed),
    )
    return np.asarray(found.pvalue, np.float64)


def holm(p: Float[np.ndarray, " pair"]) -> Float[np.ndarray, " pair"]:
    """Correct p-values for multiple comparisons by Holm's method.

    Raises:
        InputError: a p-value is outside (0, 1].
    """
    from statsmodels.stats.multitest import multipletests  # imports pandas, which is slow

    if not ((p > 0) & (p <= 1)).all():
        raise InputError(f"p values {p.tolist()}; allowed: above 0, at most 1")
    return np.asarray(multipletests(p, method="holm")[1], np.float64) if len(p) else p.astype(np.float64)


def agreement(predicted_pct: PerFirst, label_pct: PerSecond) -> Agreement:
    """Bias, limits of agreement and R2 of one percentage over participants.

    Args:
        predicted_pct: one prediction per participant, 0-100.
        label_pct: the laboratory's percentages of the same participants in the same order.

    Returns:
        The agreement; for a single participant the limits are the bias.

    Raises:
        InputError: no participant, or a value that is not finite.
        MismatchError: the numbers of participants differ.
    """
    if len(predicted_pct) != len(label_pct):
        raise MismatchError(
            f"{len(predicted_pct)} predictions and {len(label_pct)} labels; give both for the same participants"
        )
    if not len(label_pct) or not (np.isfinite(predicted_pct).all() and np.isfinite(label_pct).all()):
        raise InputError(f"no agreement over {len(label_pct)} participants; allowed: at least one, all finite")
    differences = predicted_pct - label_pct
    bias = float(differences.mean())
    reach = LIMITS_SD * float(differences.std(ddof=1)) if len(differences) > 1 else 0.0
    # Equal labels differ from their mean by rounding errors, and R2 would be a huge number.
    total = float(((label_pct - label_pct.mean()) ** 2).sum()) if np.ptp(label_pct) > 0 else 0.0
    return Agreement(
        bias=bias,
        limits=(bias - reach, bias + reach),
        r2=None if total == 0 else 1 - float((differences**2).sum()) / total,
    )


def _intervals(rows: PerPair, *, seed: int, resamples: int, level: float) -> tuple[tuple[float, float], ...]:
    """Bootstrap interval of the mean of each row; all rows use the same drawn participants."""
    n = rows.shape[1]
    if n == 0 or not np.isfinite(rows).all():
        raise InputError(f"no interval over {n} values; allowed: at least one, all finite")
    if resamples < 2 or not 0 < level < 1:
        raise InputError(f"{resamples} resamples at level {level}; allowed: at least 2, and a level between 0 and 1")
    if n == 1:
        return tuple((float(value), float(value)) for (value,) in rows)
    found = stats.bootstrap(
        (rows,),
        np.mean,
        n_resamples=resamples,
        batch=_batch(rows),
        vectorized=True,
        axis=-1,
        confidence_level=level,
        method="percentile",
        rng=np.random.default_rng(seed),
    ).confidence_interval
    return tuple((float(low), float(high)) for low, high in zip(found.low, found.high, strict=True))


def _batch(rows: PerPair) -> int:
    """Number of draws to process at once."""
    return max(1, _BATCH_VALUES // rows.size)
