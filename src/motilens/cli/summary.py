"""The last line of commands that take several videos, and their exit code."""

from collections.abc import Sequence

import typer

_SHOWN = 3

SOME_LEFT_OUT = 3
"""Exit code of a command that wrote its result without some of the videos."""


def say_passed_over(names: Sequence[str], *, all_of_them: bool) -> None:
    """Print how many files of a folder are not videos, and some of their names or all.

    Args:
        names: the files.
        all_of_them: whether to list all.
    """
    if not names:
        return
    shown = names if all_of_them else names[:_SHOWN]
    more = ", ..." if len(shown) < len(names) else ""
    hint = "; list all with --list-passed-over" if more else ""
    file = "1 file that is not a video was" if len(names) == 1 else f"{len(names)} files that are not videos were"
    typer.echo(f"{file} passed over: {', '.join(shown)}{more}{hint}")


def close(result: str, *, videos: int, left_out: int) -> None:
    """Print how many videos there were and how many were left out; the exit code is 3 if any was.

    Args:
        result: what was made of the videos, such as ``3 lines in out.csv``.
        videos: number of videos given.
        left_out: number of those that could not be used.

    Raises:
        typer.Exit: a video was left out.
    """
    typer.echo(f"{videos} video{'s' * (videos != 1)}, {left_out or 'none'} left out; {result}.")
    if left_out:
        raise typer.Exit(SOME_LEFT_OUT)
