"""``motilens report``: makes every table and figure again, from a result alone."""

from pathlib import Path
from typing import Annotated

import typer


def report(
    run: Annotated[Path, typer.Argument(help="Folder of a finished run of `motilens evaluate`, with its result.json.")],
) -> None:
    """Write the tables, figures and report.html of a run again, from its result.json alone."""
    from motilens.report.write import write_report

    written = write_report(run)
    typer.echo(written.markdown)
    typer.echo(f"report: {written.page}")
