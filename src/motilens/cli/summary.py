"""The last line of commands that take several videos, and their exit code."""

import typer

SOME_LEFT_OUT = 3
"""Exit code of a command that wrote its result without some of the videos."""


def close(result: str, *, videos: int, left_out: int) -> None:
    """Print how many videos there were and how many were left out; the exit code is 3 if any was.

    Args:
        result: what was made of the videos, such as ``3 lines in out.csv``.
        videos: number of videos given.
        left_out: number of those that could not be used.

    Raises:
        typer.Exit: a video was left out.
    """
    typer.echo(f"{videos} video{'s' * (videos != 1)} in, {result}: {left_out or 'none'} left out.")
    if left_out:
        raise typer.Exit(SOME_LEFT_OUT)
