"""``motilens inspect``: reports what a video file contains, and what is wrong with it."""

import json
from pathlib import Path
from typing import Annotated

import typer


def inspect(
    video: Annotated[Path, typer.Argument(help="A video file.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Report a video's codec, size, frame rate, number of frames that really decode, stage moves and problems."""
    from motilens.cli.console import terminal_progress
    from motilens.video.inspect import inspect_video

    with terminal_progress() as progress:
        report = inspect_video(video, progress=progress)
    typer.echo(json.dumps(report.model_dump(mode="json"), indent=1) if as_json else "\n".join(report.lines()))
