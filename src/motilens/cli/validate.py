"""``motilens validate``: validates a model on a laboratory's own samples, against limits written down beforehand."""

from pathlib import Path
from typing import Annotated

import typer

from motilens.cli.settings import (
    DeinterlaceOption,
    ExcludeOption,
    FpsOption,
    ModelOption,
    StreamOption,
    TargetOption,
    UmPerPxOption,
    reading_of,
)

NOT_PASSED = 4
"""Exit code of a validation that failed or shows nothing."""


def validate(
    data: Annotated[
        Path | None,
        typer.Argument(help="A folder in VISEM's format: videos, and a table with the laboratory's values."),
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Folder of the validation.")] = None,
    model: ModelOption = "builtin",
    target: TargetOption = None,
    limits: Annotated[
        Path | None,
        typer.Option("--limits", help="File of limits. Without it numbers are reported, and nothing passes."),
    ] = None,
    write_limits: Annotated[
        Path | None, typer.Option("--write-limits", help="Write a file of limits to fill in, FILE.toml, and exit.")
    ] = None,
    um_per_px: UmPerPxOption = None,
    fps: FpsOption = None,
    stream: StreamOption = None,
    deinterlace: DeinterlaceOption = False,
    exclude: ExcludeOption = None,
) -> None:
    """Compare predictions with a laboratory's own values, and check the agreement against limits.

    Write the limits down before you see any result. Participants on whom the model was trained are left out. The folder
    gets validation.html to file away, validation.json and pairs.csv. The exit code is 0 only if all limits are met over
    at least 30 samples, and 4 if they are not, or if nothing can be shown.
    """
    from motilens.cli.console import terminal_progress
    from motilens.report.validation import outcome_sentences, write_validation
    from motilens.validation.limits import write_limits as write
    from motilens.validation.run import ValidationRequest
    from motilens.validation.run import validate as run

    if write_limits is not None:
        write(write_limits, target or "motility")
        typer.echo(f"wrote {write_limits}; replace its numbers by your own before you validate")
        return
    if data is None or out is None:
        missing = "argument DATA" if data is None else "option --out"
        raise typer.BadParameter(f"missing {missing}; allowed without it: --write-limits FILE alone")
    request = ValidationRequest(
        data=data,
        out=out,
        model=model,
        target=target,
        limits=limits,
        um_per_px=um_per_px,
        reading=reading_of(fps, stream, deinterlace),
        exclude=tuple(exclude or ()),
    )
    with terminal_progress() as progress:
        result = run(request, progress=progress)
    page = write_validation(out, result)
    for check in result.checks:
        reason = f": {check.reason}" if check.reason else ""
        typer.echo(f"{check.percentage}, {check.quantity}: {check.outcome}{reason}")
    typer.echo(f"{result.overall.outcome.capitalize()}. {' '.join(outcome_sentences(result))}")
    typer.echo("Research use: not a diagnosis.")
    typer.echo(f"report: {page}")
    if result.overall.outcome != "passed":
        raise typer.Exit(NOT_PASSED)
