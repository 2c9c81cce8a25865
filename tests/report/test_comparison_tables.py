import pytest

from motilens.evaluation.scores import summarise
from motilens.report.comparison_tables import findings_table, pairs_table
from tests.evaluation.results import Learned, made, off_by
from tests.report.results import LABELS, of, shown


def test_pairs_are_sorted_and_starred() -> None:
    table = pairs_table(summarise(of({"mean": 15.0, "moments": 6.0})), "motility")
    assert table is not None
    assert [column.title for column in table.columns] == ["method", "moments", "mean"]
    assert shown(table) == (("moments", "none", "-6.00*"), ("mean", "+6.00*", "none"))


def test_a_difference_that_rounds_to_nothing_has_no_star() -> None:
    table = pairs_table(summarise(of({"mean": 15.0, "moments": 14.94})), "motility")
    assert table is not None
    assert shown(table) == (("moments", "none", "-0.04"), ("mean", "+0.04", "none"))


def test_the_matrix_of_pairs_stays_narrow() -> None:
    table = pairs_table(summarise(of({f"m{k}": float(k) for k in range(1, 9)})), "motility")
    assert table is not None
    assert len(table.rows) == 8 and len(table.columns) == 7
    assert "*" not in str(table.rows)  # 28 pairs times 1/32
    assert "; columns: the best 6" in table.notes[0]


def test_a_single_method_has_no_pairs() -> None:
    assert pairs_table(summarise(of({"a": 6.0})), "motility") is None


def test_findings_are_shown_comparison_by_comparison() -> None:
    points = {"mean": 15.0, "one": 15.0, "nine times": 15.3, "nine": 9.0, "eighteen": 9.0}
    learned: dict[str, Learned] = {
        "one": ("paper", "I1"),
        "nine times": ("paper", "I2"),
        "nine": ("paper", "I3"),
        "eighteen": ("paper", "I4"),
    }
    table = findings_table(summarise(of(points, learned=learned)))
    assert table is not None
    rows = shown(table)
    assert rows[0][:7] == (
        "I1 = I2 = training mean",
        "motility",
        "paper",
        "yes",
        "I1 minus I2",
        "-0.20 (-0.20 to -0.20)",
        "yes",
    )
    assert rows[1][:5] == ("", "", "", "", "I1 minus training mean")
    assert [row[3] for row in rows if row[0]] == ["yes", "yes", "no"]
    # The paper's averages: 13.017 - 13.017, no training mean, 10.970 - 13.017, 9.427 - 10.970.
    assert [row[7] for row in rows] == ["+0.00", "none", "none", "-2.05", "-1.54"]


def test_participants_for_the_published_difference() -> None:
    def uneven(participant: str, repeat: int) -> tuple[float, float, float]:
        return off_by(3.0 if int(participant) % 2 else 9.0, LABELS)(participant, repeat)

    methods = {"nine": off_by(6.0, LABELS), "eighteen": uneven}
    learned: dict[str, Learned] = {"nine": ("stable", "I3"), "eighteen": ("stable", "I4")}
    (found,) = summarise(made(methods, labels=LABELS, learned=learned)).findings
    # Differences of -2 and +2: standard deviation 2 sqrt(6/5).
    assert found.parts[0].sd == pytest.approx(2.1909, abs=1e-4)
    table = findings_table(summarise(made(methods, labels=LABELS, learned=learned)))
    assert table is not None and table.rows[0][-1] == 8  # (1.96 x 2.1909 / 1.543)^2 = 7.7


def test_no_finding_no_table() -> None:
    assert findings_table(summarise(of({"mean": 15.0, "moments": 6.0}))) is None
