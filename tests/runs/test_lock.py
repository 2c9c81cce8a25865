import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from motilens.errors import BusyError, StorageError
from motilens.runs.lock import run_lock

HOLD = """
import sys, time
from pathlib import Path
from motilens.runs.lock import run_lock
with run_lock(Path(sys.argv[1])):
    (Path(sys.argv[1]) / "ready").touch()
    time.sleep(600)
"""

TRY = """
import sys
from pathlib import Path
from motilens.errors import BusyError
from motilens.runs.lock import run_lock
try:
    with run_lock(Path(sys.argv[1])):
        print("held")
except BusyError as error:
    print(error)
"""

Start = Callable[[Path], "subprocess.Popen[str]"]


@pytest.fixture
def hold(tmp_path: Path) -> Iterator[Start]:
    """Start a program that holds a folder until it is killed."""
    script = tmp_path / "holder.py"
    script.write_text(HOLD, encoding="utf-8")
    started: list[subprocess.Popen[str]] = []

    def start(folder: Path) -> "subprocess.Popen[str]":
        (folder / "ready").unlink(missing_ok=True)
        process = subprocess.Popen([sys.executable, str(script), str(folder), "--preset", "cpu"], text=True)
        started.append(process)
        deadline = time.monotonic() + 60
        while not (folder / "ready").exists():
            assert process.poll() is None and time.monotonic() < deadline, "the holder did not start"
            time.sleep(0.02)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


def tried_elsewhere(folder: Path) -> str:
    """What another process gets when it asks for the lock."""
    return subprocess.run(
        [sys.executable, "-c", TRY, str(folder)], capture_output=True, text=True, check=True
    ).stdout.strip()


def test_a_second_process_is_refused_in_one_line_that_names_the_holder(hold: Start, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "result.json").write_text("{}", encoding="utf-8")
    process = hold(folder)
    before = {path: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(BusyError) as caught, run_lock(folder):
        pytest.fail("two processes hold the folder")
    words = (
        rf"{re.escape(str(folder))} is in use by process {process.pid} on \S+ since \d{{4}}-\d\d-\d\dT\S+ "
        rf"\(holder\.py {re.escape(str(folder))} --preset cpu\); wait until that has ended, or "
        "choose another folder for the output"
    )
    assert re.fullmatch(words, str(caught.value))
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


def test_the_lock_is_free_after_the_holder_was_killed(hold: Start, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    process = hold(folder)
    process.send_signal(signal.SIGKILL)
    process.wait()
    with run_lock(folder):
        holder = json.loads((folder / ".lock-holder.json").read_text(encoding="utf-8"))
        assert holder["pid"] == os.getpid()


def test_a_process_may_lock_again_what_it_holds_and_lets_go_at_the_end_alone(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "run"
    with run_lock(folder):
        with run_lock(folder), run_lock(folder.parent / "." / "run"):
            assert "is in use by process" in tried_elsewhere(folder)
        assert f"is in use by process {os.getpid()} on" in tried_elsewhere(folder)
    assert tried_elsewhere(folder) == "held"
    assert [path.name for path in folder.iterdir()] in ([".lock"], [])


def test_it_is_held_until_the_last_thread_has_let_go(tmp_path: Path) -> None:
    inside, go = threading.Event(), threading.Event()

    def hold_on() -> None:
        with run_lock(tmp_path):
            inside.set()
            go.wait()

    thread = threading.Thread(target=hold_on)
    with run_lock(tmp_path):
        thread.start()
        inside.wait()
    said = tried_elsewhere(tmp_path)
    go.set()
    thread.join()
    assert "is in use by process" in said
    assert tried_elsewhere(tmp_path) == "held"


def test_an_error_inside_lets_go_too(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), run_lock(tmp_path):
        _ = 1 / 0
    assert tried_elsewhere(tmp_path) == "held"


def test_a_holder_that_cannot_be_read_is_another_process(hold: Start, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    hold(folder)
    (folder / ".lock-holder.json").write_text("{", encoding="utf-8")
    with pytest.raises(BusyError, match="is in use by another process; wait until that has ended"), run_lock(folder):
        pass


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(StorageError, match="a part of that path is a file"), run_lock(tmp_path / "file" / "run"):
        pass
