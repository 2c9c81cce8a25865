"""What tests of the realism benchmark share."""

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

Load = Callable[[str], Any]


@pytest.fixture(scope="module")
def load() -> Iterator[Load]:
    """Imports a module of benchmarks/realism; the folder above is no package."""
    folder = str(Path(__file__).resolve().parents[2] / "benchmarks")
    sys.path.insert(0, folder)
    try:
        yield lambda name: importlib.import_module(f"realism.{name}")
    finally:
        sys.path.remove(folder)
        for name in [each for each in sys.modules if each.partition(".")[0] == "realism"]:
            del sys.modules[name]
