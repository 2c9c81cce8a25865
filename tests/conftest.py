"""What every test may use, and what holds in all of them: two threads, no chance left to the machine."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

THREADS = 2

# Before anything imports NumPy or PyTorch; test subprocesses inherit it.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = str(THREADS)
os.environ["OMP_WAIT_POLICY"] = "PASSIVE"  # a thread that waits shall not spin on a core that others need

REPOSITORY = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def same_on_every_machine() -> Iterator[None]:
    """Two threads, deterministic algorithms, one seed, put back before each test whatever the last one did."""
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
