import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
import typer

import motilens
from motilens.cli.main import app, main
from motilens.errors import MissingError


@pytest.fixture
def failing() -> Iterator[None]:
    """Commands that fail in each way there is."""
    before = list(app.registered_commands)

    @app.command()
    def lose(what: str) -> None:
        raise MissingError(f"no such file {what};\nallowed: one that exists")

    @app.command()
    def stop() -> None:
        raise KeyboardInterrupt

    @app.command("break")
    def break_() -> None:
        raise ZeroDivisionError("a defect")

    yield
    app.registered_commands[:] = before


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"motilens {motilens.__version__}\n"


@pytest.mark.usefixtures("failing")
def test_our_errors_are_one_line_and_exit_code_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lose", "x.avi"]) == 1
    said = capsys.readouterr()
    assert said.err == "motilens: error: no such file x.avi; allowed: one that exists\n"
    assert said.out == ""


@pytest.mark.usefixtures("failing")
@pytest.mark.parametrize("arguments", [["--debug", "lose", "x"], ["lose", "--debug", "x"], ["lose", "x", "--debug"]])
def test_debug_anywhere_keeps_the_traceback(arguments: list[str]) -> None:
    with pytest.raises(MissingError, match="no such file x"):
        main(arguments)


@pytest.mark.usefixtures("failing")
def test_debug_after_two_dashes_is_an_argument(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lose", "--", "--debug"]) == 1
    assert "no such file --debug" in capsys.readouterr().err


@pytest.mark.usefixtures("failing")
def test_the_keyboard_stops_with_one_line_and_exit_code_130(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["stop"]) == 130
    assert capsys.readouterr().err == "motilens: stopped from the keyboard\n"


@pytest.mark.usefixtures("failing")
def test_a_defect_keeps_its_traceback() -> None:
    with pytest.raises(ZeroDivisionError, match="a defect"):
        main(["break"])


@pytest.mark.parametrize("arguments", [["no-such-command"], ["--no-such-option"], []])
def test_wrong_use_is_exit_code_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert "Usage: motilens" in "".join(capsys.readouterr())


def test_help_comes_at_once() -> None:
    assert min(processor_seconds_of_help() for _ in range(3)) < 2.0


def processor_seconds_of_help() -> float:
    """Not by the clock: other tests run at the same time."""
    before = os.times()
    subprocess.run([sys.executable, "-m", "motilens.cli.main", "--help"], check=True, capture_output=True)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def test_every_command_is_registered_under_its_modules_name() -> None:
    group = typer.main.get_command(app)
    for name, command in group.commands.items():  # pyright: ignore[reportAttributeAccessIssue]
        assert command.callback.__module__ == f"motilens.cli.{name.replace('-', '_')}"
