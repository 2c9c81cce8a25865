"""``motilens predict``: predicts percentages for new videos."""

from pathlib import Path
from typing import Annotated

import typer

from motilens.cli.settings import (
    DeinterlaceOption,
    FpsOption,
    ListPassedOverOption,
    ModelOption,
    StreamOption,
    TargetOption,
    UmPerPxOption,
    reading_of,
)
from motilens.cli.summary import close, say_passed_over


def predict(
    paths: Annotated[list[Path], typer.Argument(help="Videos, or folders of videos.")],
    out: Annotated[Path, typer.Option("--out", help="The file to write, FILE.json or FILE.csv.")],
    model: ModelOption = "builtin",
    target: TargetOption = None,
    um_per_px: UmPerPxOption = None,
    concentration: Annotated[
        float | None,
        typer.Option(help="Concentration in the laboratory's table, in 10^6 cells per mL, for models that need it."),
    ] = None,
    stacks: Annotated[
        int | None, typer.Option("--stacks", min=1, help="Number of stacks to use instead of the model's own.")
    ] = None,
    force_slow: Annotated[
        bool, typer.Option("--force-slow", help="Use videos even if their frame rate is too low.")
    ] = False,
    fps: FpsOption = None,
    stream: StreamOption = None,
    deinterlace: DeinterlaceOption = False,
    list_passed_over: ListPassedOverOption = False,
) -> None:
    """Predict percentages for videos: one line for each, or the reason why it could not be used.

    The file is written after each video. The exit code is 3 if a video was left out.
    """
    from motilens.cli.console import terminal_progress
    from motilens.prediction.predict import check_out, predict_videos
    from motilens.predictors.builtin import open_model
    from motilens.video.source import find_videos

    check_out(out)
    loaded = open_model(model, target)
    found = find_videos(paths, reading_of(fps, stream, deinterlace))
    with terminal_progress() as progress:
        lines = predict_videos(
            found,
            loaded,
            out=out,
            um_per_px=um_per_px,
            concentration=concentration,
            stacks=stacks,
            force_slow=force_slow,
            progress=progress,
        )
    say_passed_over(found.passed_over, all_of_them=list_passed_over)
    for line in lines:
        if line.predicted_pct is None:
            typer.echo(f"{line.video}: left out: {line.left_out}")
        else:
            parts = [f"{name} {value:.1f} %" for name, value in zip(line.names, line.predicted_pct, strict=True)]
            based_on = f"{line.parts} {line.part}{'s' * (line.parts != 1)}"
            if line.cells_counted is not None:
                based_on += f", {line.cells_counted:.0f} cells counted"
            if line.survey == "sparse":
                based_on += ", sparse survey"
            what = f"{', '.join(parts)} ({based_on})"
            typer.echo("; ".join([f"{line.video}: {what}", *line.problems]))
    typer.echo("Research use: not a diagnosis.")
    left_out = sum(line.predicted_pct is None for line in lines)
    close(f"{len(lines)} line{'s' * (len(lines) != 1)} in {out}", videos=len(lines), left_out=left_out)
