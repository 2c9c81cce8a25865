"""Reading the tables that circulate: ``;``, ``,`` or tabs, decimal comma or point, BOM or none, missing values as text.

Headers are matched by their words alone: case, spaces, hyphens, units in brackets, ``%`` and the power of ten in any
spelling don't matter. A header that no known one matches is never guessed at; the error names the closest.
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
"""What stands for a value that is not known, in lower case."""

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
        headers: as they stand in the file.
        lines: rows that hold anything.
    """

    name: str
    headers: tuple[str, ...]
    lines: tuple[Line, ...]

    def column(self, wanted: str, *others: str) -> str:
        """The header that means ``wanted`` (or one of its ``others`` names).

        Raises:
            LabelError: no such column, or several.
        """
        found = self.find_column(wanted, *others)
        if found is None:
            raise LabelError(f"{self.name} has no column {self.absence(wanted)}")
        return found

    def find_column(self, wanted: str, *others: str) -> str | None:
        """As ``column``, but None where there is none.

        Raises:
            LabelError: several columns mean it.
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
        """Words on a column that is not there: which one could be meant, which ones there are."""
        by_key = {header_key(header): header for header in self.headers if header}
        close = difflib.get_close_matches(header_key(wanted), by_key, n=1, cutoff=0.75)
        hint = f"; did you mean it by {by_key[close[0]]!r}? then rename that" if close else "; add it"
        return f"{wanted!r}{hint}; columns there: {listed((h for h in self.headers if h), most=20)}"


def header_key(header: str) -> str:
    """A header's words alone: ``Sperm concentration (x10⁶/mL)`` and ``sperm_concentration_x10_6/mL`` are the same."""
    text = _BRACKETS.sub(" ", unicodedata.normalize("NFKC", header).casefold())
    text = _POWER.sub(" ", text.replace("_", " "))
    return "".join(character for character in text if character.isalnum())


def number(text: str) -> float | None:
    """A number with decimal comma or point; None where the text says that it is not known.

    Raises:
        ValueError: neither a number nor a word for a missing one.
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
    """Read a table whole.

    Raises:
        MissingError: no such file.
        LabelError: not UTF-8 text, nothing in it, or a row with another number of fields than the header.
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
    # VISEM's own header has commas inside names, so a semicolon or a tab decides before a comma does.
    return next((delimiter for delimiter in (";", "\t") if delimiter in first), ",")


def _trimmed(fields: list[str]) -> list[str]:
    """Fields without empty ones at the end, which spreadsheets leave."""
    end = len(fields)
    while end and not fields[end - 1]:
        end -= 1
    return fields[:end]
