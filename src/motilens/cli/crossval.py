"""``motilens crossval``: the cross-validated table."""

from pathlib import Path
from typing import Annotated

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
from motilens.config import INPUT_TYPES, PROTOCOLS, TARGETS, Protocol


def crossval(
    data: Annotated[Path, typer.Argument(help="Folder in VISEM's format: videos and tables.")],
    out: Annotated[Path, typer.Option("--out", help="Folder of the run; the same command goes on with it.")],
    inputs: Annotated[list[str], typer.Option("--inputs", help="Stacks to compare.")] = list(INPUT_TYPES),  # noqa: B006
    targets: Annotated[list[str], typer.Option("--targets", help="What to predict.")] = list(TARGETS),  # noqa: B006
    protocol: Annotated[Protocol, typer.Option(help=f"How to evaluate: {' or '.join(PROTOCOLS)}.")] = "as-described",
    preset: PresetOption = "cpu",
    step1: Step1Option = None,
    backbone: BackboneOption = None,
    weights: WeightsOption = None,
    stacks: StacksOption = None,
    size: SizeOption = None,
    folds: Annotated[str | None, typer.Option(help="made, goh2022, or a fold file; fold folders if there are.")] = None,
    set_: SetOption = None,
    exclude: ExcludeOption = None,
    seed: Annotated[int, typer.Option(min=0, help="Of folds and trainings.")] = 0,
    workers: WorkersOption = None,
    loader_workers: LoaderWorkersOption = 0,
    accelerator: AcceleratorOption = "auto",
) -> None:
    """Cross-validate by participant: MAE with intervals, honest baselines beside every model."""
    from typing import cast

    from motilens.cli.console import terminal_progress
    from motilens.config import InputType, Target
    from motilens.evaluation.crossval import cross_validate
    from motilens.evaluation.request import CrossValRequest
    from motilens.report.write import write_report
    from motilens.training.runtime import Runtime

    request = CrossValRequest(
        data=data,
        out=out,
        inputs=cast(tuple[InputType, ...], tuple(inputs)),
        targets=cast(tuple[Target, ...], tuple(targets)),
        protocol=protocol,
        preset=preset,
        step1=step1,
        settings=settings_of(backbone=backbone, weights=weights, stacks=stacks, size=size, others=set_),
        folds=folds,
        exclude=tuple(exclude or ()),
        seed=seed,
    )
    with terminal_progress() as progress:
        result = cross_validate(
            request, runtime=Runtime(accelerator, loader_workers), workers=workers, progress=progress
        )
    typer.echo(write_report(out, result).markdown)
