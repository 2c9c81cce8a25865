"""Folders that are filled, gone on with, or refused."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from motilens.errors import BusyError, ConfigError, InputError, WorkerError
from motilens.simulate.truth import truth_path
from tests.simulate.factories import CONFIG, every_file, fill_folder


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
    assert fill_folder(out, [1, 2, 3, 4], progress=notes) == (4, 0)
    assert json.loads((out / "truth" / "simulation.json").read_text()) == CONFIG.model_dump(mode="json")
    assert notes.names == [f"video {n}" for n in (1, 2, 3, 4)] and notes.totals == [4]


def test_what_is_there_is_left(tmp_path: Path) -> None:
    fill_folder(tmp_path, [1, 3])
    notes = Notes()
    assert fill_folder(tmp_path, [1, 2, 3, 4], progress=notes) == (2, 2)
    assert notes.names == ["video 2", "video 4"]
    assert fill_folder(tmp_path, [1, 2, 3, 4], _fails) == (0, 4)


def test_an_interruption_keeps_what_was_finished(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        fill_folder(tmp_path, [1, 2, 3, 4], progress=Notes(stop_after=2))
    assert [truth_path(tmp_path, n).exists() for n in (1, 2, 3, 4)] == [True, True, False, False]
    assert fill_folder(tmp_path, [1, 2, 3, 4]) == (2, 2)


HOLD = """
import sys, time
from pathlib import Path
from tests.simulate.factories import draw_truth, fill_folder

def slowly(participant: int) -> str:
    print("drawing", flush=True)
    sys.stdin.read()
    return draw_truth(Path(sys.argv[1]), participant)

fill_folder(Path(sys.argv[1]), [1, 2], slowly)
"""


def test_a_second_process_is_refused_and_harms_nothing(tmp_path: Path) -> None:
    out = tmp_path / "set"
    command = [sys.executable, "-c", HOLD, str(out)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout and first.stdout.readline() == "drawing\n"
        with pytest.raises(BusyError, match=rf"set is in use by process {first.pid} on .*; wait until that has ended"):
            fill_folder(out, [1, 2])
        assert not truth_path(out, 1).exists()
        first.communicate("go on")
    assert first.returncode == 0
    assert fill_folder(out, [1, 2], _fails) == (0, 2)
    fill_folder(tmp_path / "alone", [1, 2])
    assert every_file(out) == every_file(tmp_path / "alone")
    assert [name for name in every_file(out) if name.startswith(".")] == [".lock"]


def test_an_error_stops_with_its_own_words(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="this one cannot be drawn"):
        fill_folder(tmp_path, [1, 2], _fails)


def test_other_settings_are_refused(tmp_path: Path) -> None:
    fill_folder(tmp_path, [1])
    other = CONFIG.model_copy(update={"seed": 6, "codec": "ffv1"})
    with pytest.raises(ConfigError, match=r"another codec \(mjpeg there, ffv1 now\), seed \(0 there, 6 now\)"):
        fill_folder(tmp_path, [1], _fails, config=other)


def test_a_damaged_mark_is_refused(tmp_path: Path) -> None:
    fill_folder(tmp_path, [1])
    (tmp_path / "truth" / "simulation.json").write_text("{ half a")
    with pytest.raises(ConfigError, match=r"simulation\.json is damaged; remove that folder, or choose another"):
        fill_folder(tmp_path, [1], _fails)


def test_a_folder_of_someone_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("five years")
    with pytest.raises(
        ConfigError, match="is not empty and was not made by motilens simulate; allowed: a new or empty"
    ):
        fill_folder(tmp_path, [1], _fails)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]
    with pytest.raises(ConfigError, match=r"thesis\.tex is not empty and was not made by"):
        fill_folder(tmp_path / "thesis.tex", [1], _fails)


def test_no_workers_are_refused_before_anything_is_made(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="workers is 0; allowed: at least 1"):
        fill_folder(tmp_path / "set", [1], _fails, workers=0)
    assert not (tmp_path / "set").exists()


def test_workers_that_end_are_said(tmp_path: Path) -> None:
    with pytest.raises(WorkerError, match="a worker process could not start or was ended from outside"):
        fill_folder(tmp_path, [1, 2], _ends, workers=2)


def test_an_error_in_a_worker_is_told_as_it_is(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="this one cannot be drawn"):
        fill_folder(tmp_path, [1, 2, 3], _fails, workers=2)
