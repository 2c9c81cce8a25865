from pathlib import Path
from typing import Annotated

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from motilens.cli.multivalue import several, spread_values
from motilens.config import INPUT_TYPES, TARGETS

ALLOWED = {"--inputs": INPUT_TYPES, "--targets": TARGETS}

app = typer.Typer()


@app.callback()
def _group() -> None: ...


@app.command(cls=several(inputs=INPUT_TYPES, targets=TARGETS))
def crossval(
    data: Path,
    inputs: Annotated[list[str], typer.Option()] = list(INPUT_TYPES),  # noqa: B006 - Typer copies it
    targets: Annotated[list[str], typer.Option()] = ["motility"],  # noqa: B006
    out: Annotated[Path, typer.Option()] = Path("runs"),
) -> None:
    typer.echo(f"data {data}; inputs {' '.join(inputs)}; targets {' '.join(targets)}; out {out}")


def said(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["crossval", *arguments])
    assert result.exit_code == 0, result.output
    return result.output.strip()


def refused(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["crossval", *arguments], env={"COLUMNS": "200"})
    assert result.exit_code == 2, result.output
    return result.output


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("D --inputs I1 --targets motility morphology", "data D; inputs I1; targets motility morphology; out runs"),
        ("--inputs I1 I4 DATA", "data DATA; inputs I1 I4; targets motility; out runs"),
        ("--inputs I1 --inputs I3 I4 DATA --out x", "data DATA; inputs I1 I3 I4; targets motility; out x"),
        ("--inputs=I1 I4 DATA", "data DATA; inputs I1 I4; targets motility; out runs"),
        ("--inputs I1 ./I4", "data I4; inputs I1; targets motility; out runs"),
        ("--inputs I1 -- I4", "data I4; inputs I1; targets motility; out runs"),
        ("--inputs I1 --out I4 DATA", "data DATA; inputs I1; targets motility; out I4"),
        ("DATA", "data DATA; inputs I1 I2 I3 I4; targets motility; out runs"),
    ],
)  # fmt: skip
def test_values_in_a_row_are_taken_and_the_rest_left_alone(arguments: str, expected: str) -> None:
    assert said(*arguments.split()) == expected


@pytest.mark.parametrize(
    "arguments", ["DATA --inputs I5", "DATA --inputs I1 I5", "--inputs I1 I5 DATA", "DATA --inputs=I5"]
)
def test_a_wrong_value_names_the_allowed_ones(arguments: str) -> None:
    assert "Invalid value for '--inputs': 'I5' is not one of 'I1', 'I2', 'I3', 'I4'." in refused(*arguments.split())


def test_an_option_without_a_value_is_a_usage_error() -> None:
    assert "requires an argument" in refused("DATA", "--inputs")


def test_surplus_arguments_elsewhere_keep_the_usual_error() -> None:
    assert "unexpected extra argument" in refused("DATA", "MORE")


def test_help_shows_the_allowed_values() -> None:
    result = CliRunner().invoke(app, ["crossval", "--help"], env={"COLUMNS": "200"})
    assert "[I1|I2|I3|I4]..." in result.output


def test_a_name_that_is_no_parameter_is_a_defect_of_the_command() -> None:
    other = typer.Typer()
    other.command(cls=several(colours=("red",)))(crossval)
    with pytest.raises(TypeError, match="no parameter 'colours'; it has data"):
        CliRunner().invoke(other, ["DATA"], catch_exceptions=False)


@given(st.lists(st.sampled_from(["DATA", "--out", "x", "--inputs", "I1", "I4", "--targets", "motility"])))
def test_rewriting_twice_is_rewriting_once(tokens: list[str]) -> None:
    try:
        once, _ = spread_values(tokens, ALLOWED)
    except typer.BadParameter:
        return
    assert spread_values(once, ALLOWED)[0] == once
    assert [token for token in once if token not in ALLOWED] == [token for token in tokens if token not in ALLOWED]
