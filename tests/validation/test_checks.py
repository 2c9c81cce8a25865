import numpy as np
import pytest

from motilens.validation.checks import (
    Outcome,
    PercentageAgreement,
    Quantity,
    check_limits,
    overall_outcome,
    percentage_agreement,
)
from motilens.validation.limits import PercentageLimits, ValidationLimits

N = 40


def agreement(bias: float = 0.0, sd: float = 2.0, *, repeats: int = 2) -> PercentageAgreement:
    """Predictions that differ from the laboratory by ``bias`` and exactly ``sd``; replicates differ by 2 points."""
    laboratory = np.linspace(10, 80, N)
    differences = np.random.default_rng(0).normal(0, 1, N)
    differences = (differences - differences.mean()) / differences.std(ddof=1)
    predicted = laboratory + bias + sd * differences
    results = [[float(p) + step for step in (-1.0, 1.0)[:repeats]] for p in predicted]
    return percentage_agreement("progressive", laboratory, predicted, results)


def limits(decide_by: str = "bound", **given: object) -> ValidationLimits:
    only = PercentageLimits.model_validate(given)
    return ValidationLimits.model_validate({"decide_by": decide_by, "percentages": {"progressive": only}})


def outcome_of(quantity: Quantity, found: PercentageAgreement, rules: ValidationLimits) -> tuple[Outcome, str]:
    (check,) = [check for check in check_limits(rules, [found]) if check.quantity == quantity]
    return check.outcome, check.reason


@pytest.mark.parametrize(
    ("bias", "by_bound", "by_estimate"),
    [(0.0, "passed", "passed"), (-2.0, "not shown", "passed"), (2.4, "not shown", "passed"), (2.6, "failed", "failed")],
)
def test_a_bias_of_at_most_two_and_a_half_points(bias: float, by_bound: Outcome, by_estimate: Outcome) -> None:
    """With a standard deviation of 2, the interval of 40 samples reaches 2.02 2 / sqrt(40) = 0.64 either way."""
    found = agreement(bias)
    assert outcome_of("bias", found, limits(bias_pct=2.5))[0] == by_bound
    assert outcome_of("bias", found, limits("estimate", bias_pct=2.5))[0] == by_estimate


def test_an_interval_that_reaches_too_far_is_told() -> None:
    outcome, reason = outcome_of("bias", agreement(2.4), limits(bias_pct=2.5))
    assert (outcome, reason) == ("not shown", "the estimate is within the limit, its 95 % interval is not")


def test_both_limits_of_agreement_count() -> None:
    """Limits of agreement of 3 -+ 3.92: -0.92 and 6.92."""
    found, rules = agreement(3.0), limits("estimate", limits_of_agreement_pct=5)
    assert outcome_of("lower limit of agreement", found, rules)[0] == "passed"
    assert outcome_of("upper limit of agreement", found, rules)[0] == "failed"


def test_replicates_two_points_apart_have_a_standard_deviation_of_the_root_of_two() -> None:
    found = agreement()
    repeatability = 1.96 * np.sqrt(2) * np.sqrt(2)  # 3.92
    for most, outcome in ((repeatability + 0.01, "passed"), (repeatability - 0.01, "failed")):
        assert outcome_of("repeatability coefficient", found, limits("estimate", repeatability_pct=most))[0] == outcome
    cv = 100 * np.sqrt(2) / 45
    for most, outcome in ((cv + 0.01, "passed"), (cv - 0.01, "failed")):
        assert outcome_of("CV of replicates", found, limits("estimate", cv_pct=most))[0] == outcome


def test_without_replicates_their_limits_cannot_be_shown() -> None:
    outcome, reason = outcome_of("CV of replicates", agreement(repeats=1), limits(cv_pct=5))
    assert outcome == "not shown" and "no sample has two recordings" in reason


def test_predictions_that_do_not_vary_have_a_line_of_slope_0() -> None:
    found = percentage_agreement("progressive", np.linspace(10, 80, N), np.full(N, 45.0), [])
    assert outcome_of("slope", found, limits(slope=(0.9, 1.1)))[0] == "failed"
    outcome, reason = outcome_of("concordance", found, limits(concordance=0.9))
    assert outcome == "not shown" and "do not vary" in reason


def test_only_given_limits_of_named_percentages_are_checked() -> None:
    rules = limits(slope=(0.9, 1.1), intercept_pct=5)
    assert [check.quantity for check in check_limits(rules, [agreement()])] == ["slope", "intercept"]
    assert check_limits(rules, [agreement().model_copy(update={"percentage": "immotile"})]) == ()


def test_the_overall_outcome() -> None:
    met, missed = limits(bias_pct=5), limits(bias_pct=0.1, limits_of_agreement_pct=0.1)
    assert overall_outcome(met, check_limits(met, [agreement()]), N).outcome == "passed"
    failed = overall_outcome(missed, check_limits(missed, [agreement(1.0)]), N)
    assert failed.outcome == "failed"
    assert failed.reasons == tuple(
        f"progressive, {q}" for q in ("bias", "lower limit of agreement", "upper limit of agreement")
    )
    unclear = limits(bias_pct=2.5)
    not_shown = overall_outcome(unclear, check_limits(unclear, [agreement(2.4)]), N)
    assert (not_shown.outcome, not_shown.reasons) == ("not shown", ("progressive, bias",))


def test_too_few_samples_show_nothing_whatever_the_numbers() -> None:
    rules = limits(bias_pct=5)
    found = overall_outcome(rules, check_limits(rules, [agreement()]), 29)
    assert found.outcome == "not shown"
    assert found.reasons == ("29 samples are too few to show anything: at least 30 are needed",)
    assert overall_outcome(rules, check_limits(rules, [agreement()]), 30).outcome == "passed"


def test_without_limits_nothing_passes() -> None:
    found = overall_outcome(None, (), N)
    assert found.outcome == "not shown"
    assert found.reasons == ("no limits were given; write them down beforehand and give them with --limits",)
