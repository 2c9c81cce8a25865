"""Reads tables in all formats in circulation: ``;``, ``,`` or tabs, decimal comma or point, with or without BOM.

Headers are matched by their words alone: case, spaces, hyphens, units in brackets, ``%`` and the spelling of the power
of ten are ignored. An unknown header is never guessed; the error names the closest known one.
"""

import csv
import difflib
import io
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from motilens.data.names import listed
from motilens.errors import LabelError, MissingError

MISSING_WORDS = frozenset({"", "not reported", "nan", "na", "n/a"})
"""Texts that stand for an unknown value, in lower case."""

_BRACKETS = re.compile(r"\([^)]*\)|\[[^\]]*\]")
_POWER = re.compile(r"x\s*10\s*[_^*]*\s*6(\s*/?\s*ml)?")
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


def read_table(path: Path) -> Table:
    """Read a table.

    Raises:
        MissingError: the file does not exist.
        LabelError: the file is not UTF-8 text or is empty, or a row and the header differ in their number of fields.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except (FileNotFoundError, IsADirectoryError) as error:
        raise MissingError(f"no table {path}; allowed: a CSV file") from error
    except UnicodeDecodeError as error:
        raise LabelError(
            f"{path.name} is not UTF-8 text (byte {error.start}); save it again as CSV in UTF-8"
        ) from error
    first = next((line for line in text.splitlines() if line.strip()), None)
    if first is None:
        raise LabelError(f"{path.name} is empty; allowed: a header and one row a participant")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(first), skipinitialspace=True)
    try:
        rows = [(reader.line_num, [field.strip() for field in row]) for row in reader]
    except csv.Error as error:
        raise LabelError(f"{path.name}, line {reader.line_num}: not a table ({error}); save it again as CSV") from error
    (_, header), *filled = [(line, fields) for line, fields in rows if any(fields)]
    headers = _trimmed(header)
    for line, fields in filled:
        if len(fields) < len(headers) or len(_trimmed(fields)) > len(headers):
            raise LabelError(
                f"{path.name}, line {line}: {len(fields)} fields, but the header has {len(headers)}; "
                "put fields that hold the delimiter in quotes"
            )
    lines = tuple(Line(line, dict(zip(headers, fields, strict=False))) for line, fields in filled)
    return Table(path.name, tuple(headers), lines)


def _delimiter(first: str) -> str:
    # VISEM's own header has commas inside names, so a semicolon or a tab takes precedence over a comma.
    return next((delimiter for delimiter in (";", "\t") if delimiter in first), ",")


def _trimmed(fields: list[str]) -> list[str]:
    """Remove empty fields at the end of a row, which spreadsheets add."""
    end = len(fields)
    while end and not fields[end - 1]:
        end -= 1
    return fields[:end]
