"""Checks whether the agreement of predictions with the laboratory lies within the limits."""

from collections.abc import Sequence
from typing import Literal

from motilens.config import Settings
from motilens.validation.agreement import Estimate, LimitsOfAgreement, PerSample, concordance, limits_of_agreement
from motilens.validation.limits import LEAST_SAMPLES, PercentageLimits, ValidationLimits
from motilens.validation.passing_bablok import PassingBablok, passing_bablok
from motilens.validation.replicates import CELLS_COUNTED, Replicates, replicates

Outcome = Literal["passed", "failed", "not shown"]

Quantity = Literal[
    "bias",
    "lower limit of agreement",
    "upper limit of agreement",
    "slope",
    "intercept",
    "concordance",
    "CV of replicates",
    "repeatability coefficient",
]

Allowed = tuple[float, float]
"""Least and greatest value allowed."""

NO_LINE = "the slope has no finite interval: too few samples, or a negative correlation"
NO_CONCORDANCE = "the laboratory's values or the predictions do not vary, or are not correlated"
NO_REPLICATES = "no sample has two recordings with a prediction"
NO_CV = "no sample has two recordings with a prediction, or their mean is 0"


class PercentageAgreement(Settings):
    """Agreement of the predictions of one percentage with the laboratory; differences are prediction minus laboratory.

    Percentages are in percent, differences in points.
    """

    percentage: str
    differences: LimitsOfAgreement
    line: PassingBablok | None
    """None without a finite interval of the slope."""
    concordance: Estimate | None
    replicates: Replicates | None
    """Repeatability of the predictions; None if no sample has two recordings."""


class Check(Settings):
    """One limit, and whether it is met."""

    percentage: str
    quantity: Quantity
    allowed: Allowed
    estimate: Estimate | None
    outcome: Outcome
    reason: str
    """Why it is not shown; empty otherwise."""


class Overall(Settings):
    """Outcome of a whole validation."""

    outcome: Outcome
    reasons: tuple[str, ...]
    """What failed, or why nothing is shown; empty if all limits are met."""


def percentage_agreement(
    percentage: str,
    laboratory_pct: PerSample,
    predicted_pct: PerSample,
    results_pct: Sequence[Sequence[float]],
    *,
    cells_counted: int = CELLS_COUNTED,
) -> PercentageAgreement:
    """Compute everything about the agreement of one percentage.

    Args:
        percentage: its name.
        laboratory_pct: the laboratory's values of the samples.
        predicted_pct: the predictions for the same samples.
        results_pct: the predictions for each recording of each sample.
        cells_counted: as in ``replicates``.

    Raises:
        InputError, MismatchError: as ``limits_of_agreement``.
    """
    return PercentageAgreement(
        percentage=percentage,
        differences=limits_of_agreement(laboratory_pct, predicted_pct),
        line=passing_bablok(laboratory_pct, predicted_pct),
        concordance=concordance(laboratory_pct, predicted_pct),
        replicates=replicates(results_pct, cells_counted=cells_counted),
    )


def check_limits(limits: ValidationLimits, agreements: Sequence[PercentageAgreement]) -> tuple[Check, ...]:
    """Check every limit that is given, in the order of the percentages."""
    return tuple(
        _check(agreement.percentage, quantity, allowed, estimate, why_none, by_bound=limits.decide_by == "bound")
        for agreement in agreements
        if agreement.percentage in limits.percentages
        for quantity, allowed, estimate, why_none in _rows(limits.percentages[agreement.percentage], agreement)
        if allowed is not None
    )


def overall_outcome(limits: ValidationLimits | None, checks: Sequence[Check], n_samples: int) -> Overall:
    """Outcome of a validation: not shown with too few samples, failed if a limit is not met, passed if all are."""
    least = LEAST_SAMPLES if limits is None else limits.least_samples
    reasons = []
    if n_samples < least:
        reasons.append(f"{n_samples} samples are too few to show anything: at least {least} are needed")
    if limits is None:
        reasons.append("no limits were given; write them down beforehand and give them with --limits")
    if reasons:
        return Overall(outcome="not shown", reasons=tuple(reasons))
    worst_first: tuple[Outcome, ...] = ("failed", "not shown")
    for outcome in worst_first:
        found = [f"{check.percentage}, {check.quantity}" for check in checks if check.outcome == outcome]
        if found:
            return Overall(outcome=outcome, reasons=tuple(found))
    return Overall(outcome="passed", reasons=())


def _rows(
    limits: PercentageLimits, found: PercentageAgreement
) -> tuple[tuple[Quantity, Allowed | None, Estimate | None, str], ...]:
    """Each quantity: least and greatest value allowed, None without a limit; its estimate; why there may be none."""
    differences, line, repeated = found.differences, found.line, found.replicates
    farthest = _either_way(limits.limits_of_agreement_pct)
    return (
        ("bias", _either_way(limits.bias_pct), differences.bias, ""),
        ("lower limit of agreement", farthest, differences.lower, ""),
        ("upper limit of agreement", farthest, differences.upper, ""),
        ("slope", limits.slope, line and line.slope, NO_LINE),
        ("intercept", _either_way(limits.intercept_pct), line and line.intercept, NO_LINE),
        ("concordance", _between(limits.concordance, 1.0), found.concordance, NO_CONCORDANCE),
        ("CV of replicates", _between(0.0, limits.cv_pct), repeated and repeated.cv_pct, NO_CV),
        (
            "repeatability coefficient",
            _between(0.0, limits.repeatability_pct),
            repeated and repeated.repeatability_pct,
            NO_REPLICATES,
        ),
    )


def _either_way(most: float | None) -> Allowed | None:
    return None if most is None else (-most, most)


def _between(least: float | None, most: float | None) -> Allowed | None:
    return None if least is None or most is None else (least, most)


def _check(
    percentage: str,
    quantity: Quantity,
    allowed: Allowed,
    estimate: Estimate | None,
    why_none: str,
    *,
    by_bound: bool,
) -> Check:
    low, high = allowed
    outcome: Outcome = "not shown"
    reason = ""
    if estimate is None:
        reason = why_none
    elif not low <= estimate.value <= high:
        outcome = "failed"
    elif not by_bound or (low <= estimate.low and estimate.high <= high):
        outcome = "passed"
    else:
        reason = "the estimate is within the limit, its 95 % interval is not"
    return Check(
        percentage=percentage, quantity=quantity, allowed=allowed, estimate=estimate, outcome=outcome, reason=reason
    )
