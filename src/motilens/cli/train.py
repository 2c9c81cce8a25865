"""``motilens train``: a model for new videos."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from motilens.config import INPUT_TYPES, PRESETS, InputType, PresetName, Step1Name


def train(
    data: Annotated[Path, typer.Argument(help="Folder in VISEM's format: videos and tables.")],
    out: Annotated[Path, typer.Option("--out", help="The model: a folder.")],
    input_type: Annotated[InputType, typer.Option("--input", help=f"Stacks: {', '.join(INPUT_TYPES)}.")] = "I4",
    target: Annotated[
        Literal["motility", "morphology", "none"],
        typer.Option("--target", help="What to predict; none makes feature-images only."),
    ] = "motility",
    preset: Annotated[PresetName, typer.Option(help=f"Settings: {', '.join(PRESETS)} (for a GPU: paper).")] = "cpu",
    step1: Annotated[Step1Name | None, typer.Option(help="Another autoencoder than the preset's.")] = None,
    backbone: Annotated[str | None, typer.Option(help="Another timm model than the preset's.")] = None,
    weights: Annotated[str | None, typer.Option(help="imagenet, package, none, or a weight file.")] = None,
    stacks: Annotated[int | None, typer.Option("--stacks", min=1, help="Stacks a video.")] = None,
    size: Annotated[int | None, typer.Option("--size", min=16, help="Size of the stacks in pixels.")] = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="Any other setting, such as autoencoder.epochs=40; repeat.")
    ] = None,
    exclude: Annotated[list[str] | None, typer.Option("--exclude", help="A participant to leave out; repeat.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the inner split and the trainings.")] = 0,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes that extract videos; one a core.")] = None,
    loader_workers: Annotated[int, typer.Option(min=0, help="Processes that read batches.")] = 0,
    accelerator: Annotated[str, typer.Option(help="auto, cpu or gpu.")] = "auto",
) -> None:
    """Train on all participants of a data set and write a model that `motilens predict` and `features` use."""
    from motilens.cli.console import terminal_progress
    from motilens.cli.settings import settings_of
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
