"""Options that take several values one after another: ``--inputs I1 I4 DATA``.

Typer's own way is to repeat the option. Here a word that follows such an option is taken as a further value as long as
it is one of the allowed ones; the first that is not ends the values and is read as usual, so DATA above stays the
argument. A folder that is really called ``I4`` can be given as ``./I4``.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import typer
from typer.core import TyperCommand


def several(**choices: Sequence[str]) -> type[TyperCommand]:
    """Make a command class whose named list options take several values in a row.

    Use it where the command is registered: ``app.command(cls=several(inputs=INPUT_TYPES))``. The command's function
    declares the option as ``list[str]``; every value is checked here, so it sees allowed ones only.

    Args:
        choices: for each option, by the name of the function's parameter, its allowed values.
    """

    class SeveralValuesCommand(TyperCommand):
        def __init__(self, *args: Any, **settings: Any) -> None:  # noqa: ANN401 - handed on as they came
            super().__init__(*args, **settings)
            options = {parameter.name: parameter for parameter in self.params}
            for name, allowed in choices.items():
                if name not in options:
                    raise TypeError(
                        f"command {self.name} has no parameter {name!r}; it has {', '.join(map(str, options))}"
                    )
                options[name].metavar = f"[{'|'.join(allowed)}]..."
            self._allowed = {flag: allowed for name, allowed in choices.items() for flag in options[name].opts}

        def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - Typer's context class is private
            spread, ended_by = spread_values(args, self._allowed)
            if ended_by and not ctx.resilient_parsing:
                _, surplus, _ = self.make_parser(ctx).parse_args(list(spread))
                if surplus:  # more arguments than the command has: the word that ended the values was meant as one
                    word, flag = ended_by[0]
                    raise typer.BadParameter(_wrong(word, self._allowed[flag]), ctx=ctx, param_hint=repr(flag))
            return super().parse_args(ctx, spread)

    return SeveralValuesCommand


def spread_values(
    arguments: Sequence[str], allowed: Mapping[str, Sequence[str]]
) -> tuple[list[str], list[tuple[str, str]]]:
    """Repeat the option before each further value: ``--inputs I1 I4`` becomes ``--inputs I1 --inputs I4``.

    Args:
        arguments: what stands on the command line after the command's name.
        allowed: for each option, with its dashes, the allowed values.

    Returns:
        The arguments rewritten, and the words that ended the values of an option without being an option themselves,
        each with that option.

    Raises:
        typer.BadParameter: the first value of an option is not allowed.
    """
    spread: list[str] = []
    ended_by: list[tuple[str, str]] = []
    flag: str | None = None  # whose values are being read
    rest = iter(arguments)
    for word in rest:
        if word == "--":
            return [*spread, word, *rest], ended_by
        name, equals, value = word.partition("=")
        if name in allowed:
            flag = name
            value = value if equals else next(rest, None)
            if value is None:
                return [*spread, name], ended_by  # Typer says that a value is missing
            if value not in allowed[flag]:
                raise typer.BadParameter(_wrong(value, allowed[flag]), param_hint=repr(flag))
            spread += [flag, value]
        elif flag is not None and word in allowed[flag]:
            spread += [flag, word]
        else:
            if flag is not None and not word.startswith("-"):
                ended_by.append((word, flag))
            flag = None
            spread.append(word)
    return spread, ended_by


def _wrong(value: str, allowed: Sequence[str]) -> str:
    return f"{value!r} is not one of {', '.join(map(repr, allowed))}."
