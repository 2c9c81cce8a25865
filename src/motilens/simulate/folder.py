"""A folder that a simulation fills, participant by participant: claimed once, gone on with where it stopped."""

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from motilens.config import Settings
from motilens.errors import ConfigError, InputError
from motilens.files import make_folder, write_json
from motilens.progress import Progress, Silent
from motilens.simulate.truth import truth_path
from motilens.workers import side_by_side


def fill(
    out: Path,
    config: Settings,
    participants: Sequence[int],
    draw: Callable[[int], str],
    *,
    workers: int = 1,
    progress: Progress | None = None,
) -> tuple[int, int]:
    """Draw the videos that are not there yet.

    Args:
        out: the folder; new, empty, or of an earlier call with the same settings.
        config: what marks it.
        participants: whose videos there shall be.
        draw: draws one participant's video and truth, and gives the video's name; can be pickled.
        workers: processes; 1 stays in this one.
        progress: told of each video.

    Returns:
        How many were drawn, and how many were there.

    Raises:
        InputError: less than one worker.
        WorkerError: a process could not start, or was ended from outside.
        ConfigError: the folder holds something else, or a simulation with other settings.
        StorageError: the disk is full or may not be written.
    """
    if workers < 1:
        raise InputError(f"workers is {workers}; allowed: at least 1")
    _claim(out, config)
    make_folder(out / "videos")
    missing = [n for n in participants if not truth_path(out, n).exists()]
    if missing:
        with (progress or Silent()).task("simulating videos", len(missing)) as task:
            for name in _all(draw, missing, workers):
                task.advance(note=name)
    return len(missing), len(participants) - len(missing)


def _all(draw: Callable[[int], str], participants: list[int], workers: int) -> Iterator[str]:
    if workers == 1 or len(participants) < 2:
        for participant in participants:
            yield draw(participant)
        return
    yield from side_by_side(draw, participants, workers=workers)


def _claim(out: Path, config: Settings) -> None:
    """Mark an empty folder as ours, or see that it is ours with these settings."""
    mark = out / "truth" / "simulation.json"
    settings = config.model_dump(mode="json")
    if mark.exists():
        try:
            earlier = json.loads(mark.read_text(encoding="utf-8"))
        except ValueError:
            earlier = {}
        differences = [f"{k} {earlier.get(k)} there, {v} asked" for k, v in settings.items() if earlier.get(k) != v]
        if differences:
            raise ConfigError(
                f"{out} holds a simulation with other settings ({'; '.join(differences)}); "
                "allowed: the same settings; choose another folder, or remove that one"
            )
        return
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ConfigError(
            f"{out} is not empty and was not made by motilens simulate; allowed: a new or empty folder; choose another"
        )
    write_json(mark, settings)
