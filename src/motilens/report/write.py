"""Writes the report of a run from its ``result.json``: tables, figures, pictures, and one page."""

import base64
import binascii
from collections.abc import Sequence
from pathlib import Path

from motilens.config import Settings
from motilens.errors import DataError
from motilens.evaluation.result import EvaluationResult
from motilens.evaluation.scores import summarise
from motilens.evaluation.submissions import write_predictions
from motilens.evaluation.summary import EvaluationSummary
from motilens.files import writable_folder, write_bytes, write_json, write_text
from motilens.report.contents import main_tables, report_sections
from motilens.report.html import evaluation_page
from motilens.report.interpretation import about_autoencoders, facts, how_to_read
from motilens.report.read import read_result
from motilens.report.section import Section, figures_in, previews_in, tables_in
from motilens.report.table import Table, to_csv, to_markdown

FOR_MACHINES = ("participants", "versions")
"""Tables that are only in the CSV files and on the page, not in ``table.md``."""


class WrittenReport(Settings):
    """Files of a report, and the text to show in a terminal."""

    page: Path
    markdown: str
    """The main tables and their interpretation."""
    files: tuple[Path, ...]


def write_report(run_dir: Path, result: EvaluationResult | None = None) -> WrittenReport:
    """Write the report of a run into its folder.

    These are ``report.html``, ``table.md``, ``summary.json``, ``predictions.csv`` and the folders ``tables``,
    ``figures`` and ``feature-images``.

    Args:
        run_dir: the folder of the run.
        result: its result; read from ``result.json`` if None.

    Raises:
        MissingError: the folder has no result.
        DataError: the result cannot be read, or its predictions are incomplete.
        MismatchError: methods do not predict the same participants.
        StorageError: the disk is full or cannot be written to.
    """
    result = result or read_result(run_dir)
    writable_folder(run_dir)
    summary = summarise(result)
    sections = report_sections(result, summary)
    interpretation = (*how_to_read(summary), *about_autoencoders(result))
    binary = {run_dir / "figures" / f"{figure.name}.png": figure.png for figure in figures_in(sections)}
    binary |= {run_dir / "feature-images" / name: content for name, content in _pictures(sections).items()}
    tables = tables_in(sections)
    text = {run_dir / "tables" / f"{table.name}.csv": to_csv(table) for table in tables}
    for_reading = [table for table in tables if table.name not in FOR_MACHINES]
    text[run_dir / "table.md"] = f"# Evaluation\n\n{markdown(summary, for_reading, interpretation)}"
    text[run_dir / "report.html"] = evaluation_page(summary, sections, interpretation)
    write_json(run_dir / "summary.json", summary.model_dump(mode="json"))
    write_predictions(run_dir / "predictions.csv", result)
    for path, content in binary.items():
        write_bytes(path, content)
    for path, content in text.items():
        write_text(path, content)
    return WrittenReport(
        page=run_dir / "report.html",
        markdown=markdown(summary, main_tables(summary), interpretation),
        files=(run_dir / "summary.json", run_dir / "predictions.csv", *binary, *text),
    )


def markdown(summary: EvaluationSummary, tables: Sequence[Table], interpretation: Sequence[str]) -> str:
    """Write the facts of an evaluation, some tables, and their interpretation as Markdown."""
    parts = [f"- {name}: `{value}`" if name == "command" else f"- {name}: {value}" for name, value in facts(summary)]
    parts.append("")
    parts += [to_markdown(table) for table in tables]
    parts += ["### How to read this", "", *(f"- {sentence}" for sentence in interpretation)]
    return "\n".join(parts) + "\n"


def _pictures(sections: Sequence[Section]) -> dict[str, bytes]:
    """Pictures of the previews by file name."""
    files = {}
    for named in previews_in(sections):
        kinds = {
            "first_frame": named.preview.first_frame_png,
            "temporal_sd": named.preview.temporal_sd_png,
            "feature_image": named.preview.feature_image_png,
        }
        for kind, text in kinds.items():
            if text is not None:
                files[f"{named.name}_{kind}.png"] = _decoded(text, f"{named.name}_{kind}")
    return files


def _decoded(text: str, name: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise DataError(
            f"result.json is damaged: picture {name} is not base64; run the same motilens evaluate again to rewrite it"
        ) from error
