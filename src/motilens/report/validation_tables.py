"""Tables of a validation: limits, agreement, samples."""

from motilens.report.formatting import p_value
from motilens.report.table import Column, Entry, Table, column_key
from motilens.validation.agreement import Estimate
from motilens.validation.checks import PercentageAgreement
from motilens.validation.result import Validation

_INTERVAL = "value (95 % interval)"


def limits_table(result: Validation) -> Table | None:
    """Every limit with its outcome; None if no limits were given."""
    if result.limits is None:
        return None
    return Table(
        name="limits",
        title=f"Limits of {result.limits.name}",
        columns=(
            Column("percentage", "percentage", numeric=False),
            Column("quantity", "quantity", numeric=False),
            Column("least", "least allowed"),
            Column("greatest", "greatest allowed"),
            Column("value", _INTERVAL, interval=True),
            Column("outcome", "outcome", numeric=False),
        ),
        rows=tuple(
            (
                *(check.percentage, check.quantity, *check.allowed, _entry(check.estimate)),
                f"{check.outcome}: {check.reason}" if check.reason else check.outcome,
            )
            for check in result.checks
        ),
        notes=(
            "The 95 % interval must lie within the limit: an estimate alone may do so by luck."
            if result.limits.limits.decide_by == "bound"
            else "The estimate must lie within the limit; its interval is not regarded.",
        ),
        strong=tuple(k for k, check in enumerate(result.checks) if check.outcome == "failed"),
    )


def agreement_table(found: PercentageAgreement, cells_counted: int) -> Table:
    """All numbers of one percentage."""
    differences, line, repeated = found.differences, found.line, found.replicates
    rows: list[tuple[Entry, ...]] = [
        ("bias", "points", _entry(differences.bias)),
        ("standard deviation of the differences", "points", differences.sd),
        ("lower limit of agreement", "points", _entry(differences.lower)),
        ("upper limit of agreement", "points", _entry(differences.upper)),
        ("slope of the difference on the mean", "", _entry(differences.trend)),
        ("p of no such slope", "", None if differences.trend_p is None else p_value(differences.trend_p)),
        ("Passing-Bablok: slope", "", line and _entry(line.slope)),
        ("Passing-Bablok: intercept", "points", line and _entry(line.intercept)),
        ("p of linearity", "", None if line is None or line.linearity_p is None else p_value(line.linearity_p)),
        ("concordance", "", _entry(found.concordance)),
    ]
    if repeated is not None:
        rows += [
            ("replicates: standard deviation", "points", _entry(repeated.sd_pct)),
            ("replicates: coefficient of variation", "%", _entry(repeated.cv_pct)),
            ("replicates: repeatability coefficient", "points", _entry(repeated.repeatability_pct)),
            (f"pairs of replicates, of {repeated.pairs}, too far apart", "", repeated.pairs_too_far),
        ]
        note = (
            f"Replicates: predictions for {repeated.samples} samples with several recordings. Two of them are too far "
            f"apart if they differ by more than WHO accepts for counts of {cells_counted} cells each; sampling alone "
            "makes one pair in 20 do so."
        )
    else:
        note = "No sample has two recordings, so nothing is known about the repeatability of predictions."
    return Table(
        name=f"agreement_{found.percentage.replace(' ', '_')}",
        title=f"{found.percentage.capitalize()}: agreement over {differences.n} samples",
        columns=(
            Column("quantity", "quantity", numeric=False),
            Column("unit", "unit", numeric=False),
            Column("value", _INTERVAL, interval=True),
        ),
        rows=tuple(rows),
        notes=("Differences are prediction minus laboratory.", note),
    )


def pairs_table(result: Validation) -> Table:
    """One row per sample: the laboratory's values and the predictions."""
    keys = [column_key(name) for name in result.names]
    return Table(
        name="pairs",
        title="All samples, in percent",
        columns=(
            Column("participant", "participant", numeric=False),
            Column("recordings", "recordings used"),
            *(Column(f"{key}_laboratory", f"{name}: lab", 1) for key, name in zip(keys, result.names, strict=True)),
            *(
                Column(f"{key}_predicted", f"{name}: predicted", 1)
                for key, name in zip(keys, result.names, strict=True)
            ),
            Column("problems", "problems", numeric=False),
        ),
        rows=tuple(
            (
                *(sample.participant, len(sample.results_pct), *sample.laboratory_pct, *sample.predicted_pct),
                "; ".join(problem for line in sample.recordings for problem in line.problems) or None,
            )
            for sample in result.samples
        ),
        notes=("A prediction is the mean over the sample's recordings.",),
    )


def _entry(estimate: Estimate | None) -> Entry:
    return None if estimate is None else (estimate.value, estimate.low, estimate.high)
