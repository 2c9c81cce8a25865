"""``motilens train``: a model for new videos."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from motilens.cli.settings import (
    AcceleratorOption,
    BackboneOption,
    ExcludeOption,
    LoaderWorkersOption,
    PresetOption,
    SetOption,
    SizeOption,
    StacksOption,
    Step1Option,
    WeightsOption,
    WorkersOption,
    settings_of,
)
from motilens.config import INPUT_TYPES, InputType


def train(
    data: Annotated[Path, typer.Argument(help="Folder in VISEM's format: videos and tables.")],
    out: Annotated[Path, typer.Option("--out", help="The model: a folder.")],
    input_type: Annotated[InputType, typer.Option("--input", help=f"Stacks: {', '.join(INPUT_TYPES)}.")] = "I4",
    target: Annotated[
        Literal["motility", "morphology", "none"],
        typer.Option("--target", help="What to predict; none makes feature-images only."),
    ] = "motility",
    preset: PresetOption = "cpu",
    step1: Step1Option = None,
    backbone: BackboneOption = None,
    weights: WeightsOption = None,
    stacks: StacksOption = None,
    size: SizeOption = None,
    set_: SetOption = None,
    exclude: ExcludeOption = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the inner split and the trainings.")] = 0,
    workers: WorkersOption = None,
    loader_workers: LoaderWorkersOption = 0,
    accelerator: AcceleratorOption = "auto",
) -> None:
    """Train on all participants of a data set and write a model that `motilens predict` and `features` use."""
    from motilens.cli.console import terminal_progress
    from motilens.config import changed
    from motilens.config import preset as settings
    from motilens.training.final import TrainRequest, train_model
    from motilens.training.runtime import Runtime

    pipeline = changed(
        settings(preset, input_type, step1=step1, seed=seed),
        *settings_of(backbone=backbone, weights=weights, stacks=stacks, size=size, others=set_),
    )
    request = TrainRequest(data, out, pipeline, None if target == "none" else target, tuple(exclude or ()))
    with terminal_progress() as progress:
        card = train_model(request, runtime=Runtime(accelerator, loader_workers), workers=workers, progress=progress)
    typer.echo(f"{out}: {input_type}, {target}, {card.provenance['participants']} participants; use it with:")
    typer.echo(
        f"  motilens predict VIDEO --model {out} --out predictions.csv"
        if target != "none"
        else f"  motilens features VIDEO --model {out} --out DIR"
    )
