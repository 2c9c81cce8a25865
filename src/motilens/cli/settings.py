"""Options that several commands share, and short forms of single settings."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from motilens.config import PRESETS, PresetName, Target
from motilens.config.runtime import PrecisionName, StrategyName

if TYPE_CHECKING:
    from motilens.config import ReadingConfig
    from motilens.training.runtime import Runtime

PresetOption = Annotated[
    PresetName, typer.Option(help=f"Name of a complete set of settings: {', '.join(PRESETS)}. `paper` needs a GPU.")
]
BackboneOption = Annotated[str | None, typer.Option(help="Name of a timm model to use instead of the preset's CNN.")]
WeightsOption = Annotated[
    str | None,
    typer.Option(
        help="Initial weights of the CNN: imagenet, package, none, or a weight file; `builtin` is for methods that "
        "count cells."
    ),
]
StacksOption = Annotated[int | None, typer.Option("--stacks", min=1, help="Number of stacks to cut from each video.")]
SizeOption = Annotated[int | None, typer.Option("--size", min=16, help="Height and width of the stacks in pixels.")]
SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="NAME=VALUE", help="Change any other setting, such as autoencoder.epochs=40. Can be repeated."
    ),
]
ExcludeOption = Annotated[
    list[str] | None, typer.Option("--exclude", help="ID of a participant to leave out. Can be repeated.")
]
ModelOption = Annotated[
    str,
    typer.Option(
        "--model",
        help="Folder of a model made by `motilens train`; or `builtin`, the model that comes with motilens and counts "
        "cells.",
    ),
]

TargetOption = Annotated[
    Target | None,
    typer.Option("--target", help="What the model predicts, as a check. The built-in model predicts motility only."),
]

UmPerPxOption = Annotated[
    float | None,
    typer.Option(
        "--um-per-px",
        help="Width of a pixel in micrometres. Methods that use tracks need it if the data lacks it; for counts of "
        "cells it is then estimated from the heads, which is inexact.",
    ),
]
FpsOption = Annotated[
    float | None,
    typer.Option(
        "--fps", help="True frame rate of the camera, if the file's is wrong or missing. It applies to all videos."
    ),
]
StreamOption = Annotated[
    int | None,
    typer.Option("--stream", min=0, help="Number of the video stream in the file. Default: the best one."),
]
ListPassedOverOption = Annotated[
    bool, typer.Option("--list-passed-over", help="List every file in the given folders that is not a video.")
]
DeinterlaceOption = Annotated[
    bool,
    typer.Option("--deinterlace", help="Make two frames of each interlaced one, so that 25 frames a second become 50."),
]
WorkersOption = Annotated[
    int | None, typer.Option(min=1, help="Number of parallel processes. Default: one for each processor core.")
]
LoaderWorkersOption = Annotated[int, typer.Option(min=0, help="Number of processes that read batches during training.")]
AcceleratorOption = Annotated[
    str, typer.Option(help="Where networks train: `auto`, `cpu`, `gpu`, or any other accelerator of Lightning Fabric.")
]
DevicesOption = Annotated[int, typer.Option(min=1, help="Number of devices of the accelerator to train on.")]
PrecisionOption = Annotated[
    PrecisionName, typer.Option(help="Floating-point precision of training, as Lightning Fabric names it.")
]
StrategyOption = Annotated[
    StrategyName,
    typer.Option(
        help="How several devices share each batch, as Lightning Fabric names it: one process for each device (`ddp`), "
        "or one for all (`dp`)."
    ),
]


def separated(values: Sequence[str], *, allowed: Sequence[str] | None = None, option: str = "") -> tuple[str, ...]:
    """Values of an option that can be repeated or given as one list separated by commas.

    Raises:
        InputError: a value that is not allowed.
    """
    from motilens.errors import InputError

    found = tuple(part.strip() for value in values for part in value.split(",") if part.strip())
    if allowed is not None and (strangers := [value for value in found if value not in allowed]):
        raise InputError(f"{option} got {', '.join(strangers)}; allowed: {', '.join(allowed)}")
    return found


def overrides_of(
    *, backbone: str | None, weights: str | None, stacks: int | None, size: int | None, others: list[str] | None
) -> tuple[str, ...]:
    """Settings as ``config.with_overrides`` takes them, without those not given; ``--set`` comes last and wins."""
    named = {
        "regressor.backbone": backbone,
        "counting.weights" if weights == "builtin" else "regressor.weights": weights,
        "stacks.stacks_per_video": stacks,
        "counting.stacks_per_video": stacks,
        "stacks.size_px": size,
    }
    return (*(f"{name}={value}" for name, value in named.items() if value is not None), *(others or ()))


def reading_of(fps: float | None, stream: int | None, deinterlace: bool) -> "ReadingConfig":
    """How videos are read.

    Raises:
        InputError: a frame rate that is not above 0.
    """
    from motilens.config import ReadingConfig
    from motilens.errors import InputError

    if fps is not None and not 0 < fps < float("inf"):
        raise InputError(f"--fps is {fps:g}; allowed: above 0")
    return ReadingConfig(fps_hz=fps, stream=stream, deinterlace=deinterlace)


def runtime_of(accelerator: str, devices: int, precision: str, strategy: str, loader_workers: int) -> "Runtime":
    """Where a training runs.

    Raises:
        InputError: a value that Lightning Fabric refuses, or devices that this machine lacks: now, not after hours.
    """
    from motilens.training.runtime import Runtime

    runtime = Runtime(accelerator, devices, precision, strategy, loader_workers)
    runtime.fabric()
    return runtime
