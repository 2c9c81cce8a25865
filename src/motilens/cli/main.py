"""The command ``motilens``: its subcommands, and how errors are shown.

An error that motilens raises on purpose gives one line on stderr and exit code 1, or the traceback with ``--debug``;
wrong use of the command line gives exit code 2; a result without some of the videos gives exit code 3 (``summary``); a
validation that is not passed gives exit code 4.
Any other exception is a bug in motilens and keeps its traceback. Characters that a terminal lacks are escaped.
Command modules import slow libraries (torch, zarr, matplotlib) inside their function, so that help appears at once.
"""

import io
import os
import sys
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

import motilens
from motilens.cli.evaluate import evaluate
from motilens.cli.extract import extract
from motilens.cli.features import features
from motilens.cli.inspect import inspect
from motilens.cli.predict import predict
from motilens.cli.report import report
from motilens.cli.simulate import SimulateCommand, simulate
from motilens.cli.track import track
from motilens.cli.train import train
from motilens.cli.train_counters import train_counters
from motilens.cli.validate import validate
from motilens.errors import MotilensError
from motilens.files import UNENCODABLE

STOPPED = 130
"""Exit code after Ctrl-C, as shells have it."""


class _Group(TyperGroup):
    """Takes ``--debug`` anywhere on the line, and turns errors into one line."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - Typer's context class is private
        ours = args[: args.index("--")] if "--" in args else args
        if "--debug" in ours:  # where it is typed: at the end of the line that has just failed
            args = ["--debug", *(word for word in ours if word != "--debug"), *args[len(ours) :]]
        return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - as above
        try:
            return super().invoke(ctx)
        except MotilensError as error:
            if ctx.params.get("debug"):
                raise
            typer.echo(f"motilens: error: {' '.join(str(error).split())}", err=True)
            raise typer.Exit(1) from error
        except UnicodeEncodeError as error:
            if ctx.params.get("debug"):
                raise
            typer.echo(
                f"motilens: error: {error.object[:200]!r} cannot be written as {error.encoding}; allowed: names of "
                "files and folders that are valid text; rename the file or folder",
                err=True,
            )
            raise typer.Exit(1) from error
        except KeyboardInterrupt as error:
            typer.echo("motilens: stopped from the keyboard", err=True)
            raise typer.Exit(STOPPED) from error


def _paragraphs(command: Callable[..., None]) -> str:
    """Join the lines of each paragraph of a docstring: Typer breaks the help where the source does, save the first."""
    return "\n\n".join(" ".join(part.split()) for part in (command.__doc__ or "").split("\n\n"))


app = typer.Typer(name="motilens", cls=_Group, no_args_is_help=True, pretty_exceptions_enable=False)


def _version(wanted: bool | None) -> bool:
    if wanted:
        typer.echo(f"motilens {motilens.__version__}")
        raise typer.Exit
    return False


@app.callback()
def _motilens(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the full traceback of an error.")] = False,
) -> None:
    """Predict how sperm cells move, and which defects they have, from microscope videos of semen.

    For research, not for diagnosis.
    """


app.command(cls=SimulateCommand, help=_paragraphs(simulate))(simulate)
for _command in (inspect, extract, track, evaluate, report, train, train_counters, predict, features, validate):
    app.command(help=_paragraphs(_command))(_command)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line.

    Args:
        arguments: what follows the program's name; those of this process if None.

    Returns:
        The exit code: 0 for success, 1 for an error shown in one line, 2 for wrong use of the command line, 3 for
        success with some videos left out, 4 for a validation that is not passed, 130 for Ctrl-C.
    """
    # Before PyTorch is imported: threads that wait for each other must not spin on cores that other programs need
    # (docs/decisions/0004-waiting-threads.md).
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=UNENCODABLE)  # a terminal that is not UTF-8, or a file name that is not
    try:
        app(args=None if arguments is None else list(arguments), prog_name="motilens")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0
