"""A table, which can be written as Markdown for people, as CSV for machines, and on the report's page."""

import csv
import io
from dataclasses import dataclass

from motilens.errors import InputError

Entry = str | int | float | tuple[float, float, float] | None
"""Text, a number, a number with its interval (value, low, high), or nothing."""

MINUS = "\N{MINUS SIGN}"
"""The minus sign, which is as wide as a plus sign and cannot be mistaken for a hyphen."""
NOTHING = "\N{EN DASH}"


def column_key(name: str) -> str:
    """Turn the name of a percentage into a key: ``non-progressive`` becomes ``non_progressive``."""
    return name.replace(" ", "_").replace("-", "_")


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        key: name in CSV; an interval adds ``<key>_low`` and ``<key>_high``.
        title: heading for people.
        digits: digits after the decimal point, for people; CSV has all digits.
        interval: whether entries are (value, low, high).
        signed: whether positive numbers get a plus sign.
        numeric: whether entries are aligned to the right.
    """

    key: str
    title: str
    digits: int = 2
    interval: bool = False
    signed: bool = False
    numeric: bool = True

    def show(self, entry: Entry) -> str:
        """Format an entry for people; None becomes a dash."""
        if entry is None:
            return NOTHING
        if isinstance(entry, tuple):
            value, low, high = (self._number(v) for v in entry)
            return f"{value} ({low} to {high})"
        return entry if isinstance(entry, str) else self._number(entry)

    def _number(self, value: float | int) -> str:
        if isinstance(value, int):
            return str(value)
        value = round(value, self.digits) + 0.0  # no minus before a zero
        text = f"{value:+.{self.digits}f}" if self.signed else f"{value:.{self.digits}f}"
        return text.replace("-", MINUS)


@dataclass(frozen=True)
class Table:
    """Columns and rows, with notes for the reader.

    Attributes:
        name: file name of the CSV, without extension.
        title: caption.
        columns: headings and formats of the columns.
        rows: rows with one entry per column.
        notes: sentences below the table.
        strong: rows to emphasise, by index.

    Raises:
        InputError: a row does not have one entry per column.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Entry, ...], ...]
    notes: tuple[str, ...] = ()
    strong: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row) != len(self.columns):
                raise InputError(f"table {self.name}: a row has {len(row)} entries, allowed: {len(self.columns)}")

    def shown(self) -> tuple[tuple[str, ...], ...]:
        """All rows, formatted for people."""
        return tuple(tuple(c.show(e) for c, e in zip(self.columns, row, strict=True)) for row in self.rows)


def to_markdown(table: Table) -> str:
    """Write a table as Markdown, padded so that it also reads well in a terminal."""
    titles = [_escaped(column.title) for column in table.columns]
    rows = [[_escaped(text) for text in row] for row in table.shown()]
    rows = [[f"**{row[0]}**", *row[1:]] if k in table.strong else row for k, row in enumerate(rows)]
    widths = [max(3, *(len(row[k]) for row in [titles, *rows])) for k in range(len(titles))]
    numeric = [column.numeric for column in table.columns]

    def line(entries: list[str]) -> str:
        padded = [c.rjust(w) if n else c.ljust(w) for c, w, n in zip(entries, widths, numeric, strict=True)]
        return f"| {' | '.join(padded)} |"

    rule = [("-" * (w - 1) + ":") if n else "-" * w for w, n in zip(widths, numeric, strict=True)]
    parts = [f"### {_one_line(table.title)}", "", line(titles), line(rule), *map(line, rows)]
    for note in table.notes:
        parts += ["", _one_line(note)]
    return "\n".join(parts) + "\n"


def to_csv(table: Table) -> str:
    """Write a table as CSV: commas, decimal points, all digits; None becomes an empty field."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([key for column in table.columns for key in _keys(column)])
    for row in table.rows:
        writer.writerow([v for column, entry in zip(table.columns, row, strict=True) for v in _values(column, entry)])
    return out.getvalue()


def _keys(column: Column) -> list[str]:
    return [column.key, f"{column.key}_low", f"{column.key}_high"] if column.interval else [column.key]


def _values(column: Column, entry: Entry) -> list[Entry]:
    if not column.interval:
        return [entry]
    return list(entry) if isinstance(entry, tuple) else [entry, None, None]


def _escaped(text: str) -> str:
    return _one_line(text).replace("|", "\\|")


def _one_line(text: str) -> str:
    return " ".join(text.split())
