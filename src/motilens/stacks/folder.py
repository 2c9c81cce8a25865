"""Cuts every video of a data set into a store, several at a time, and goes on where an earlier run stopped.

Each video is one task of one process with one thread: more videos at once is faster than more threads on one, and the
stacks are the same for any number of workers. A video that cannot be used is left out with its reason and the
rest goes on; a disk that fills up stops everything at once, and what was finished stays.
"""

import multiprocessing
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from pydantic import ValidationError

from motilens.config import StackConfig
from motilens.errors import ConfigError, DataError, MissingError, VideoError
from motilens.files import fingerprint, writable_folder
from motilens.progress import Progress, Silent
from motilens.stacks.extract import extract_stacks
from motilens.stacks.record import VideoRecord
from motilens.stacks.store import StackStore
from motilens.video.source import find_videos, video_id_of


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
        StorageError: the disk is full or may not be written.
    """
    videos = find_videos(data)
    writable_folder(out)
    store = StackStore.create(out, config)
    done = store.records
    todo = [path for path in videos if not _unchanged(path, done.get(video_id_of(path)))]
    n_workers = min(workers or _cores(), len(todo))
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


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _run(todo: list[Path], store: StackStore, base: Path, n_workers: int) -> Iterator[VideoRecord]:
    """Extract videos, yielding records as they come."""
    if n_workers <= 1:
        for path in todo:
            yield _extract_into(path, store, base, None)
        return
    # Spawned, not forked: a forked child inherits threads' locks from decoders and Zarr.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(n_workers, mp_context=context, initializer=_end_with_parent, initargs=(os.getpid(),))
    try:
        running = {pool.submit(_extract_in_worker, path, store.path, base) for path in todo}
        while running:
            finished, running = wait(running, return_when=FIRST_COMPLETED)
            yield from _results(finished)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _results(finished: set[Future[VideoRecord]]) -> Iterator[VideoRecord]:
    for future in finished:
        try:
            yield future.result()
        except BrokenProcessPool as error:
            raise DataError(
                "a worker process was ended from outside (too little memory?); run again with fewer --workers: "
                "what was finished is kept"
            ) from error


def _extract_in_worker(path: Path, store: Path, base: Path) -> VideoRecord:
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


def _end_with_parent(parent: int) -> None:
    """End this worker soon after its parent was killed: it must not write into a store that a new run has opened."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.2)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
