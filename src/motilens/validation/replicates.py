"""Replicates: how much results of one sample differ, and how much counting alone lets them differ."""

import math
from collections.abc import Sequence

import numpy as np
from scipy import stats

from motilens.config import Settings
from motilens.errors import InputError
from motilens.evaluation.statistics import LIMITS_SD
from motilens.validation.agreement import LEVEL, Estimate

CELLS_COUNTED = 200
"""Number of cells in each of WHO's two replicates."""


class Replicates(Settings):
    """Repeatability of one percentage, from samples with two results or more."""

    samples: int
    mean_pct: float
    """Mean over samples of the mean of each."""
    sd_pct: Estimate
    """Standard deviation within samples: the root mean square over them, in points."""
    cv_pct: Estimate | None
    """``sd_pct`` in percent of the mean, whose own error is neglected; None if the mean is 0."""
    repeatability_pct: Estimate
    """1.96 sqrt(2) ``sd_pct``: 95 % of the differences of two results of a sample are smaller."""
    pairs: int
    """Number of samples with exactly two results."""
    pairs_too_far: int
    """Those whose results differ by more than WHO accepts; by sampling alone one in 20 does."""


def replicates(results_pct: Sequence[Sequence[float]], *, cells_counted: int = CELLS_COUNTED) -> Replicates | None:
    """Repeatability of one percentage.

    Args:
        results_pct: the results of each sample, 0-100; samples with a single result are passed over.
        cells_counted: number of cells on which WHO's accepted difference of two results is based.

    Returns:
        The repeatability; None if no sample has two results.
    """
    groups = [np.asarray(results, np.float64) for results in results_pct if len(results) > 1]
    if not groups:
        return None
    degrees = sum(len(group) - 1 for group in groups)
    sd = math.sqrt(sum(float(((group - group.mean()) ** 2).sum()) for group in groups) / degrees)
    ends = (math.sqrt(degrees / float(stats.chi2.ppf(level, degrees))) for level in ((1 + LEVEL) / 2, (1 - LEVEL) / 2))
    low, high = (sd * end for end in ends)
    mean = float(np.mean([group.mean() for group in groups]))

    def scaled(by: float) -> Estimate:
        return Estimate(value=by * sd, low=by * low, high=by * high)

    pairs = [group for group in groups if len(group) == 2]
    return Replicates(
        samples=len(groups),
        mean_pct=mean,
        sd_pct=scaled(1.0),
        cv_pct=scaled(100 / mean) if mean > 0 else None,
        repeatability_pct=scaled(LIMITS_SD * math.sqrt(2)),
        pairs=len(pairs),
        pairs_too_far=sum(
            float(np.ptp(pair)) > accepted_difference(float(pair.mean()), cells_counted=cells_counted) for pair in pairs
        ),
    )


def accepted_difference(mean_pct: float, *, cells_counted: int = CELLS_COUNTED) -> float:
    """Difference of two percentages that is exceeded by sampling alone in 5 % of cases: 1.96 sqrt(2 p (100 - p) / n).

    WHO's laboratory manual (6th edition, 2021) tabulates it in whole points for counts of 200 cells; the table deviates
    from the formula by less than a point.

    Args:
        mean_pct: mean of both percentages, 0-100.
        cells_counted: number of cells counted for each.

    Raises:
        InputError: a percentage outside 0-100, or no cell.
    """
    if not 0 <= mean_pct <= 100 or cells_counted < 1:
        raise InputError(f"mean {mean_pct:g} % of {cells_counted} cells; allowed: 0 to 100, of at least 1")
    return LIMITS_SD * math.sqrt(2 * mean_pct * (100 - mean_pct) / cells_counted)
