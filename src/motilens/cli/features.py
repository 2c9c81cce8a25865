"""``motilens features``: a video's feature-images as pictures and arrays."""

from pathlib import Path
from typing import Annotated

import typer


def features(
    video: Annotated[Path, typer.Argument(help="A video of any codec.")],
    model: Annotated[
        Path,
        typer.Option(
            "--model", help="A model that makes images of stacks: of the methods paper-*, stable-*, moments, ..."
        ),
    ],
    out: Annotated[Path, typer.Option("--out", help="Folder for pictures, arrays and an animated overview.")],
    stacks: Annotated[
        int | None, typer.Option("--stacks", min=1, help="Stacks to use instead of the model's own number.")
    ] = None,
    force_slow: Annotated[
        bool, typer.Option("--force-slow", help="Take a video with too few frames a second all the same.")
    ] = False,
) -> None:
    """Turn a video into feature-images: PNG for the eye, arrays for programs, an animated overview."""
    from motilens.cli.console import terminal_progress
    from motilens.prediction.feature_files import write_feature_files
    from motilens.predictors.bundle import load_model

    loaded = load_model(model)
    with terminal_progress() as progress:
        files = write_feature_files(video, loaded, out, stacks=stacks, force_slow=force_slow, progress=progress)
    typer.echo(f"{len(files)} files in {out}; start with {out / 'overview.gif'}; scaling in {out / 'features.json'}")
