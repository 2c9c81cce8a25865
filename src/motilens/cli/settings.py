"""Options that several commands share, and those that are short for a setting."""

from typing import Annotated

import typer

from motilens.config import PRESETS, PresetName, Step1Name

PresetOption = Annotated[PresetName, typer.Option(help=f"Settings: {', '.join(PRESETS)} (for a GPU: paper).")]
Step1Option = Annotated[Step1Name | None, typer.Option(help="Another autoencoder than the preset's.")]
BackboneOption = Annotated[str | None, typer.Option(help="Another timm model than the preset's.")]
WeightsOption = Annotated[str | None, typer.Option(help="imagenet, package, none, or a weight file.")]
StacksOption = Annotated[int | None, typer.Option("--stacks", min=1, help="Stacks a video.")]
SizeOption = Annotated[int | None, typer.Option("--size", min=16, help="Size of the stacks in pixels.")]
SetOption = Annotated[
    list[str] | None, typer.Option("--set", help="Any other setting, such as autoencoder.epochs=40; repeat.")
]
ExcludeOption = Annotated[list[str] | None, typer.Option("--exclude", help="A participant to leave out; repeat.")]
WorkersOption = Annotated[int | None, typer.Option(min=1, help="Processes that extract videos; one a core.")]
LoaderWorkersOption = Annotated[int, typer.Option(min=0, help="Processes that read batches.")]
AcceleratorOption = Annotated[str, typer.Option(help="auto, cpu or gpu.")]


def settings_of(
    *, backbone: str | None, weights: str | None, stacks: int | None, size: int | None, others: list[str] | None
) -> tuple[str, ...]:
    """Settings as ``config.changed`` takes them, those not given left out; ``--set`` comes last and wins."""
    named = {
        "regressor.backbone": backbone,
        "regressor.weights": weights,
        "stacks.stacks_per_video": stacks,
        "stacks.size_px": size,
    }
    return (*(f"{name}={value}" for name, value in named.items() if value is not None), *(others or ()))
