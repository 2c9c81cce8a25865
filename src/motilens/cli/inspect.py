"""``motilens inspect``: what a video file holds, and what is wrong with it."""

from pathlib import Path
from typing import Annotated

import typer


def inspect(
    video: Annotated[Path, typer.Argument(help="A video of any codec.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Tell a video's codec, size, rate, frames that really decode, stage moves and problems."""
    from motilens.cli.console import terminal_progress
    from motilens.video.inspect import inspect_video

    with terminal_progress() as progress:
        report = inspect_video(video, progress=progress)
    typer.echo(report.model_dump_json(indent=1) if as_json else "\n".join(report.lines()))
