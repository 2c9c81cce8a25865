"""``motilens predict``: percentages for new videos."""

from pathlib import Path
from typing import Annotated

import typer


def predict(
    paths: Annotated[list[Path], typer.Argument(help="Videos, or folders of videos.")],
    model: Annotated[Path, typer.Option("--model", help="A model made by `motilens train`.")],
    out: Annotated[Path, typer.Option("--out", help="Where the lines go: FILE.json or FILE.csv.")],
    stacks: Annotated[
        int | None, typer.Option("--stacks", min=1, help="Stacks instead of the model's own number.")
    ] = None,
    force_slow: Annotated[bool, typer.Option("--force-slow", help="Take videos with too few frames a second.")] = False,
) -> None:
    """Predict percentages: one line a video, the ones that could not be read included with the reason."""
    from motilens.cli.console import terminal_progress
    from motilens.models.bundle import load_bundle
    from motilens.prediction.predict import check_ending, predict_all, write_predictions

    check_ending(out)
    bundle = load_bundle(model)
    with terminal_progress() as progress:
        lines = predict_all(paths, bundle, stacks=stacks, force_slow=force_slow, progress=progress)
    write_predictions(out, lines)
    for line in lines:
        if line.predicted_pct is None:
            typer.echo(f"{line.video}: left out: {line.left_out}")
        else:
            parts = [f"{name} {value:.1f} %" for name, value in zip(line.names, line.predicted_pct, strict=True)]
            typer.echo(f"{line.video}: {', '.join(parts)} ({line.stacks_used} stacks)")
    typer.echo(f"{len(lines)} videos in, {len(lines)} lines in {out}. Research use: not a diagnosis.")
