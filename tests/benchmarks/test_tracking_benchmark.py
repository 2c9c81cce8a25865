"""The tracking benchmark on tiny videos: both ways give the same table, and every figure is there."""

import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="module")
def tracking() -> Iterator[ModuleType]:
    """benchmarks/tracking.py as a module; the folder is no package."""
    folder = str(Path(__file__).resolve().parents[2] / "benchmarks")
    sys.path.insert(0, folder)
    try:
        yield importlib.import_module("tracking")
    finally:
        sys.path.remove(folder)
        sys.modules.pop("tracking", None)


def test_both_ways_track_the_same_cells(tracking: ModuleType, tmp_path: Path) -> None:
    found = tracking.measure(tmp_path, seconds=1.2, size=(120, 160), repeats=1, seed=0)
    assert found["same_table"] is True and found["tracks"] > 0
    assert {name: len(taken) for name, taken in found["runs_cpu_s"].items()} == {"trackpy": 1, "ours": 1}
    assert found["trackpy_over_ours"] == pytest.approx(found["cpu_s"]["trackpy"] / found["cpu_s"]["ours"], rel=0.05)
    json.dumps(found)
