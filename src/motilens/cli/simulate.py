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
    difficulty: Annotated[
        str, typer.Option(help="easy, visem or hard: debris, focus, noise, flow, clusters.")
    ] = "visem",
    table: Annotated[
        str,
        typer.Option(
            help="What the laboratory's table holds: the participant's exact percentages, those of the cells seen in "
            "the video, or a counted sample. The truth has all three."
        ),
    ] = "exact",
    counted_cells: Annotated[int, typer.Option(min=1, help="Cells in a counted sample.")] = 200,
    named: Annotated[
        str | None, typer.Option("--set", help="A named set, such as visem-sim-85; it decides all but --workers.")
    ] = None,
    tracks: Annotated[
        Path | None,
        typer.Option(
            help="Draw cells along these real tracks (VISEM-Tracking's format), with --labels; participants and length "
            "are the tracks'."
        ),
    ] = None,
    labels: Annotated[
        Path | None, typer.Option(help="With --tracks: the laboratory's table, as semen_analysis_data.csv.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same bytes.")] = 0,
    workers: Annotated[int, typer.Option(min=1, help="Processes; they change nothing but the time.")] = 1,
) -> None:
    """Simulate microscope videos of cells that swim, beat on the spot, or stand, with exact truth.

    The same command goes on where it was interrupted, and leaves a finished folder as it is.
    """
    from motilens.cli.console import terminal_progress
    from motilens.errors import InputError
    from motilens.simulate.along_tracks import simulate_along_tracks
    from motilens.simulate.dataset import parse_size, simulate_dataset, simulate_from
    from motilens.simulate.settings import named_set

    if (tracks is None) != (labels is None):
        raise InputError(
            "--tracks and --labels go together: real tracks, and the laboratory's values of the same people"
        )
    if named is not None and tracks is not None:
        raise InputError("--set and --tracks came together; allowed: one of them")
    with terminal_progress() as progress:
        if named is not None:
            made = simulate_from(out, named_set(named), workers=workers, progress=progress)
        elif tracks is not None and labels is not None:
            made = simulate_along_tracks(
                out,
                tracks=tracks,
                labels=labels,
                fps_hz=fps,
                size=parse_size(size),
                codec=codec,
                difficulty=difficulty,
                seed=seed,
                workers=workers,
                progress=progress,
            )
        else:
            made = simulate_dataset(
                out,
                participants=participants,
                seconds=seconds,
                fps_hz=fps,
                size=parse_size(size),
                fields=fields,
                codec=codec,
                difficulty=difficulty,
                table_of=table,
                counted_cells=counted_cells,
                seed=seed,
                workers=workers,
                progress=progress,
            )
    typer.echo(made.summary(out))
