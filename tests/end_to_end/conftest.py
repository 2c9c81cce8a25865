"""A tiny simulated data set and settings that run in seconds."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

TINY = (
    "autoencoder.epochs=2",
    "autoencoder.steps_per_epoch=4",
    "autoencoder.width=4",
    "autoencoder.batch_size=4",
    "regressor.backbone=resnet10t",
    "regressor.weights=none",
    "regressor.epochs=2",
    "stacks.stacks_per_video=2",
    "stacks.size_px=32",
)
"""Settings for a run of seconds; its numbers mean nothing."""


@pytest.fixture(scope="session")
def _simulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from motilens.simulate.dataset import simulate_dataset

    folder = tmp_path_factory.mktemp("visem") / "data"
    simulate_dataset(folder, participants=9, seconds=1.0, size=(96, 128), codec="h264", seed=0)
    return folder


@pytest.fixture
def data(_simulated: Path, tmp_path: Path) -> Path:
    """A copy of the tiny data set that the test may change."""
    return Path(shutil.copytree(_simulated, tmp_path / "data"))


@pytest.fixture
def shared_data(_simulated: Path) -> Path:
    """The tiny data set, for tests that leave it alone."""
    return _simulated


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the program as from a terminal: its exit code, what it said, what it complained of."""
    from motilens.cli.main import main

    def call(*words: object) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main([str(word) for word in words])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


@pytest.fixture
def tiny() -> list[str]:
    """The tiny settings as options."""
    return [word for setting in TINY for word in ("--set", setting)]
