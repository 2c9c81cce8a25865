"""``motilens features``: writes a video's feature-images as pictures and arrays."""

from pathlib import Path
from typing import Annotated

import typer

from motilens.cli.settings import (
    DeinterlaceOption,
    FpsOption,
    ModelOption,
    StreamOption,
    TargetOption,
    UmPerPxOption,
    reading_of,
)


def features(
    video: Annotated[Path, typer.Argument(help="A video file in any codec that FFmpeg decodes.")],
    out: Annotated[Path, typer.Option("--out", help="Folder to write: pictures, arrays and an animated overview.")],
    model: ModelOption = "builtin",
    target: TargetOption = None,
    stacks: Annotated[
        int | None, typer.Option("--stacks", min=1, help="Number of stacks to use instead of the model's own.")
    ] = None,
    force_slow: Annotated[
        bool, typer.Option("--force-slow", help="Use the video even if its frame rate is too low.")
    ] = False,
    um_per_px: UmPerPxOption = None,
    fps: FpsOption = None,
    stream: StreamOption = None,
    deinterlace: DeinterlaceOption = False,
) -> None:
    """Write the feature-images of a video as PNG pictures, as arrays for programs, and as an animated overview."""
    from motilens.cli.console import terminal_progress
    from motilens.prediction.feature_files import write_feature_files
    from motilens.predictors.builtin import open_model
    from motilens.video.source import VideoFile

    loaded = open_model(model, target)
    source = VideoFile.of(video, reading_of(fps, stream, deinterlace))
    with terminal_progress() as progress:
        files = write_feature_files(
            source, loaded, out, um_per_px=um_per_px, stacks=stacks, force_slow=force_slow, progress=progress
        )
    typer.echo(f"{len(files)} files in {out}; start with {out / 'overview.gif'}; scaling in {out / 'features.json'}")
