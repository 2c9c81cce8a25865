"""``motilens simulate``: simulates a data set in VISEM's format, with exact truth."""

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

APPLY_WITH = {"tracks": ("labels", "fps", "size", "codec", "difficulty", "seed", "workers"), "named": ("workers",)}
"""The options that apply beside --tracks and --set; all others would be without effect, and are refused."""


class SimulateCommand(TyperCommand):
    """Refuses options that do not apply with --tracks or --set, as only the command line knows what was typed."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - Typer's context class is private
        """Run the command. Raises InputError for options that would be without effect."""
        from motilens.errors import InputError

        options = {str(option.name): option.opts[0] for option in self.params if option.name != "out"}
        typed = [name for name in options if ctx.get_parameter_source(name).name == "COMMANDLINE"]
        for mode, apply in APPLY_WITH.items():
            unused = [options[name] for name in typed if mode in typed and name not in (mode, *apply)]
            if unused:
                raise InputError(
                    f"{options[mode]} cannot be given together with {', '.join(unused)}; "
                    f"allowed with it: {', '.join(options[name] for name in apply)}"
                )
        return super().invoke(ctx)


def simulate(
    out: Annotated[
        Path,
        typer.Argument(help="Folder for videos, tables and truth: new, empty, or that of an unfinished simulation."),
    ],
    participants: Annotated[int, typer.Option(min=1, help="Number of participants, each with one video.")] = 30,
    seconds: Annotated[float, typer.Option(help="Length of each field of view in seconds.")] = 4.0,
    fps: Annotated[float, typer.Option(help="Frame rate in frames per second.")] = 50.0,
    size: Annotated[
        str, typer.Option(metavar="WIDTHxHEIGHT", help="Frame size in pixels, two even numbers.")
    ] = "640x480",
    fields: Annotated[
        int, typer.Option(min=1, help="Number of fields of view in a video. The stage moves between them.")
    ] = 1,
    codec: Annotated[str, typer.Option(help="Video codec: mjpeg or ffv1 in AVI files, h264 in MP4 files.")] = "mjpeg",
    difficulty: Annotated[
        str,
        typer.Option(help="easy, visem or hard: sets the amount of debris, defocus, noise, flow and clusters."),
    ] = "visem",
    table: Annotated[
        str,
        typer.Option(
            help="Percentages in the laboratory's table: exact (the participant's), seen (of the cells in view) or "
            "counted (of a random sample). The truth holds all three."
        ),
    ] = "exact",
    counted_cells: Annotated[int, typer.Option(min=1, help="Number of cells in the counted sample.")] = 200,
    named: Annotated[
        str | None,
        typer.Option(
            "--set",
            help="Simulate a named data set, such as visem-sim-85. Of all other options it takes --workers alone.",
        ),
    ] = None,
    tracks: Annotated[
        Path | None,
        typer.Option(
            help="Move the cells along annotated tracks of real videos, a table or folder in VISEM-Tracking's format. "
            "Participants, lengths and percentages are those of the tracks and of --labels."
        ),
    ] = None,
    labels: Annotated[
        Path | None,
        typer.Option(
            help="With --tracks: the laboratory's table of the same participants. Default: the semen_analysis_data.csv "
            "(or semen_analysis_data_Train.csv) in or beside the folder of tracks."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Random seed. The same seed gives the same files.")] = 0,
    workers: Annotated[int, typer.Option(min=1, help="Number of processes. The result does not depend on it.")] = 1,
) -> None:
    """Simulate microscope videos of moving and immotile sperm cells, with exactly known truth.

    The same command continues an interrupted simulation; a finished one is not changed.
    """
    from motilens.cli.console import terminal_progress
    from motilens.errors import InputError
    from motilens.simulate.along_tracks import simulate_along_tracks
    from motilens.simulate.dataset import parse_size, simulate_dataset, simulate_from
    from motilens.simulate.settings import named_set

    if labels is not None and tracks is None:
        raise InputError("--labels without --tracks; allowed: with --tracks, whose participants' values it holds")
    with terminal_progress() as progress:
        if named is not None:
            made = simulate_from(out, named_set(named), workers=workers, progress=progress)
        elif tracks is not None:
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
