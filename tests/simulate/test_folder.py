"""Folders that are claimed, filled, gone on with, or refused."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from motilens.errors import ConfigError, InputError, WorkerError
from motilens.simulate.folder import fill
from motilens.simulate.settings import SimulationConfig
from motilens.simulate.truth import truth_path

CONFIG = SimulationConfig(participants=4, seconds=1.0)


def _draw(out: Path, participant: int) -> str:
    """Stands in for drawing a video."""
    truth_path(out, participant).write_text(str(participant))
    return f"video {participant}"


def _ends(_: int) -> str:
    os._exit(9)


def _fails(_: int) -> str:
    raise InputError("this one cannot be drawn")


class Notes:
    """Progress that remembers what it was told."""

    def __init__(self, stop_after: int = 99) -> None:
        self.names: list[str] = []
        self.totals: list[int] = []
        self._stop_after = stop_after

    def advance(self, steps: int = 1, *, note: str = "") -> None:
        self.names.append(note)
        if len(self.names) == self._stop_after:
            raise KeyboardInterrupt

    @contextmanager
    def task(self, name: str, total: int) -> Iterator["Notes"]:
        self.totals.append(total)
        yield self


def test_a_new_folder_is_marked_and_filled(tmp_path: Path) -> None:
    notes, out = Notes(), tmp_path / "a" / "set"
    assert fill(out, CONFIG, [1, 2, 3, 4], partial(_draw, out), progress=notes) == (4, 0)
    assert json.loads((out / "truth" / "simulation.json").read_text()) == CONFIG.model_dump(mode="json")
    assert notes.names == [f"video {n}" for n in (1, 2, 3, 4)] and notes.totals == [4]


def test_what_is_there_is_left(tmp_path: Path) -> None:
    fill(tmp_path, CONFIG, [1, 3], partial(_draw, tmp_path))
    notes = Notes()
    assert fill(tmp_path, CONFIG, [1, 2, 3, 4], partial(_draw, tmp_path), progress=notes) == (2, 2)
    assert notes.names == ["video 2", "video 4"]
    assert fill(tmp_path, CONFIG, [1, 2, 3, 4], _fails) == (0, 4)


def test_an_interruption_keeps_what_was_finished(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        fill(tmp_path, CONFIG, [1, 2, 3, 4], partial(_draw, tmp_path), progress=Notes(stop_after=2))
    assert [truth_path(tmp_path, n).exists() for n in (1, 2, 3, 4)] == [True, True, False, False]
    assert fill(tmp_path, CONFIG, [1, 2, 3, 4], partial(_draw, tmp_path)) == (2, 2)


def test_an_error_stops_with_its_own_words(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="this one cannot be drawn"):
        fill(tmp_path, CONFIG, [1, 2], _fails)


def test_other_settings_are_refused(tmp_path: Path) -> None:
    fill(tmp_path, CONFIG, [1], partial(_draw, tmp_path))
    other = CONFIG.model_copy(update={"seed": 6, "codec": "ffv1"})
    with pytest.raises(ConfigError, match=r"other settings \(codec mjpeg there, ffv1 asked; seed 0 there, 6 asked\)"):
        fill(tmp_path, other, [1], _fails)


def test_a_damaged_mark_is_refused(tmp_path: Path) -> None:
    fill(tmp_path, CONFIG, [1], partial(_draw, tmp_path))
    (tmp_path / "truth" / "simulation.json").write_text("{ half a")
    with pytest.raises(ConfigError, match=r"other settings \(.*choose another folder, or remove that one"):
        fill(tmp_path, CONFIG, [1], _fails)


def test_a_folder_of_someone_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("five years")
    with pytest.raises(
        ConfigError, match="is not empty and was not made by motilens simulate; allowed: a new or empty"
    ):
        fill(tmp_path, CONFIG, [1], _fails)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]
    with pytest.raises(ConfigError, match=r"thesis\.tex is not empty and was not made by"):
        fill(tmp_path / "thesis.tex", CONFIG, [1], _fails)


def test_no_workers_are_refused_before_anything_is_made(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="workers is 0; allowed: at least 1"):
        fill(tmp_path / "set", CONFIG, [1], _fails, workers=0)
    assert not (tmp_path / "set").exists()


def test_workers_that_end_are_said(tmp_path: Path) -> None:
    with pytest.raises(WorkerError, match="a worker process could not start or was ended from outside"):
        fill(tmp_path, CONFIG, [1, 2], _ends, workers=2)


def test_an_error_in_a_worker_is_told_as_it_is(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="this one cannot be drawn"):
        fill(tmp_path, CONFIG, [1, 2, 3], _fails, workers=2)
