"""``motilens crossval``: the cross-validated table."""

from pathlib import Path
from typing import Annotated

import typer

from motilens.config import INPUT_TYPES, PRESETS, PROTOCOLS, TARGETS, PresetName, Protocol, Step1Name


def crossval(
    data: Annotated[Path, typer.Argument(help="Folder in VISEM's format: videos and tables.")],
    out: Annotated[Path, typer.Option("--out", help="Folder of the run; the same command goes on with it.")],
    inputs: Annotated[list[str], typer.Option("--inputs", help="Stacks to compare.")] = list(INPUT_TYPES),  # noqa: B006
    targets: Annotated[list[str], typer.Option("--targets", help="What to predict.")] = list(TARGETS),  # noqa: B006
    protocol: Annotated[Protocol, typer.Option(help=f"How to evaluate: {' or '.join(PROTOCOLS)}.")] = "as-described",
    preset: Annotated[PresetName, typer.Option(help=f"Settings: {', '.join(PRESETS)} (for a GPU: paper).")] = "cpu",
    step1: Annotated[Step1Name | None, typer.Option(help="Another autoencoder than the preset's.")] = None,
    backbone: Annotated[str | None, typer.Option(help="Another timm model than the preset's.")] = None,
    weights: Annotated[str | None, typer.Option(help="imagenet, package, none, or a weight file.")] = None,
    stacks: Annotated[int | None, typer.Option("--stacks", min=1, help="Stacks a video.")] = None,
    size: Annotated[int | None, typer.Option("--size", min=16, help="Size of the stacks in pixels.")] = None,
    folds: Annotated[str | None, typer.Option(help="made, goh2022, or a fold file; fold folders if there are.")] = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="Any other setting, such as autoencoder.epochs=40; repeat.")
    ] = None,
    exclude: Annotated[list[str] | None, typer.Option("--exclude", help="A participant to leave out; repeat.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of folds and trainings.")] = 0,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes that extract videos; one a core.")] = None,
    loader_workers: Annotated[int, typer.Option(min=0, help="Processes that read batches.")] = 0,
    accelerator: Annotated[str, typer.Option(help="auto, cpu or gpu.")] = "auto",
) -> None:
    """Cross-validate by participant: MAE with intervals, honest baselines beside every model."""
    from typing import cast

    from motilens.cli.console import terminal_progress
    from motilens.cli.settings import settings_of
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
