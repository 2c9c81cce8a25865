"""``motilens track``: tracks cells and computes their kinematics and WHO's motility classes."""

from pathlib import Path
from typing import Annotated

import typer

from motilens.cli.settings import (
    DeinterlaceOption,
    FpsOption,
    ListPassedOverOption,
    StreamOption,
    WorkersOption,
    reading_of,
)
from motilens.cli.summary import close, say_passed_over


def track(
    paths: Annotated[list[Path], typer.Argument(help="Videos, or folders of videos.")],
    um_per_px: Annotated[float, typer.Option("--um-per-px", help="Width of a pixel in micrometres.")],
    out: Annotated[
        Path,
        typer.Option(
            "--out", help="Table of tracks to write: FILE.csv or FILE.parquet. FILE.summary.csv goes beside it."
        ),
    ],
    seconds: Annotated[
        float | None,
        typer.Option(
            "--seconds",
            help="Seconds of each video to track, spread evenly over its fields of view. Default: the whole video.",
        ),
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="Change any other setting of tracking, such as tracking.detect.polarity=dark. Can be repeated.",
        ),
    ] = None,
    fps: FpsOption = None,
    stream: StreamOption = None,
    deinterlace: DeinterlaceOption = False,
    list_passed_over: ListPassedOverOption = False,
    workers: WorkersOption = None,
) -> None:
    """Track cells and measure how each one moves (VCL, VSL, VAP, LIN, STR, WOB, ALH, BCF), and WHO's motility classes.

    The table has one row for each track. The summary has one row for each video, with the reason if it could not be
    used. Motility classes are shares of cell-seconds. At less than 60 frames a second VCL, ALH and BCF come out too
    small. The exit code is 3 if a video was left out.
    """
    from motilens.cli.console import terminal_progress
    from motilens.config import preset, with_overrides
    from motilens.errors import InputError
    from motilens.tracking.motility_classes import CLASSES
    from motilens.tracking.track_table import summary_path, track_table
    from motilens.video.source import find_videos

    for override in set_ or ():
        if not override.startswith("tracking."):
            raise InputError(f"--set {override} is no setting of tracking; allowed: tracking.NAME=VALUE")
    how_much = f"tracking.seconds={'null' if seconds is None else seconds}"
    config = with_overrides(preset("demo"), how_much, *(set_ or ())).tracking
    found = find_videos(paths, reading_of(fps, stream, deinterlace))
    with terminal_progress() as progress:
        summaries = track_table(found, out, um_per_px=um_per_px, config=config, workers=workers, progress=progress)
    say_passed_over(found.passed_over, all_of_them=list_passed_over)
    for video in summaries:
        if video.left_out is not None:
            typer.echo(f"{video.video}: left out: {video.left_out}")
        else:
            shares = ", ".join(f"{name.replace('_', '-')} {getattr(video, f'{name}_pct'):.1f} %" for name in CLASSES)
            typer.echo(f"{video.video}: {shares} of {video.cell_seconds:.0f} cell-seconds ({video.n_tracks} tracks)")
        if video.notes:
            typer.echo(f"{video.video}: note: {video.notes}")
    n_tracks = sum(video.n_tracks for video in summaries)
    typer.echo("Research use: not a diagnosis.")
    close(
        f"{n_tracks} tracks in {out}, {len(summaries)} row{'s' * (len(summaries) != 1)} in {summary_path(out)}",
        videos=len(summaries),
        left_out=sum(video.left_out is not None for video in summaries),
    )
