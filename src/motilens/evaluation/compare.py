"""Which of two methods is better, on the same participants; needs NumPy alone.

Participants are the unit. A method's error of a participant is one number (mean absolute error over the three
components), and two methods are compared by the mean of the participants' differences: what makes a participant hard
for both cancels out, which an interval for each method alone cannot see.

- The interval is a percentile bootstrap over participants.
- p is that of a paired permutation test: were the methods equal, each difference could as well have the other sign. All
  2^n sign patterns are counted where those are few, else a sample of them; the pattern at hand counts as one of the
  sample, so p is never 0 (Phipson & Smyth 2010, doi 10.2202/1544-6115.1585).
- Where many pairs are looked at, p is corrected by Holm's method (Holm 1979, Scandinavian Journal of Statistics 6,
  65-70) over the pairs of one table.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from jaxtyping import Float

from motilens.data.names import listed, naturally
from motilens.errors import InputError, MismatchError
from motilens.evaluation.metrics import PerParticipant, bootstrap_ci, determination

PERMUTATIONS = 20_000
"""Sign patterns looked at; up to 14 participants have fewer, and all are counted."""

RESAMPLES = 2_000
"""Of the participants, for intervals."""

LIMITS_SD = 1.96
"""Limits of agreement lie so many standard deviations from the bias."""

PerFirst = Float[np.ndarray, " first"]
PerSecond = Float[np.ndarray, " second"]
"""One number a participant, of two lists that must turn out to be as long."""

_TIE = 1e-9
"""Means of differences that are equal on paper differ by so much of their size at most in floating point."""

_CHUNK = 4_096


@dataclass(frozen=True)
class Difference:
    """One method against another, on the same participants.

    Attributes:
        diff: mean of error of the first minus error of the second, in points; negative: the first is better.
        ci95: bootstrap interval of ``diff``.
        p: two-sided, of the paired permutation test, in (0, 1].
        n_participants: compared.
    """

    diff: float
    ci95: tuple[float, float]
    p: float
    n_participants: int


@dataclass(frozen=True)
class Pair:
    """Two methods of a table.

    Attributes:
        a, b: their names.
        difference: of ``a`` minus ``b``.
        p_holm: p corrected over all pairs of the table, in (0, 1].
    """

    a: str
    b: str
    difference: Difference
    p_holm: float


@dataclass(frozen=True)
class Agreement:
    """How predictions of one percentage agree with the laboratory.

    As Bland and Altman show it (1986, doi 10.1016/S0140-6736(86)90837-8).

    Attributes:
        bias: mean of prediction minus truth, in points.
        limits: between which 95 % of such differences lie, were they normal: bias -+ 1.96 standard deviations.
        r2: 1 - sum (p - y)^2 / sum (y - mean y)^2; None where the truth does not vary.
    """

    bias: float
    limits: tuple[float, float]
    r2: float | None


def compare(
    first: PerFirst,
    second: PerSecond,
    *,
    chance: np.random.Generator,
    permutations: int = PERMUTATIONS,
    resamples: int = RESAMPLES,
) -> Difference:
    """Compare two methods by their errors on the same participants.

    Args:
        first: one error a participant, in points.
        second: the same participants in the same order.
        chance: of the drawn participants and signs.
        permutations: sign patterns looked at; all, where there are no more.
        resamples: of the participants.

    Raises:
        InputError: nobody, an error that is not finite, or no permutation or resample asked for.
        MismatchError: not the same number of participants.
    """
    if len(first) != len(second):
        raise MismatchError(
            f"errors of {len(first)} and of {len(second)} participants; compare methods on the same participants"
        )
    differences = first - second
    ci95 = bootstrap_ci(differences, n=resamples, seed=chance)
    p = permutation_p(differences, chance=chance, permutations=permutations)
    return Difference(diff=float(differences.mean()), ci95=ci95, p=p, n_participants=len(differences))


def permutation_p(
    differences: PerParticipant, *, chance: np.random.Generator, permutations: int = PERMUTATIONS
) -> float:
    """Two-sided p of the mean of paired differences, by changing their signs.

    Args:
        differences: one a participant.
        chance: of the signs; not asked where all patterns are counted.
        permutations: sign patterns drawn; where there are no more than so many, all are counted.

    Returns:
        Share of the patterns, the one at hand included, whose mean lies at least as far from 0: in (0, 1].

    Raises:
        InputError: nobody, a difference that is not finite, or no permutation asked for.
    """
    n = len(differences)
    if n == 0 or not np.isfinite(differences).all():
        raise InputError(f"no p over {n} differences; allowed: at least one, all finite")
    if permutations < 1:
        raise InputError(f"{permutations} permutations; allowed: at least 1")
    size = np.abs(differences)
    # As far from 0 as at hand: equal on paper must stay equal in floating point.
    far = abs(differences.sum()) - _TIE * size.sum()
    if 2.0**n <= permutations:
        return float((np.abs(_all_signs(n) @ size) >= far).mean())
    hits, drawn = 1, 1
    while drawn <= permutations:
        signs = 1.0 - 2.0 * chance.integers(2, size=(min(_CHUNK, permutations + 1 - drawn), n), dtype=np.int8)
        hits += int((np.abs(signs @ size) >= far).sum())
        drawn += len(signs)
    return hits / (permutations + 1)


def holm(p: Float[np.ndarray, " pair"]) -> Float[np.ndarray, " pair"]:
    """Correct p values for their number.

    The k-th smallest of m is multiplied by m - k + 1, is never below the one before it, and at most 1.

    Raises:
        InputError: a p outside (0, 1].
    """
    if not ((p > 0) & (p <= 1)).all():
        raise InputError(f"p values {p.tolist()}; allowed: above 0, at most 1")
    order = np.argsort(p, kind="stable")
    corrected = np.empty_like(p, dtype=np.float64)
    corrected[order] = np.minimum(1.0, np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)))
    return corrected


def compare_all(
    errors: Mapping[str, Mapping[str, float]],
    *,
    chance: np.random.Generator,
    permutations: int = PERMUTATIONS,
    resamples: int = RESAMPLES,
) -> tuple[Pair, ...]:
    """Compare all methods of a table pair by pair, p corrected over all pairs.

    Every pair gets the same drawn participants and signs: what a pair says does not depend on which other methods are
    in the table, but for ``p_holm``.

    Args:
        errors: by method, the error of each participant in points.
        chance: of the drawn participants and signs.
        permutations: sign patterns looked at.
        resamples: of the participants.

    Returns:
        Pairs in the order of the methods; none for a single method.

    Raises:
        InputError: nobody, or an error that is not finite.
        MismatchError: a method lacks participants that another has; names them.
    """
    everyone = naturally({i for of_method in errors.values() for i in of_method})
    for method, of_method in errors.items():
        if lacking := [i for i in everyone if i not in of_method]:
            raise MismatchError(
                f"method {method} has no error of participants {listed(lacking)}, which others have; "
                "compare methods on the same participants"
            )
    arrays = {method: np.array([of[i] for i in everyone], np.float64) for method, of in errors.items()}
    seed = int(chance.integers(2**63))
    pairs = list(combinations(arrays, 2))
    found = [
        compare(
            arrays[a], arrays[b], chance=np.random.default_rng(seed), permutations=permutations, resamples=resamples
        )
        for a, b in pairs
    ]
    corrected = holm(np.array([difference.p for difference in found], np.float64))
    return tuple(
        Pair(a, b, difference, float(p_holm))
        for (a, b), difference, p_holm in zip(pairs, found, corrected, strict=True)
    )


def agreement(predicted_pct: PerFirst, truth_pct: PerSecond) -> Agreement:
    """Bias, limits of agreement and R2 of one percentage over participants.

    Args:
        predicted_pct: one prediction a participant, 0-100.
        truth_pct: the laboratory's, same participants in the same order.

    Raises:
        InputError: fewer than 2 participants, or a value that is not finite.
        MismatchError: not the same number of participants.
    """
    if len(predicted_pct) != len(truth_pct):
        raise MismatchError(
            f"{len(predicted_pct)} predictions and {len(truth_pct)} truths; give both for the same participants"
        )
    if len(truth_pct) < 2 or not (np.isfinite(predicted_pct).all() and np.isfinite(truth_pct).all()):
        raise InputError(f"no limits of agreement over {len(truth_pct)} participants; allowed: at least 2, all finite")
    differences = predicted_pct - truth_pct
    bias, reach = float(differences.mean()), LIMITS_SD * float(differences.std(ddof=1))
    return Agreement(bias=bias, limits=(bias - reach, bias + reach), r2=determination(differences, truth_pct))


def _all_signs(n: int) -> Float[np.ndarray, "pattern n"]:
    return 1.0 - 2.0 * ((np.arange(2**n)[:, None] >> np.arange(n)) & 1)
