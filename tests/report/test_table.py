import csv
import io

import pytest

from motilens.errors import InputError
from motilens.report.table import Column, Table, to_csv, to_markdown

TABLE = Table(
    name="t",
    title="A table",
    columns=(
        Column("name", "name", numeric=False),
        Column("error", "error (95 %)", digits=1, interval=True),
        Column("shift", "shift", signed=True),
        Column("n", "n"),
    ),
    rows=(("plain", (1.25, 0.5, 2.0), -0.125, 3), ("a|b\nc", None, None, None)),
    notes=("Mind this.",),
    strong=(0,),
)


def test_markdown_on_paper() -> None:
    assert to_markdown(TABLE).splitlines() == [
        "### A table",
        "",
        "| name      |     error (95 %) | shift |   n |",
        "| --------- | ---------------: | ----: | --: |",
        "| **plain** | 1.2 (0.5 to 2.0) | \N{MINUS SIGN}0.12 |   3 |",
        "| a\\|b c    |                \N{EN DASH} |     \N{EN DASH} |   \N{EN DASH} |",
        "",
        "Mind this.",
    ]


def test_csv_keeps_all_digits_and_splits_intervals() -> None:
    rows = list(csv.reader(io.StringIO(to_csv(TABLE))))
    assert rows == [
        ["name", "error", "error_low", "error_high", "shift", "n"],
        ["plain", "1.25", "0.5", "2.0", "-0.125", "3"],
        ["a|b\nc", "", "", "", "", ""],
    ]


def test_a_row_of_another_length_is_refused() -> None:
    with pytest.raises(InputError, match="table t: a row has 1 entries, allowed: 2"):
        Table("t", "T", (Column("a", "a"), Column("b", "b")), ((1,),))
