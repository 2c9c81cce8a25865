"""One data set that many tests look at."""

from pathlib import Path

import pytest

FILMED = {
    "participants": 2,
    "seconds": 1.2,
    "size": (480, 640),
    "fields": 2,
    "codec": "ffv1",
    "table_of": "counted",
    "seed": 3,
}
"""At VISEM's own size and difficulty; lossless, so that what is measured is what was drawn."""


@pytest.fixture(scope="session")
def filmed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of two participants with two fields each; tests leave it as it is."""
    from motilens.simulate.dataset import simulate_dataset

    out = tmp_path_factory.mktemp("filmed") / "set"
    simulate_dataset(out, **FILMED)  # type: ignore[arg-type]
    return out
