"""Progress of long computations, independent of how it is shown.

Library functions take a ``Progress`` and open a ``task`` with it; the command line passes one that draws bars.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol, runtime_checkable


@runtime_checkable
class Task(Protocol):
    """One progress bar."""

    def advance(self, steps: int = 1, *, note: str = "") -> None:
        """Report that ``steps`` more steps are done; ``note`` is shown beside the bar."""
        ...


@runtime_checkable
class Progress(Protocol):
    """Anything that can show progress bars."""

    def task(self, name: str, total: int) -> AbstractContextManager[Task]:
        """Open a bar of ``total`` steps; it closes with the ``with`` block."""
        ...


class SilentTask:
    """A progress bar that is not shown."""

    def advance(self, steps: int = 1, *, note: str = "") -> None:
        """Do nothing."""


class Silent:
    """Progress that is not shown: the default of every library function."""

    @contextmanager
    def task(self, name: str, total: int) -> Iterator[Task]:
        """Open a bar that is not drawn."""
        yield SilentTask()
