"""``motilens report``: every table and figure again, from a result alone."""

from pathlib import Path
from typing import Annotated

import typer


def report(
    run: Annotated[Path, typer.Argument(help="Folder of a finished crossval, with its result.json.")],
) -> None:
    """Rebuild the tables, figures and report.html of a run from its result.json alone."""
    from motilens.report.write import write_report

    written = write_report(run)
    typer.echo(written.markdown)
    typer.echo(f"report: {written.page}")
