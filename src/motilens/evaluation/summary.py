"""Summary of an evaluation as machine-readable JSON; most tables and figures are made from it alone.

Numbers have four decimals, small ones four significant digits, so that the same result gives the same file. All errors
are mean absolute errors in points of percent, per participant unless a name says otherwise; intervals are 95 %
bootstrap intervals over participants. How each number is computed is written in ``scores``, ``subgroups`` and
``findings``.
"""

import math
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from motilens.config import AutoencoderName, Protocol, Settings, Target
from motilens.evaluation.result import MethodInfo

SUMMARY_KIND = "evaluation summary"
SUMMARY_VERSION = 2

REFERENCE = "mean"
"""Name of the training mean in the catalogue; all other methods are compared with it."""

SIGNIFICANT = 0.05
"""Level of significance of corrected p-values."""


def rounded(value: float) -> float:
    """Round to four decimals; below 1, to four significant digits."""
    if value == 0 or not math.isfinite(value):
        return value
    return round(value, 4 if abs(value) >= 1 else 3 - math.floor(math.log10(abs(value))))


def rounds_to_zero(diff: float) -> bool:
    """Whether a difference is 0.0 to one decimal: whatever its p-value, nobody is better or worse by that."""
    return round(diff, 1) == 0


Number = Annotated[float, AfterValidator(rounded)]
Span = tuple[Number, Number]
"""Lower and upper end."""

Verdict = Literal["yes", "no", "can't tell"]


class Measured(Settings):
    """A mean over participants."""

    mae: Number
    ci95: Span


class Shift(Settings):
    """A mean of paired differences over participants."""

    diff: Number
    ci95: Span


class ComponentScore(Settings):
    """Scores of one of the three percentages, computed for each repeat and averaged over repeats."""

    mae: Number
    r2: Number | None
    """None where the laboratory's values don't vary."""
    bias: Number
    """Prediction minus laboratory."""
    limits: Span
    """Limits of agreement."""


class GroupScore(Settings):
    """Scores of a group of participants; without an interval if there is only one."""

    n: int
    mae: Number
    ci95: Span | None


class FoldScore(Settings):
    """Scores of one fold of one repeat; for ``as-released``, of one run."""

    repeat: int
    fold: int
    n: int
    mae: Number
    mae_by_stack: Number | None


class TargetScore(Settings):
    """Scores of one method on one target."""

    mae: Number
    """Against what the laboratory counted."""
    ci95: Span
    minus_mean: Shift | None
    """Difference from the error of the training mean; None for the training mean itself, or if it took no part."""
    mae_by_stack: Number | None
    """Over all stacks or windows, as the paper reports errors; None for a submission."""
    fold_average: Number
    """Mean over folds of ``mae``, each fold with the same weight."""
    fold_average_by_stack: Number | None
    """Mean over folds of ``mae_by_stack``: the figure of the paper's table."""
    cpu_s_per_participant: Number | None
    """Cost of one prediction on one core, with all preparation that it needs; None for a submission."""
    n: int
    """Number of participants."""
    repeats: int
    r2: Number | None
    """Over all three percentages."""
    components: dict[str, ComponentScore]
    exact: Measured | None
    """Against the exact truth of simulated data."""
    excess: Shift | None
    """Error against the laboratory minus the floor that its counting sets."""
    by_assessor: dict[str, GroupScore]
    by_concentration: dict[str, GroupScore]
    by_fold: tuple[FoldScore, ...]
    fit_cpu_s: Number | None
    """Median over folds."""
    predict_cpu_s: Number | None
    """Per participant, without preparation; median over folds."""
    peak_memory_mib: Number | None
    parameters: int | None
    """Median over folds."""


class PairScore(Settings):
    """Error of method ``a`` minus error of method ``b`` on one target, on the same participants and common repeats."""

    a: str
    b: str
    target: Target
    diff: Number
    ci95: Span
    p: Number
    """Corrected by Holm's method over all pairs of the target."""
    p_raw: Number
    repeats: int
    """Number of repeats that both methods took part in."""

    @property
    def significant(self) -> bool:
        """Whether the corrected p is below the level of significance, and the difference does not round to 0.0."""
        return self.p < SIGNIFICANT and not rounds_to_zero(self.diff)


class FindingPart(Settings):
    """One comparison of a finding."""

    a: str
    b: str
    diff: Number
    ci95: Span
    verdict: Verdict
    sd: Number
    """Standard deviation of the participants' differences."""
    n_for_seen: int | None
    """Participants needed for a 95 % half-width below the observed difference; None if that difference is 0."""
    n_for_margin: int
    """Participants needed for a 95 % half-width below the margin."""
    half_width_85: Number
    """Expected 95 % half-width with 85 participants, the size of VISEM."""


class Finding(Settings):
    """One of the paper's findings, checked with one autoencoder."""

    statement: str
    autoencoder: AutoencoderName
    target: Target
    kind: Literal["equal", "better", "no better"]
    verdict: Verdict
    parts: tuple[FindingPart, ...]


class EvaluationSummary(Settings):
    """A whole evaluation in numbers."""

    kind: Literal["evaluation summary"] = SUMMARY_KIND
    summary_version: Literal[2] = SUMMARY_VERSION
    dataset: str
    version: str
    command: str
    data_fingerprint: str
    versions: dict[str, str]
    protocol: Protocol
    preset: str
    n_participants: int
    left_out: int
    about: dict[str, MethodInfo]
    """The methods, in the order of tables."""
    methods: dict[str, dict[Target, TargetScore]]
    pairs: tuple[PairScore, ...]
    floor: dict[Target, Measured] | None
    """Error of a perfect method against the laboratory's counts; None where the exact truth isn't known."""
    findings: tuple[Finding, ...]
    margin: float
    """The smallest difference that matters in ``findings``, in points."""
    concentration_cuts: tuple[Number, ...]
    """Limits between the groups of ``by_concentration``, in 10^6 cells per mL."""
    preparation_cpu_s: dict[str, Number] = Field(default_factory=dict)
    """CPU seconds per participant on one core."""

    @property
    def targets(self) -> tuple[Target, ...]:
        """Targets that at least one method predicted."""
        return tuple(dict.fromkeys(target for of_method in self.methods.values() for target in of_method))

    def scores(self, target: Target) -> dict[str, TargetScore]:
        """Scores of the methods that predicted a target, in the order of tables."""
        return {name: of_method[target] for name, of_method in self.methods.items() if target in of_method}

    def constant_labels(self, target: Target) -> bool:
        """Whether the laboratory's values of a target are the same for all participants, who are several."""
        return all(score.r2 is None and score.n > 1 for score in self.scores(target).values())

    def pair(self, a: str, b: str, target: Target) -> PairScore | None:
        """Compare method ``a`` with method ``b``, in whichever order the pair is stored; None if it is not there."""
        for pair in self.pairs:
            if pair.target == target and {pair.a, pair.b} == {a, b}:
                return pair if pair.a == a else _reversed(pair)
        return None


def _reversed(pair: PairScore) -> PairScore:
    low, high = pair.ci95
    return pair.model_copy(update={"a": pair.b, "b": pair.a, "diff": -pair.diff, "ci95": (-high, -low)})
