"""Writes rows as CSV or Parquet: one column for each field, numbers with six significant digits."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from motilens.config import Settings
from motilens.files import readable, write_bytes, write_text


def write_csv(path: Path, kind: type[Settings], rows: Sequence[Settings]) -> None:
    """Write rows as CSV; an unknown value is an empty field. Raises StorageError as ``files.write_text`` does."""
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(kind.model_fields), lineterminator="\n")
    writer.writeheader()
    writer.writerows(_rounded(row) for row in rows)
    write_text(path, text.getvalue())


def write_parquet(path: Path, kind: type[Settings], rows: Sequence[Settings]) -> None:
    """Write rows as Parquet. Raises StorageError as ``files.write_bytes`` does."""
    import pyarrow as pa
    from pyarrow import parquet

    columns = {int: pa.int64(), float: pa.float64()}
    schema = pa.schema(
        [(name, columns.get(field.annotation, pa.string())) for name, field in kind.model_fields.items()]
    )
    content = pa.BufferOutputStream()
    parquet.write_table(pa.Table.from_pylist([_rounded(row) for row in rows], schema=schema), content)
    write_bytes(path, content.getvalue().to_pybytes())


def _rounded(row: Settings) -> dict[str, Any]:
    return {name: _cell(value) for name, value in row}


def _cell(value: object) -> object:
    if isinstance(value, str):
        return readable(value)
    return float(f"{value:.6g}") if isinstance(value, float) else value
