"""``motilens inspect``: reports what a video file contains, what is wrong with it, and what can be done with it."""

import json
from pathlib import Path
from typing import Annotated

import typer

from motilens.cli.settings import DeinterlaceOption, FpsOption, StreamOption, reading_of


def inspect(
    video: Annotated[Path, typer.Argument(help="A video file.")],
    fps: FpsOption = None,
    stream: StreamOption = None,
    deinterlace: DeinterlaceOption = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Report a video's codec, size, frame rate, the frames that really decode, stage moves, problems, and its use.

    The last lines say for which input types the video is fit, or what is in the way.
    """
    from motilens.cli.console import terminal_progress
    from motilens.recordings.inspect import inspect_video
    from motilens.video.source import VideoFile

    with terminal_progress() as progress:
        report = inspect_video(VideoFile.of(video, reading_of(fps, stream, deinterlace)), progress=progress)
    typer.echo(json.dumps(report.model_dump(mode="json"), indent=1) if as_json else "\n".join(report.lines()))
