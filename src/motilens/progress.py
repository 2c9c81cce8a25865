"""How long steps report how far they are, without knowing whether anybody looks.

Library functions take a ``Progress`` and call ``step``; the command line passes one that draws bars, tests pass a list.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol, runtime_checkable


@runtime_checkable
class Task(Protocol):
    """One bar."""

    def advance(self, steps: int = 1, *, note: str = "") -> None:
        """Say that ``steps`` more are done; ``note`` is shown beside the bar."""
        ...


@runtime_checkable
class Progress(Protocol):
    """Something that can show bars."""

    def task(self, name: str, total: int) -> AbstractContextManager[Task]:
        """Open a bar of ``total`` steps; it closes with the ``with`` block."""
        ...


class SilentTask:
    """A bar nobody sees."""

    def advance(self, steps: int = 1, *, note: str = "") -> None:
        """Do nothing."""


class Silent:
    """Progress nobody sees: the default of every library function."""

    @contextmanager
    def task(self, name: str, total: int) -> Iterator[Task]:
        """Open a bar that is not drawn."""
        yield SilentTask()
