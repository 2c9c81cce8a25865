"""Results for reports: six participants, errors that are the same for everybody."""

from collections.abc import Mapping
from typing import Any

from motilens.config import Protocol
from motilens.data.participants import LeftOut
from motilens.evaluation.result import EvaluationResult, Triple
from motilens.report.table import MINUS, NOTHING, Table
from tests.evaluation.results import Learned, made, off_by, person

# Of the 64 sign patterns of six equal differences two are as far from 0, so p is 1/32 for any pair.
LABELS: dict[str, Triple] = {str(k): (30.0 + 5 * k, 40.0 - 5 * k, 30.0) for k in range(1, 7)}
EXACT: dict[str, Triple] = {i: (a + 3.0, b - 3.0, c) for i, (a, b, c) in LABELS.items()}
PEOPLE = [person(i, assessor="SSW" if int(i) < 4 else "JMA", concentration=float(i)) for i in LABELS]
LEARNED: dict[str, Learned] = {"paper-I1": ("paper", "I1"), "paper-I4": ("paper", "I4")}


def of(points: Mapping[str, float], *, simulated: bool = True, **others: Any) -> EvaluationResult:  # noqa: ANN401 - as ``made``
    """Methods that miss everybody by two thirds of some points; exact truth is 3 points (MAE 2) off the labels."""
    predict = {name: off_by(value, LABELS) for name, value in points.items()}
    exact = EXACT if simulated else None
    return made(predict, **{"labels": LABELS, "exact": exact, "participants": PEOPLE, **others})


def a_result(protocol: Protocol = "as-described") -> EvaluationResult:
    """The training mean, a method of no kind, and the paper's method on one frame and on eighteen."""
    return of(
        {"mean": 15.0, "moments": 6.0, "paper-I1": 15.0, "paper-I4": 3.0},
        n_folds=3,
        protocol=protocol,
        learned=LEARNED,
        shown=("moments", *LEARNED),
        left_out=(LeftOut(name="99_09.01.01_HH.avi", reason="truncated: no frame can be decoded"),),
    )


def many_people(n: int) -> dict[str, Triple]:
    """Labels of many participants, who differ by a few points."""
    return {str(k): (50.0 + k % 5, 25.0 - k % 5, 25.0) for k in range(1, n + 1)}


def shown(table: Table) -> tuple[tuple[str, ...], ...]:
    """A table's rows as people see them, with a keyboard's minus, and ``none`` where there is nothing."""
    return tuple(
        tuple("none" if text == NOTHING else text.replace(MINUS, "-") for text in row) for row in table.shown()
    )


def row_of(table: Table, name: str) -> dict[str, str]:
    """One row, by column."""
    row = next(row for row in shown(table) if row[0] == name)
    return dict(zip((column.key for column in table.columns), row, strict=True))
