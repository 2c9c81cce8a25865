"""A tiny simulated data set and settings that run in seconds."""

import shutil
from pathlib import Path

import pytest

from motilens.evaluation.result import EvaluationResult
from tests.program import run

__all__ = ["run"]

TINY = (
    "autoencoder.epochs=2",
    "autoencoder.steps_per_epoch=4",
    "autoencoder.batch_size=4",
    "regressor.backbone=resnet10t",
    "regressor.weights=none",
    "regressor.epochs=2",
    "video_cnn.size_px=16",
    "video_cnn.widths=[4,4,4,4]",
    "video_cnn.epochs_ratio=1",
    "bag_of_words.n_words=[8]",
    "bag_of_words.n_assignments=[1,2]",
    "bag_of_words.c=[10]",
    "track_physics.least_beats=[1.25]",
    "track_physics.progressive_um_s=[5.0]",
    "counting.stacks_per_video=2",
    "stacks.stacks_per_video=2",
    "stacks.size_px=32",
)
"""Settings for a run of seconds; its numbers mean nothing."""

SETTINGS = [word for setting in TINY for word in ("--set", setting)]
"""The same as options of the command line."""


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


def result_of(out: Path) -> EvaluationResult:
    """The result of a run."""
    return EvaluationResult.model_validate_json((out / "result.json").read_bytes())


def one_line(errors: str) -> str:
    """The one line that tells an error; there must be no more than that."""
    lines = [line for line in errors.splitlines() if line.startswith("motilens: error:")]
    assert len(lines) == 1, errors
    assert "Traceback" not in errors
    return lines[0]


def video_of(data: Path, participant: int) -> Path:
    """A participant's video."""
    return next(path for path in (data / "videos").iterdir() if path.name.startswith(f"{participant}_"))


def rewrite(data: Path, row: int, **values: str) -> None:
    """Change values of the laboratory's table by the first word of their column."""
    table = data / "semen_analysis_data.csv"
    head, *rows = table.read_text(encoding="utf-8-sig").splitlines()
    names = head.split(";")
    fields = rows[row].split(";")
    for start, value in values.items():
        (column,) = [k for k, name in enumerate(names) if name.split()[0] == start]
        fields[column] = value
    rows[row] = ";".join(fields)
    table.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8-sig")
