import pytest

from motilens.evaluation.benchmark.claims import Kind, participants_needed, together, verdict_of
from motilens.evaluation.benchmark.judge import summarise
from motilens.evaluation.benchmark.summary import Verdict
from tests.evaluation.benchmarks import made, off_by


@pytest.mark.parametrize(
    ("kind", "diff", "ci95", "expected"),
    [
        ("equal", 0.1, (-0.5, 0.6), "yes"),
        ("equal", 0.5, (0.2, 0.8), "yes"),  # a difference, but none that matters
        ("equal", 3.0, (1.0, 5.0), "no"),
        ("equal", -3.0, (-5.0, -1.0), "no"),
        ("equal", 0.9, (0.2, 1.6), "can't tell"),  # a difference, and it may or may not matter
        ("equal", 0.0, (-4.0, 4.0), "can't tell"),  # holding 0 proves nothing
        ("better", -2.0, (-3.0, -1.0), "yes"),
        ("better", -0.3, (-0.5, -0.1), "yes"),
        ("better", 0.0, (-0.5, 0.5), "no"),
        ("better", 4.0, (1.0, 7.0), "no"),
        ("better", -1.0, (-3.0, 1.0), "can't tell"),
        ("no better", -2.0, (-3.0, -1.0), "no"),
        ("no better", 0.0, (-0.5, 0.5), "yes"),
        ("no better", -1.0, (-3.0, 1.0), "can't tell"),
    ],
)
def test_verdicts(kind: Kind, diff: float, ci95: tuple[float, float], expected: Verdict) -> None:
    assert verdict_of(kind, diff, ci95) == expected


def test_a_claim_of_several_comparisons() -> None:
    assert together(["yes", "yes"]) == "yes"
    assert together(["yes", "can't tell"]) == "can't tell"
    assert together(["can't tell", "no"]) == "no"
    assert together(["yes"], whole=False) == "can't tell"


def test_participants_needed_on_paper() -> None:
    assert participants_needed(10.0, -2.0) == 97  # (1.96 * 5)^2 = 96.04
    assert participants_needed(0.0, 1.0) == 2
    assert participants_needed(1.0, 0.0) is None


def test_the_claims_of_the_paper() -> None:
    """Inputs without time as bad as the mean, 9 frames better, 18 no better than that."""
    points = {"mean": 15.0, "paper-I1": 15.0, "paper-I2": 15.3, "paper-I3": 9.0, "paper-I4": 9.0}
    methods = {name: off_by(value) for name, value in points.items()}
    found = summarise(made(methods, targets=("motility", "morphology"))).claims
    assert [(claim.claim, claim.target, claim.verdict) for claim in found] == [
        ("I1 = I2 = training mean", "motility", "yes"),
        ("I3 is better than I1", "motility", "yes"),
        ("I4 is better than I3", "motility", "no"),
        ("no input beats the training mean", "morphology", "no"),
    ]
    assert {claim.autoencoder for claim in found} == {"paper"}
    better = found[1].parts[0]
    assert (better.a, better.b, better.diff, better.ci95) == ("paper-I3", "paper-I1", -4.0, (-4.0, -4.0))
    assert (better.sd, better.n_for_seen, better.n_for_margin, better.half_width_85) == (0.0, 2, 2, 0.0)


def test_a_claim_is_not_proved_by_the_half_of_it_that_was_run() -> None:
    found = summarise(made({"mean": off_by(15.0), "stable-I1": off_by(15.0)})).claims
    assert [(claim.autoencoder, claim.verdict, len(claim.parts)) for claim in found] == [("stable", "can't tell", 1)]


def test_no_claim_where_nothing_was_run() -> None:
    assert summarise(made({"mean": off_by(15.0), "moments": off_by(3.0)})).claims == ()
