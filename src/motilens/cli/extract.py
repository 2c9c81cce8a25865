"""``motilens extract``: cuts videos into stacks and stores them."""

from pathlib import Path
from typing import Annotated

import typer

from motilens.cli.settings import DeinterlaceOption, FpsOption, ListPassedOverOption, StreamOption, reading_of
from motilens.cli.summary import close, say_passed_over
from motilens.config import InputType


def extract(
    data: Annotated[
        Path,
        typer.Argument(
            help="A video, or a folder that is searched for videos. If it has a folder videos, or folders fold_1, "
            "fold_2, ..., only those are searched."
        ),
    ],
    out: Annotated[
        Path,
        typer.Option("--out", help="Folder of the Zarr store. An unfinished store is completed."),
    ],
    input_type: Annotated[
        InputType,
        typer.Option(
            "--input",
            help="Input type: I1 and I2 have 1 frame in a stack, I3 has 9, I4 has 18.",
        ),
    ] = "I4",
    stacks: Annotated[
        int, typer.Option(min=1, help="Number of stacks to cut from each video, distributed evenly over it.")
    ] = 250,
    size: Annotated[int, typer.Option(min=16, help="Height and width of the stacks in pixels, a multiple of 4.")] = 256,
    workers: Annotated[
        int | None,
        typer.Option(min=1, help="Number of videos processed at a time. Default: one for each processor core."),
    ] = None,
    force_slow: Annotated[
        bool,
        typer.Option("--force-slow", help="Use videos whose frame rate is too low as well, with all of their frames."),
    ] = False,
    fps: FpsOption = None,
    stream: StreamOption = None,
    deinterlace: DeinterlaceOption = False,
    list_passed_over: ListPassedOverOption = False,
) -> None:
    """Cut videos into stacks of consecutive frames and store them.

    Prints one line for each video: extracted, or left out and why.

    The same command continues an interrupted run. Unchanged videos in the store are not processed again. The exit code
    is 3 if a video was left out.
    """
    from motilens.cli.console import terminal_progress
    from motilens.stacks.extract_videos import extract_folder, stack_config
    from motilens.video.source import find_videos

    config = stack_config(input_type=input_type, stacks_per_video=stacks, size_px=size, force_slow=force_slow)
    with terminal_progress() as progress:
        found = find_videos(data, reading_of(fps, stream, deinterlace))
        records = extract_folder(found, config, out, workers=workers, progress=progress)
    say_passed_over(found.passed_over, all_of_them=list_passed_over)
    for record in records:
        typer.echo(record.line())
    stacks_made, left_out = sum(r.n_stacks for r in records), sum(r.status == "left_out" for r in records)
    close(f"{stacks_made} stack{'s' * (stacks_made != 1)} in {out}", videos=len(records), left_out=left_out)
