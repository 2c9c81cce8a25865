"""``motilens track``: tracks of cells, their kinematics and WHO's motility classes."""

from pathlib import Path
from typing import Annotated

import typer

from motilens.cli.settings import WorkersOption


def track(
    paths: Annotated[list[Path], typer.Argument(help="Videos, or folders of videos.")],
    um_per_px: Annotated[float, typer.Option("--um-per-px", help="The width of a pixel in um.")],
    out: Annotated[
        Path,
        typer.Option("--out", help="The table of tracks: FILE.csv or FILE.parquet. FILE.summary.csv goes beside it."),
    ],
    seconds: Annotated[
        float | None,
        typer.Option(
            "--seconds",
            help="Seconds of each video to track, spread evenly over its fields of view; by default all of it.",
        ),
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="Any other setting, such as tracking.detect.polarity=dark; can be repeated.",
        ),
    ] = None,
    workers: WorkersOption = None,
) -> None:
    """Track cells: how each one moves (VCL, VSL, VAP, LIN, STR, WOB, ALH, BCF), and WHO's motility classes.

    The table has one row for each track, the summary one for each video, those that could not be used with the reason.
    Classes are shares of cell-seconds. At less than 60 frames a second VCL, ALH and BCF come out too small.
    """
    from motilens.cli.console import terminal_progress
    from motilens.config import preset, with_overrides
    from motilens.errors import InputError
    from motilens.tracking.motility_classes import CLASSES
    from motilens.tracking.track_table import summary_path, track_table

    for override in set_ or ():
        if not override.startswith("tracking."):
            raise InputError(f"--set {override} is no setting of tracking; allowed: tracking.NAME=VALUE")
    how_much = f"tracking.seconds={'null' if seconds is None else seconds}"
    config = with_overrides(preset("demo"), how_much, *(set_ or ())).tracking
    with terminal_progress() as progress:
        summaries = track_table(paths, out, um_per_px=um_per_px, config=config, workers=workers, progress=progress)
    for video in summaries:
        if video.left_out is not None:
            typer.echo(f"{video.video}: left out: {video.left_out}")
        else:
            shares = ", ".join(f"{name.replace('_', '-')} {getattr(video, f'{name}_pct'):.1f} %" for name in CLASSES)
            typer.echo(f"{video.video}: {shares} of {video.cell_seconds:.0f} cell-seconds ({video.n_tracks} tracks)")
        if video.notes:
            typer.echo(f"{video.video}: note: {video.notes}")
    n_tracks = sum(video.n_tracks for video in summaries)
    typer.echo(f"{n_tracks} tracks in {out}; {len(summaries)} videos in, {len(summaries)} rows in {summary_path(out)}.")
    typer.echo("Research use: not a diagnosis.")
