"""Fills a folder of simulated participants, one by one, and goes on where an earlier run stopped.

``truth/simulation.json`` marks the folder as a simulation's and holds its settings. A participant is finished when its
truth is written; VISEM's tables are written when all are.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from motilens.config import Settings
from motilens.errors import ConfigError, InputError
from motilens.files import make_folder, write_text
from motilens.progress import Progress, Silent
from motilens.runs.lock import HOLDER_FILE, LOCK_FILE, run_lock
from motilens.runs.pool import run_parallel
from motilens.runs.settings import check_settings
from motilens.simulate.tables import TableOf, tables
from motilens.simulate.truth import read_truth, truth_path

SETTINGS_FILE = "truth/simulation.json"


def fill(
    out: Path,
    config: Settings,
    participants: Sequence[int],
    draw: Callable[[int], str],
    table_of: TableOf,
    *,
    workers: int = 1,
    progress: Progress | None = None,
) -> tuple[int, int]:
    """Draw the videos that are not there yet, and write VISEM's tables.

    Args:
        out: the folder; new, empty, or of an earlier call with the same settings.
        config: the settings that the folder is marked with.
        participants: those that shall have a video.
        draw: draws one participant's video and truth, and returns the video's name; can be pickled.
        table_of: which percentages the laboratory's table holds.
        workers: processes; 1 stays in this one.
        progress: reports every video.

    Returns:
        How many videos were drawn, and how many were there already.

    Raises:
        InputError: less than one worker.
        WorkerError: a process could not start, or was ended from outside.
        ConfigError: the folder holds something else, or a simulation with other settings.
        BusyError: another process is writing into the folder.
        StorageError: the disk is full or may not be written.
    """
    if workers < 1:
        raise InputError(f"workers is {workers}; allowed: at least 1")
    _refuse_foreign(out)
    with run_lock(out):
        check_settings(out, config.model_dump(mode="json"), file=SETTINGS_FILE)
        make_folder(out / "videos")
        missing = [n for n in participants if not truth_path(out, n).exists()]
        if missing:
            with (progress or Silent()).task("simulating videos", len(missing)) as task:
                for name in _drawn(draw, missing, workers):
                    task.advance(note=name)
        if missing or not all((out / name).exists() for name in tables([], table_of)):
            for name, text in tables([read_truth(out, n) for n in participants], table_of).items():
                write_text(out / name, text)
    return len(missing), len(participants) - len(missing)


def _drawn(draw: Callable[[int], str], participants: list[int], workers: int) -> Iterator[str]:
    if workers == 1 or len(participants) < 2:
        for participant in participants:
            yield draw(participant)
        return
    yield from run_parallel(draw, participants, workers=workers)


def _refuse_foreign(out: Path) -> None:
    """See that a folder is new, empty, or a simulation's, before anything is written into it."""
    if not out.exists() or (out / SETTINGS_FILE).exists():
        return
    if not out.is_dir() or any(child.name not in (LOCK_FILE, HOLDER_FILE) for child in out.iterdir()):
        raise ConfigError(
            f"{out} is not empty and was not made by motilens simulate; allowed: a new or empty folder; choose another"
        )
