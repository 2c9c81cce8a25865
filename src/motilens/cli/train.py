"""``motilens train``: trains a model for new videos, by any method."""

from pathlib import Path
from typing import Annotated, Literal

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
)


def train(
    data: Annotated[Path, typer.Argument(help="A folder in VISEM's format: videos and tables.")],
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            help="Folder of the model to write. A model of the same method and target that is there is replaced.",
        ),
    ],
    method: Annotated[
        str,
        typer.Option(
            "--method",
            help="Name of a method of `motilens evaluate`. An unknown name gives an error that lists all names.",
        ),
    ] = "stable-I4",
    target: Annotated[
        Literal["motility", "morphology", "none"],
        typer.Option("--target", help="What to predict. With `none` only what makes feature-images is trained."),
    ] = "motility",
    um_per_px: UmPerPxOption = None,
    fps: FpsOption = None,
    stream: StreamOption = None,
    deinterlace: DeinterlaceOption = False,
    preset: PresetOption = "cpu",
    backbone: BackboneOption = None,
    weights: WeightsOption = None,
    stacks: StacksOption = None,
    size: SizeOption = None,
    set_: SetOption = None,
    exclude: ExcludeOption = None,
    seed: Annotated[int, typer.Option(min=0, help="Random seed of the inner split and of training.")] = 0,
    workers: WorkersOption = None,
    loader_workers: LoaderWorkersOption = 0,
    accelerator: AcceleratorOption = "auto",
    devices: DevicesOption = 1,
    precision: PrecisionOption = "32-true",
    strategy: StrategyOption = "auto",
) -> None:
    """Train a method on all participants of a data set and write a model that `motilens predict` uses.

    The same command continues an interrupted training.
    """
    from motilens.cli.console import terminal_progress
    from motilens.methods.train import TrainRequest
    from motilens.methods.train import train as run

    request = TrainRequest(
        data=data,
        out=out,
        method=method,
        target=None if target == "none" else target,
        preset=preset,
        overrides=overrides_of(backbone=backbone, weights=weights, stacks=stacks, size=size, others=set_),
        um_per_px=um_per_px,
        reading=reading_of(fps, stream, deinterlace),
        exclude=tuple(exclude or ()),
        seed=seed,
    )
    runtime = runtime_of(accelerator, devices, precision, strategy, loader_workers)
    with terminal_progress() as progress:
        predictor = run(request, runtime=runtime, workers=workers, progress=progress)
    participants = predictor.origin.data["participants"]
    typer.echo(f"{out}: {method}, {target}, {participants} participants; use it with:")
    needs = " --um-per-px X" if "tracks" in predictor.needs else ""
    needs += " --concentration X" if "concentration" in predictor.needs else ""
    typer.echo(
        f"  motilens predict VIDEO --model {out}{needs} --out predictions.csv"
        if target != "none"
        else f"  motilens features VIDEO --model {out} --out FOLDER"
    )
