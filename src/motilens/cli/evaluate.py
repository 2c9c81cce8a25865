"""``motilens evaluate``: compares methods by participant, on the same videos in the same folds."""

from pathlib import Path
from typing import Annotated

import typer

from motilens.cli.settings import (
    AcceleratorOption,
    BackboneOption,
    DeinterlaceOption,
    DevicesOption,
    ExcludeOption,
    FpsOption,
    LoaderWorkersOption,
    PrecisionOption,
    PresetOption,
    SetOption,
    SizeOption,
    StacksOption,
    StrategyOption,
    StreamOption,
    UmPerPxOption,
    WeightsOption,
    WorkersOption,
    overrides_of,
    reading_of,
    runtime_of,
    separated,
)
from motilens.config import PROTOCOLS, TARGETS, Protocol


def evaluate(
    data: Annotated[Path, typer.Argument(help="A folder in VISEM's format: videos and tables.")],
    out: Annotated[Path, typer.Option("--out", help="Folder of the run. The same command continues it.")],
    methods: Annotated[
        list[str],
        typer.Option(
            "--methods",
            help="Names of methods, separated by commas or by repeating the option. `all`, `cheap` and `costly` stand "
            "for groups of methods. An unknown name gives an error that lists all names.",
        ),
    ] = ["all"],  # noqa: B006
    targets: Annotated[
        list[str],
        typer.Option("--targets", help="What to predict: motility, morphology, or both, separated by commas."),
    ] = list(TARGETS),  # noqa: B006
    protocol: Annotated[
        Protocol,
        typer.Option(
            help=f"Protocol of the evaluation: {', '.join(PROTOCOLS)}. `repeated` is `as-described` over several "
            "draws of the folds."
        ),
    ] = "as-described",
    repeats: Annotated[
        int, typer.Option(min=1, help="With `--protocol repeated`: number of draws of the folds for cheap methods.")
    ] = 3,
    costly_repeats: Annotated[
        int, typer.Option(min=1, help="With `--protocol repeated`: number of draws of the folds for costly methods.")
    ] = 1,
    submission: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=FILE",
            help="Predictions of a method of your own: its name, and a CSV file made with `--submit-format` and filled "
            "in. Can be repeated.",
        ),
    ] = None,
    submit_format: Annotated[
        Path | None,
        typer.Option(help="Write the CSV file that `--submission` takes, with the predictions left empty, and exit."),
    ] = None,
    um_per_px: UmPerPxOption = None,
    fps: FpsOption = None,
    stream: StreamOption = None,
    deinterlace: DeinterlaceOption = False,
    folds: Annotated[
        str | None,
        typer.Option(
            help="Folds of the first draw: `made` for a stratified random draw, `goh2022` for the published split, or "
            "a fold file. Default: the folders fold_1, fold_2, ... if the data has them, otherwise `made`."
        ),
    ] = None,
    preset: PresetOption = "benchmark",
    backbone: BackboneOption = None,
    weights: WeightsOption = None,
    stacks: StacksOption = None,
    size: SizeOption = None,
    set_: SetOption = None,
    exclude: ExcludeOption = None,
    seed: Annotated[int, typer.Option(min=0, help="Random seed of the folds and of all fits.")] = 0,
    keep_models: Annotated[
        bool, typer.Option("--keep-models", help="Save the model of every job in the run's folder.")
    ] = False,
    workers: WorkersOption = None,
    loader_workers: LoaderWorkersOption = 0,
    accelerator: AcceleratorOption = "cpu",
    devices: DevicesOption = 1,
    precision: PrecisionOption = "32-true",
    strategy: StrategyOption = "auto",
) -> None:
    """Compare methods by participant: errors with intervals, paired differences and cost.

    All methods have the same folds and receive the recordings and labels of the training participants only. The
    result is written to result.json in the run's folder; report.html and the tables are made from it.
    """
    from typing import cast

    from motilens.cli.console import terminal_progress
    from motilens.config import Target
    from motilens.evaluation.request import EvaluationRequest, named_files
    from motilens.evaluation.run import evaluate as run
    from motilens.evaluation.run import write_submit_format
    from motilens.report.write import write_report

    request = EvaluationRequest(
        data=data,
        out=out,
        methods=separated(methods),
        targets=cast(tuple[Target, ...], separated(targets, allowed=TARGETS, option="--targets")),
        protocol=protocol,
        repeats=repeats if protocol == "repeated" else 1,
        costly_repeats=min(costly_repeats, repeats) if protocol == "repeated" else 1,
        submissions=named_files(submission or ()),
        preset=preset,
        overrides=overrides_of(backbone=backbone, weights=weights, stacks=stacks, size=size, others=set_),
        um_per_px=um_per_px,
        reading=reading_of(fps, stream, deinterlace),
        folds=folds,
        exclude=tuple(exclude or ()),
        seed=seed,
        keep_models=keep_models,
    )
    runtime = runtime_of(accelerator, devices, precision, strategy, loader_workers)
    with terminal_progress() as progress:
        if submit_format is not None:
            write_submit_format(request, submit_format, workers=workers, progress=progress)
            typer.echo(f"wrote {submit_format}")
            return
        result = run(request, runtime=runtime, workers=workers, progress=progress)
    written = write_report(out, result)
    typer.echo(written.markdown)
    typer.echo(f"report: {written.page}")
