import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from motilens.errors import InputError, WorkerError
from motilens.runs.pool import cores, run_parallel


def doubled(number: int) -> int:
    return 2 * number


def started() -> None:
    os.environ["MOTILENS_TEST_STARTED"] = "yes"


def was_started(number: int) -> str:
    return os.environ.get("MOTILENS_TEST_STARTED", "no")


def dies(number: int) -> int:
    os._exit(1)


def refuses(number: int) -> int:
    raise InputError(f"{number} came; allowed: others")


def test_every_job_is_done_once() -> None:
    assert sorted(run_parallel(doubled, [1, 2, 3], workers=2)) == [2, 4, 6]
    assert list(run_parallel(doubled, [], workers=2)) == []
    assert 1 <= cores() <= (os.cpu_count() or 1)


def test_every_process_is_started_before_its_first_job() -> None:
    assert list(run_parallel(was_started, [1, 2], workers=1, start=started)) == ["yes", "yes"]
    assert "MOTILENS_TEST_STARTED" not in os.environ


def test_what_goes_wrong_is_one_line() -> None:
    with pytest.raises(WorkerError, match="could not start or was ended from outside .*; run again with fewer workers"):
        list(run_parallel(dies, [1], workers=1))
    with pytest.raises(InputError, match="1 came; allowed: others"):
        list(run_parallel(refuses, [1, 1], workers=2))
    with pytest.raises(InputError, match="workers is 0; allowed: at least 1"):
        list(run_parallel(doubled, [1], workers=0))


SCRIPT = """
import sys, time
from pathlib import Path
from motilens.runs.pool import run_parallel

def sleeps(folder):
    import os
    (Path(folder) / str(os.getpid())).touch()
    time.sleep(60)

if __name__ == "__main__":
    list(run_parallel(sleeps, [sys.argv[1]], workers=1))
"""


def test_workers_end_with_their_parent(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT, encoding="utf-8")
    (tmp_path / "workers").mkdir()
    parent = subprocess.Popen([sys.executable, str(script), str(tmp_path / "workers")])
    deadline = time.monotonic() + 60
    while not (names := list((tmp_path / "workers").iterdir())) and time.monotonic() < deadline:
        time.sleep(0.05)
    parent.kill()
    parent.wait()
    worker = int(names[0].name)
    while time.monotonic() < deadline:
        try:
            os.kill(worker, 0)
        except ProcessLookupError:
            return
        if Path(f"/proc/{worker}/stat").is_file() and ") Z " in Path(f"/proc/{worker}/stat").read_text():
            return  # ended, and not yet fetched by whoever adopted it
        time.sleep(0.05)
    pytest.fail("the worker lives on")
