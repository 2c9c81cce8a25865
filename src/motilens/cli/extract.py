"""``motilens extract``: videos into a store of stacks."""

from pathlib import Path
from typing import Annotated

import typer

from motilens.config import InputType


def extract(
    data: Annotated[Path, typer.Argument(help="A video, a folder of videos, VISEM's root, or fold_1, fold_2, ...")],
    out: Annotated[Path, typer.Option("--out", help="The store, a folder; an earlier run's is continued.")],
    input_type: Annotated[InputType, typer.Option("--input", help="Frames in a stack: 1, 1, 9 or 18.")] = "I4",
    stacks: Annotated[int, typer.Option(min=1, help="Stacks of each video, spread evenly over it.")] = 250,
    size: Annotated[int, typer.Option(min=16, help="Height and width in pixels, a multiple of 4.")] = 256,
    workers: Annotated[int | None, typer.Option(min=1, help="Videos at a time; one per processor core.")] = None,
    force_slow: Annotated[bool, typer.Option("--force-slow", help="Take videos with too few frames a second.")] = False,
) -> None:
    """Cut videos into stacks of consecutive frames; every video gets a line: extracted, or left out and why.

    The same command goes on where it was interrupted, and does nothing when all is done.
    """
    from motilens.cli.console import terminal_progress
    from motilens.stacks.folder import extract_folder, stack_config

    config = stack_config(input_type=input_type, stacks_per_video=stacks, size_px=size, force_slow=force_slow)
    with terminal_progress() as progress:
        records = extract_folder(data, config, out, workers=workers, progress=progress)
    for record in records:
        typer.echo(record.line())
