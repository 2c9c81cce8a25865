"""From a run's ``result.json`` to its report: tables, figures, pictures, and one page."""

import base64
import binascii
import json
from pathlib import Path

from pydantic import ValidationError

from motilens.config import Settings
from motilens.errors import DataError, MissingError
from motilens.evaluation.result import RESULT_VERSION, CrossValResult
from motilens.files import make_folder, write_bytes, write_text
from motilens.report.figures import all_figures
from motilens.report.html import page
from motilens.report.reading import facts, how_to_read
from motilens.report.scores import Judged, judge
from motilens.report.table import Table, to_csv, to_markdown
from motilens.report.tables import all_tables


class WrittenReport(Settings):
    """What was written, and what to show in a terminal."""

    page: Path
    markdown: str
    """The main tables with what to think of them."""
    files: tuple[Path, ...]


def read_result(run_dir: Path) -> CrossValResult:
    """Read a run's result.

    Raises:
        MissingError: no result there.
        DataError: damaged, or of another version.
    """
    path = run_dir / "result.json"
    try:
        content = json.loads(path.read_bytes())
    except OSError as error:
        raise MissingError(
            f"no result at {path}; allowed: the folder of a finished motilens crossval (its --out); "
            "run that first, the same command goes on where it stopped"
        ) from error
    except ValueError as error:
        raise DataError(
            f"{path} is damaged: not JSON ({error}); run the same motilens crossval again to rewrite it"
        ) from error
    version = content.get("result_version") if isinstance(content, dict) else None
    if version != RESULT_VERSION:
        raise DataError(
            f"{path} has result_version {version!r}; allowed: {RESULT_VERSION}; "
            "make the report with the motilens that wrote it, or run the crossval again with this one"
        )
    try:
        return CrossValResult.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise DataError(
            f"{path} is damaged: {where}: {first['msg']} ({error.error_count()} such places); "
            "run the same motilens crossval again to rewrite it"
        ) from error


def write_report(run_dir: Path, result: CrossValResult | None = None) -> WrittenReport:
    """Write ``table.md``, ``tables/``, ``figures/``, ``feature-images/`` and ``report.html`` into a run's folder.

    Args:
        run_dir: the folder of the run.
        result: its result; read from ``result.json`` if None.

    Raises:
        MissingError, DataError: no readable result.
        StorageError: the disk is full or may not be written.
    """
    result = result or read_result(run_dir)
    judged = judge(result)
    pictures = _pictures(result)
    tables, figures = all_tables(judged), all_figures(judged)
    files: dict[Path, bytes] = {run_dir / "table.md": markdown(judged, _for_reading(tables)).encode()}
    files |= {run_dir / "tables" / f"{table.name}.csv": to_csv(table).encode() for table in tables}
    files |= {run_dir / "figures" / f"{figure.name}.png": figure.png for figure in figures}
    files |= {run_dir / "feature-images" / name: content for name, content in pictures.items()}
    for path, content in files.items():
        make_folder(path.parent)
        write_bytes(path, content)
    write_text(run_dir / "report.html", page(judged, figures))
    main = tuple(table for table in tables if table.name.endswith("_main"))
    return WrittenReport(
        page=run_dir / "report.html", markdown=markdown(judged, main), files=(*files, run_dir / "report.html")
    )


def markdown(judged: Judged, tables: tuple[Table, ...]) -> str:
    """Write tables with their header and how to read them."""
    parts = ["# Cross-validation", ""]
    parts += [f"- {name}: {value}" for name, value in facts(judged)]
    parts += ["", "## Tables", ""]
    parts += [to_markdown(table) for table in tables]
    parts += ["## How to read this", ""]
    parts += [f"- {sentence}" for sentence in how_to_read(judged)]
    return "\n".join(parts) + "\n"


def _for_reading(tables: tuple[Table, ...]) -> tuple[Table, ...]:
    """All but the participants' table, whose hundreds of rows are for machines."""
    return tuple(table for table in tables if table.name != "participants")


def _pictures(result: CrossValResult) -> dict[str, bytes]:
    files = {}
    for preview in result.previews:
        stem = f"{preview.input_type}_fold{preview.fold}_{_file_name(preview.participant)}"
        kinds = {
            "first_frame": preview.first_frame_png,
            "temporal_spread": preview.temporal_spread_png,
            "feature_image": preview.feature_image_png,
        }
        for kind, text in kinds.items():
            if text is not None:
                files[f"{stem}_{kind}.png"] = _decoded(text, f"{stem}_{kind}")
    return files


def _decoded(text: str, name: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise DataError(
            f"result.json is damaged: picture {name} is not base64; run the same motilens crossval again to rewrite it"
        ) from error


def _file_name(text: str) -> str:
    """A participant's name as part of a file name, on any system."""
    return "".join(c if c.isalnum() or c in "-." else "_" for c in text)
