"""Reads tables in all formats in circulation: ``;``, ``,`` or tabs, decimal comma or point, any encoding of Excel's.

The header is found by its columns, not by its line: laboratories put titles, notes and empty rows above it.

Headers are matched by their words alone: case, spaces, hyphens, units in brackets, ``%`` and the spelling of the power
of ten are ignored. An unknown header is never guessed; the error names the closest known one.
"""

import csv
import difflib
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from motilens.data.encodings import decode
from motilens.data.names import listed
from motilens.errors import LabelError, MissingError

DELIMITERS = (";", "\t", ",")
"""Delimiters, in the order in which they are preferred: VISEM's own header has commas inside names."""

HEADER_WITHIN = 100
"""Number of rows, from the first, among which the header is looked for."""

MISSING_WORDS = frozenset({"", "not reported", "nan", "na", "n/a"})
"""Texts that stand for an unknown value, in lower case."""

ID_COLUMN = ("ID", "ID number", "Participant", "Participant ID", "Participant number")
"""Headers of the column that says to whom a row belongs."""

_SEPARATOR_LINE = re.compile(r"""\s*"?sep=(?P<delimiter>\\t|[^\w\s"]|\t)"?[;,\t]*(?:\r\n|\r|\n|$)""", re.IGNORECASE)
"""The line in which Excel is told the delimiter."""

_BRACKETS = re.compile(r"\([^)]*\)|\[[^\]]*\]")
_POWER = re.compile(r"x\s*10\s*[_^*]*\s*[6?](\s*/?\s*ml)?")  # Windows-1252 has no ⁶, and Excel writes ? instead
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d*)?(?:e[+-]?\d+)?", re.IGNORECASE)


@dataclass(frozen=True)
class Line:
    """One row of a table: its line number in the file, and its fields by header."""

    number: int
    fields: Mapping[str, str]


@dataclass(frozen=True)
class Table:
    """A table as text.

    Attributes:
        name: the file's name, for messages.
        headers: headers as written in the file.
        lines: rows that are not empty.
    """

    name: str
    headers: tuple[str, ...]
    lines: tuple[Line, ...]

    def column(self, wanted: str, *others: str) -> str:
        """Find the header that means ``wanted``, or one of its other names.

        Raises:
            LabelError: there is no such column, or several.
        """
        found = self.find_column(wanted, *others)
        if found is None:
            raise LabelError(f"{self.name} has no column {self.absence(wanted)}")
        return found

    def find_column(self, wanted: str, *others: str) -> str | None:
        """Like ``column``, but return None if there is no such column.

        Raises:
            LabelError: several columns match.
        """
        keys = {header_key(name) for name in (wanted, *others)}
        found = [header for header in self.headers if header_key(header) in keys]
        if len(found) > 1:
            raise LabelError(
                f"{self.name} has {len(found)} columns for {wanted!r}: {listed(map(repr, found))}; "
                "allowed: one; remove the others"
            )
        return found[0] if found else None

    def absence(self, wanted: str) -> str:
        """Describe a missing column for a message: the closest header, and the headers that exist."""
        by_key = {header_key(header): header for header in self.headers if header}
        close = difflib.get_close_matches(header_key(wanted), by_key, n=1, cutoff=0.75)
        hint = f"; did you mean it by {by_key[close[0]]!r}? then rename that" if close else "; add it"
        return f"{wanted!r}{hint}; columns there: {listed((h for h in self.headers if h), most=20)}"


def header_key(header: str) -> str:
    """Reduce a header to its words: ``Sperm concentration (x10⁶/mL)`` equals ``sperm_concentration_x10_6/mL``."""
    text = _BRACKETS.sub(" ", unicodedata.normalize("NFKC", header).casefold())
    text = _POWER.sub(" ", text.replace("_", " "))
    return "".join(character for character in text if character.isalnum())


def number(text: str) -> float | None:
    """Parse a number with decimal comma or point; None if the text stands for an unknown value.

    Raises:
        ValueError: the text is neither a number nor one of ``MISSING_WORDS``.
    """
    text = text.strip()
    if text.casefold() in MISSING_WORDS:
        return None
    if not _NUMBER.fullmatch(text):
        raise ValueError(
            f"{text!r} is not a number; allowed: a number, or 'Not reported' or nothing where it is not known"
        )
    return float(text.replace(",", "."))


def read_table(path: Path, known: Iterable[str]) -> Table:
    """Read a table.

    Rows above the header, such as titles, notes and a line ``sep=;``, are not part of the table.

    Args:
        path: the file.
        known: names of columns. The header is the first row that has two of them, or else the fullest that has one.

    Raises:
        MissingError: the file does not exist.
        LabelError: the file is not text or is empty, or a row and the header differ in their number of fields.
    """
    try:
        text = decode(path.read_bytes(), path.name)
    except (FileNotFoundError, IsADirectoryError) as error:
        raise MissingError(f"no table {path}; allowed: a CSV file") from error
    separator = _SEPARATOR_LINE.match(text)
    if separator:  # an empty line in its place keeps the numbers of lines
        text = "\n" * len(separator[0].splitlines()) + text[separator.end() :]
    if not re.search(r"\w", text):
        raise LabelError(f"{path.name} is empty; allowed: a header and one row a participant")
    named = separator["delimiter"].replace("\\t", "\t") if separator else ""
    keys = frozenset(map(header_key, known))
    delimiters = dict.fromkeys((*named, *DELIMITERS))
    places = {delimiter: _find_header(_rows(text, delimiter, path.name), keys) for delimiter in delimiters}
    delimiter = max(places, key=lambda delimiter: places[delimiter][:2])
    whole = list(_rows(text, delimiter, path.name))
    rows = [(line, fields) for line, fields in whole[places[delimiter][2] :] if any(fields)]
    (_, header), *filled = rows
    headers = _trimmed(header)
    for line, fields in filled:
        if len(fields) < len(headers) or len(_trimmed(fields)) > len(headers):
            raise LabelError(
                f"{path.name}, line {line}: {len(fields)} fields, but the header has {len(headers)}; "
                "put fields that hold the delimiter in quotes, and remove notes below the table"
            )
    lines = tuple(Line(line, dict(zip(headers, fields, strict=False))) for line, fields in filled)
    return Table(path.name, tuple(headers), lines)


def _find_header(rows: Iterator[tuple[int, list[str]]], keys: frozenset[str]) -> tuple[int, int, int]:
    """Find the header among the first rows: its number of known columns, of filled fields, and its place."""
    found = []
    with suppress(LabelError):  # a wrong delimiter may make one huge field of the whole file
        for place, (_, row) in enumerate(islice(rows, HEADER_WITHIN)):
            n_known = len(keys & {header_key(field) for field in row})
            found.append((n_known, sum(map(bool, row)), -place))
    n_known, n_filled, place = next((row for row in found if row[0] > 1), max(found, default=(0, 0, 0)))
    return n_known, n_filled, -place


def _rows(text: str, delimiter: str, name: str) -> Iterator[tuple[int, list[str]]]:
    """Parse a table: the number of the line in which each row ends, and its fields."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    try:
        for row in reader:
            yield reader.line_num, [field.strip() for field in row]
    except csv.Error as error:
        raise LabelError(f"{name}, line {reader.line_num}: not a table ({error}); save it again as CSV") from error


def _trimmed(fields: list[str]) -> list[str]:
    """Remove empty fields at the end of a row, which spreadsheets add."""
    end = len(fields)
    while end and not fields[end - 1]:
        end -= 1
    return fields[:end]
