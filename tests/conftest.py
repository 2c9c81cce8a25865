"""What every test may use, and what holds in all of them: one thread, one seed, the long tests first."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

THREADS = 1  # pytest-xdist runs one worker a core

# Before anything imports NumPy or PyTorch; test subprocesses inherit it.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = str(THREADS)
os.environ["OMP_WAIT_POLICY"] = "PASSIVE"  # a thread that waits shall not spin on a core that others need

settings.load_profile(
    "ci"
)  # Hypothesis's own: no deadline, which a busy machine would miss; the same examples everywhere

TESTS = Path(__file__).resolve().parent
REPOSITORY = TESTS.parent

SLOW = ("end_to_end", "test_tutorial.py", "benchmarks", "training", "methods", "simulate")
"""Folders and modules whose tests take seconds each: marked ``slow``, and started first, in this order.

The longest come first so that no core waits for another at the end. `make lowest` and `make pythons` leave them out.
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is slow, and put it first; the order is kept otherwise."""
    ranks = {name: rank for rank, name in enumerate(SLOW)}

    def rank(item: pytest.Item) -> int:
        return ranks.get(item.path.relative_to(TESTS).parts[0], len(SLOW))

    for item in items:
        if rank(item) < len(SLOW):
            item.add_marker(pytest.mark.slow)
    items.sort(key=rank)


@pytest.fixture(autouse=True)
def same_on_every_machine() -> Iterator[None]:
    """One thread, deterministic algorithms, one seed, put back before each test whatever the last one did."""
    if torch := sys.modules.get("torch"):  # tests that do without PyTorch shall not wait for it
        torch.set_num_threads(THREADS)
        torch.use_deterministic_algorithms(True)
        torch.manual_seed(0)
    yield


@pytest.fixture(scope="session")
def repository() -> Path:
    """The repository's root."""
    return REPOSITORY


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real clips named by MOTILENS_REAL_DATA; tests that need it are skipped where it is absent."""
    folder = Path(os.environ.get("MOTILENS_REAL_DATA", REPOSITORY.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("no real data here; set MOTILENS_REAL_DATA to a folder of real clips")
    return folder
