"""``motilens train-counters``: trains the networks that count cells, on simulated cells."""

from pathlib import Path
from typing import Annotated

import typer

from motilens.cli.settings import (
    AcceleratorOption,
    DevicesOption,
    LoaderWorkersOption,
    PrecisionOption,
    StrategyOption,
    WorkersOption,
    runtime_of,
)


def train_counters(
    out: Annotated[Path, typer.Option("--out", help="Folder of the networks, and of the stacks they are trained on.")],
    seed: Annotated[int, typer.Option(min=0, help="Random seed of the simulation and of training.")] = 0,
    videos: Annotated[int, typer.Option(min=20, help="Number of short videos to simulate.")] = 1200,
    steps: Annotated[
        int | None, typer.Option(min=1, help="Training steps of each network instead of the built-in model's.")
    ] = None,
    onnx: Annotated[bool, typer.Option(help="Write ONNX files, too; needs motilens[onnx].")] = False,
    workers: WorkersOption = None,
    loader_workers: LoaderWorkersOption = 0,
    accelerator: AcceleratorOption = "auto",
    devices: DevicesOption = 1,
    precision: PrecisionOption = "32-true",
    strategy: StrategyOption = "auto",
) -> None:
    """Train the networks that count cells, on simulated cells whose place and class are known.

    The package has such networks already. The same command continues after an interruption. Use the result with
    `--set counting.weights=FOLDER`.
    """
    from motilens.cli.console import terminal_progress
    from motilens.config import CounterTrainingConfig, Target, counter_training
    from motilens.methods.train_counters import TARGETS, CounterRequest
    from motilens.methods.train_counters import train_counters as run

    training: dict[Target, CounterTrainingConfig] = {
        target: config if steps is None else config.model_copy(update={"steps": steps})
        for target in TARGETS
        for config in (counter_training(target),)
    }
    request = CounterRequest(out=out, seed=seed, videos=videos, training=training, onnx=onnx)
    runtime = runtime_of(accelerator, devices, precision, strategy, loader_workers)
    with terminal_progress() as progress:
        model = run(request, runtime=runtime, workers=workers, progress=progress)
    typer.echo(f"{out}: {len(model.counters)} networks; what they can do is in {out / 'MODEL.md'}; use them with:")
    typer.echo(f"  motilens train DATA --method count-I4 --set counting.weights={out} --out MODEL")
