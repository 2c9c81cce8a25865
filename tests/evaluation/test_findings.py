import pytest

from motilens.evaluation.findings import Kind, combined, participants_needed, verdict_of
from motilens.evaluation.scores import summarise
from motilens.evaluation.summary import Verdict
from tests.evaluation.results import Learned, made, off_by


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
        ("better", -0.04, (-0.05, -0.03), "no"),  # not better by 0.0
        ("no better", -0.04, (-0.05, -0.03), "yes"),
        ("better", -0.06, (-0.08, -0.03), "yes"),
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


def test_a_finding_of_several_comparisons() -> None:
    assert combined(["yes", "yes"]) == "yes"
    assert combined(["yes", "can't tell"]) == "can't tell"
    assert combined(["can't tell", "no"]) == "no"
    assert combined(["yes"], complete=False) == "can't tell"


def test_participants_needed_on_paper() -> None:
    assert participants_needed(10.0, -2.0) == 97  # (1.96 * 5)^2 = 96.04
    assert participants_needed(0.0, 1.0) == 2
    assert participants_needed(1.0, 0.0) is None


def test_the_findings_of_the_paper() -> None:
    """Inputs without time as bad as the mean, 9 frames better, 18 no better than that."""
    points = {"mean": 15.0, "one": 15.0, "nine times": 15.3, "nine": 9.0, "eighteen": 9.0}
    learned: dict[str, Learned] = {
        "one": ("paper", "I1"),
        "nine times": ("paper", "I2"),
        "nine": ("paper", "I3"),
        "eighteen": ("paper", "I4"),
    }
    methods = {name: off_by(value) for name, value in points.items()}
    found = summarise(made(methods, targets=("motility", "morphology"), learned=learned)).findings
    assert [(each.statement, each.target, each.verdict) for each in found] == [
        ("I1 = I2 = training mean", "motility", "yes"),
        ("I3 is better than I1", "motility", "yes"),
        ("I4 is better than I3", "motility", "no"),
        ("no input beats the training mean", "morphology", "no"),
    ]
    assert {each.autoencoder for each in found} == {"paper"}
    better = found[1].parts[0]
    assert (better.a, better.b, better.diff, better.ci95) == ("nine", "one", -4.0, (-4.0, -4.0))
    assert (better.sd, better.n_for_seen, better.n_for_margin, better.half_width_85) == (0.0, 2, 2, 0.0)


def test_a_finding_is_not_confirmed_by_the_half_of_it_that_was_run() -> None:
    result = made({"mean": off_by(15.0), "ours": off_by(15.0)}, learned={"ours": ("stable", "I1")})
    found = summarise(result).findings
    assert [(each.autoencoder, each.verdict, len(each.parts)) for each in found] == [("stable", "can't tell", 1)]


def test_nothing_is_read_from_a_name() -> None:
    assert summarise(made({"mean": off_by(15.0), "paper-I1": off_by(3.0), "paper-I2": off_by(3.0)})).findings == ()


def test_labels_that_do_not_vary_confirm_and_refute_nothing() -> None:
    labels = {str(k): (33.3, 33.3, 33.4) for k in range(1, 10)}
    learned: dict[str, Learned] = {"one": ("paper", "I1"), "three": ("paper", "I3"), "four": ("paper", "I4")}
    points = {"one": 9.0, "three": 3.0, "four": 0.0}
    methods = {name: off_by(value, labels) for name, value in points.items()}
    findings = summarise(made(methods, labels=labels, learned=learned)).findings
    assert len(findings) >= 2
    assert {finding.verdict for finding in findings} == {"can't tell"}
