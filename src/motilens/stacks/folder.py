"""Cuts every video of a data set into a store, several at a time, and goes on where an earlier run stopped.

Each video is one task of one process with one thread: more videos at once is faster than more threads on one, and the
stacks are the same for any number of workers. A video that cannot be used is left out with its reason and the
rest goes on; a disk that fills up stops everything at once, and what was finished stays.
"""

from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from motilens.config import StackConfig
from motilens.errors import ConfigError, MissingError, VideoError
from motilens.files import fingerprint, writable_folder
from motilens.progress import Progress, Silent
from motilens.stacks.extract import extract_stacks
from motilens.stacks.record import VideoRecord
from motilens.stacks.store import StackStore
from motilens.video.source import find_videos, video_id_of
from motilens.workers import cores, side_by_side


def stack_config(**settings: object) -> StackConfig:
    """Settings of stacks from what a person asked for.

    Raises:
        ConfigError: something that is not allowed; all of it is told at once.
    """
    try:
        return StackConfig.model_validate(settings)
    except ValidationError as error:
        told = "; ".join(f"{e['loc'][0]} is {e['input']!r}: {e['msg'].lower()}" for e in error.errors())
        raise ConfigError(f"cannot cut such stacks: {told}") from error


def extract_folder(
    data: Path, config: StackConfig, out: Path, *, workers: int | None = None, progress: Progress | None = None
) -> list[VideoRecord]:
    """Cut every video below ``data`` into the store ``out``.

    Videos that are in the store already, with the same content, are not touched; so a second run does nothing, and a
    run after an interrupted one does what is missing.

    Args:
        data: a video or a folder of videos.
        config: which stacks; a store that is there must have the same.
        out: the store.
        workers: videos at a time; one per processor core if None.
        progress: told of every video.

    Returns:
        One record for each video, in natural order: extracted, or left out with the reason.

    Raises:
        MissingError: no such folder, or no video in it.
        DataError: two videos of one id; ``out`` is something else than a store.
        ConfigError: the store was made with other settings.
        WorkerError: a process was ended from outside.
        StorageError: the disk is full or may not be written.
    """
    videos = find_videos(data)
    writable_folder(out)
    store = StackStore.create(out, config)
    done = store.records
    todo = [path for path in videos if not _unchanged(path, done.get(video_id_of(path)))]
    n_workers = min(workers or cores(), len(todo))
    with (progress or Silent()).task("extract", len(videos)) as task:
        task.advance(len(videos) - len(todo))
        for record in _run(todo, store, _base(data), n_workers):
            done[record.video_id] = record
            task.advance(note=record.video_id)
    return [done[video_id_of(path)] for path in videos]


def _unchanged(path: Path, record: VideoRecord | None) -> bool:
    return record is not None and record.fingerprint == fingerprint(path)


def _base(data: Path) -> Path:
    return data.parent if data.is_file() else data


def _run(todo: list[Path], store: StackStore, base: Path, n_workers: int) -> Iterator[VideoRecord]:
    """Extract videos, yielding records as they come."""
    if n_workers <= 1:
        for path in todo:
            yield _extract_into(path, store, base, None)
        return
    jobs = [(path, store.path, base) for path in todo]
    yield from side_by_side(_extract_in_worker, jobs, workers=n_workers)


def _extract_in_worker(job: tuple[Path, Path, Path]) -> VideoRecord:
    path, store, base = job
    return _extract_into(path, StackStore.open(store), base, 1)


def _extract_into(path: Path, store: StackStore, base: Path, threads: int | None) -> VideoRecord:
    file = path.relative_to(base).as_posix()
    try:
        batch, record = extract_stacks(path, store.config, threads=threads, file=file, read_ahead=threads is None)
    except (VideoError, MissingError) as error:
        record = VideoRecord(
            video_id=video_id_of(path),
            file=file,
            fingerprint=fingerprint(path) if path.is_file() else "",
            status="left_out",
            reason=str(error),
            stacks_wanted=store.config.stacks_per_video,
        )
        store.leave_out(record)
    else:
        store.add(batch, record)
    return record
