"""The program as a user runs it."""

from tests.program import run

__all__ = ["run"]
