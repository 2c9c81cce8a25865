"""``motilens benchmark``: methods compared, same videos, same folds."""

from pathlib import Path
from typing import Annotated

import typer

from motilens.cli.settings import ExcludeOption, PresetOption, SetOption, WorkersOption
from motilens.config import TARGETS


def benchmark(
    data: Annotated[Path, typer.Argument(help="Folder in VISEM's format: videos and tables.")],
    out: Annotated[Path, typer.Option("--out", help="Folder of the run; the same command goes on with it.")],
    methods: Annotated[list[str], typer.Option("--methods", help="Methods; all, cheap, costly.")] = ["all"],  # noqa: B006
    targets: Annotated[list[str], typer.Option("--targets", help="What to predict.")] = list(TARGETS),  # noqa: B006
    repeats: Annotated[int, typer.Option(min=1, help="Three-fold draws for the cheap methods.")] = 3,
    costly_repeats: Annotated[int, typer.Option(min=1, help="And for the costly ones.")] = 1,
    submission: Annotated[
        list[str] | None, typer.Option(metavar="NAME=FILE", help="Answers of another method; repeat.")
    ] = None,
    submit_format: Annotated[
        Path | None,
        typer.Option(help="Only write a CSV of the folds with empty answers, for --submission, and stop."),
    ] = None,
    um_per_px: Annotated[float | None, typer.Option(help="Width of a pixel, where the data does not say.")] = None,
    folds: Annotated[str | None, typer.Option(help="Of the first repeat: as for crossval.")] = None,
    preset: PresetOption = "benchmark",
    set_: SetOption = None,
    exclude: ExcludeOption = None,
    seed: Annotated[int, typer.Option(min=0, help="Of folds and fits.")] = 0,
    workers: WorkersOption = None,
) -> None:
    """Compare methods by participant: errors with intervals, paired differences, cost.

    Every method has the same folds and is handed the labels of the training participants alone.
    """
    from typing import cast

    from motilens.cli.console import terminal_progress
    from motilens.config import Target
    from motilens.evaluation.benchmark.request import BenchmarkRequest, named_files
    from motilens.evaluation.benchmark.run import run_benchmark, write_submit_format
    from motilens.report.benchmark import write_benchmark

    request = BenchmarkRequest(
        data=data,
        out=out,
        methods=tuple(methods),
        targets=cast(tuple[Target, ...], tuple(targets)),
        repeats=repeats,
        costly_repeats=min(costly_repeats, repeats),
        submissions=named_files(submission or ()),
        preset=preset,
        settings=tuple(set_ or ()),
        um_per_px=um_per_px,
        folds=folds,
        exclude=tuple(exclude or ()),
        seed=seed,
    )
    with terminal_progress() as progress:
        if submit_format is not None:
            write_submit_format(request, submit_format, workers=workers, progress=progress)
            typer.echo(f"wrote {submit_format}")
            return
        result = run_benchmark(request, workers=workers, progress=progress)
    typer.echo(write_benchmark(out, result).markdown)
