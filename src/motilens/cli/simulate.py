"""``motilens simulate``: a data set in VISEM's format, with exact truth."""

from pathlib import Path
from typing import Annotated

import typer


def simulate(
    out: Annotated[Path, typer.Argument(help="Folder to make: videos, tables and truth, filed as VISEM's.")],
    participants: Annotated[int, typer.Option(min=1, help="How many; one video each.")] = 30,
    seconds: Annotated[float, typer.Option(help="Length of each field of view.")] = 4.0,
    fps: Annotated[float, typer.Option(help="Frames a second.")] = 50.0,
    size: Annotated[str, typer.Option(metavar="WIDTHxHEIGHT", help="Frame size in pixels, even numbers.")] = "640x480",
    fields: Annotated[int, typer.Option(min=1, help="Fields of view in a video; the stage moves between them.")] = 1,
    codec: Annotated[str, typer.Option(help="mjpeg or ffv1 (AVI), h264 (MP4).")] = "mjpeg",
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same bytes.")] = 0,
    workers: Annotated[int, typer.Option(min=1, help="Processes; they change nothing but the time.")] = 1,
) -> None:
    """Simulate microscope videos of cells that swim, beat on the spot, or stand, with exact truth.

    The same command goes on where it was interrupted, and leaves a finished folder as it is.
    """
    from motilens.cli.console import terminal_progress
    from motilens.simulate.dataset import parse_size, simulate_dataset

    with terminal_progress() as progress:
        made = simulate_dataset(
            out,
            participants=participants,
            seconds=seconds,
            fps_hz=fps,
            size=parse_size(size),
            fields=fields,
            codec=codec,
            seed=seed,
            workers=workers,
            progress=progress,
        )
    typer.echo(made.summary(out))
