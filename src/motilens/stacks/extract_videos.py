"""Cuts many videos into a store of stacks, several at a time, and continues where an earlier run stopped.

Each video is processed by one process in one thread, as processing several videos at a time is faster than several
threads for one. The stacks do not depend on the number of processes. A video that cannot be used is left out, and its
record says why. A full disk stops everything; what was finished is kept.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from pydantic import ValidationError

from motilens.config import StackConfig
from motilens.errors import ConfigError, MissingError, VideoError
from motilens.files import fingerprint, writable_folder
from motilens.progress import Progress, Silent
from motilens.runs.lock import run_lock
from motilens.runs.pool import cores, run_parallel
from motilens.stacks.extract import extract_stacks
from motilens.stacks.record import VideoRecord
from motilens.stacks.store import StackStore, refuse_foreign
from motilens.video.source import find_videos, video_id_of


def stack_config(**settings: object) -> StackConfig:
    """Make settings of stacks from a user's options.

    Raises:
        ConfigError: an option is not allowed; all such options are named.
    """
    try:
        return StackConfig.model_validate(settings)
    except ValidationError as error:
        told = "; ".join(f"{e['loc'][0]} is {e['input']!r}: {e['msg'].lower()}" for e in error.errors())
        raise ConfigError(f"cannot cut such stacks: {told}") from error


def extract_into(path: Path, store: StackStore, *, read_ahead: bool = True, file: str | None = None) -> VideoRecord:
    """Cut one video into a store, unless the store holds it already with the same content.

    Args:
        path: the video.
        store: the store, whose settings say which stacks are wanted.
        read_ahead: as in ``extract_stacks``.
        file: the file's name in the record; None uses its own name.

    Returns:
        The record of the video: extracted, or left out with the reason.

    Raises:
        MissingError: the file does not exist.
        DataError: the video's record in the store is damaged.
        StorageError: the disk is full or may not be written.
    """
    if (record := _unchanged(path, store)) is not None:
        return record
    try:
        batch, record = extract_stacks(path, store.config, file=file, read_ahead=read_ahead)
    except VideoError as error:
        record = VideoRecord.left_out(path, store.config, str(error), file=file)
        store.leave_out(record)
    else:
        store.add(batch, record)
    return record


def extract_videos(
    paths: Sequence[Path],
    store: StackStore,
    *,
    base: Path | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> dict[str, VideoRecord]:
    """Cut several videos into a store; videos that it holds already with the same content are not processed again.

    Args:
        paths: the videos, with different ids.
        store: the store, whose settings say which stacks are wanted.
        base: folder to which file names in records are relative; None records the plain names.
        workers: number of processes; None starts one for each processor core.
        progress: reports every video.

    Returns:
        The record of each video by id, in the order of ``paths``: extracted, or left out with the reason. A file that
        does not exist is left out, too.

    Raises:
        DataError: a record in the store is damaged.
        WorkerError: a process could not start, or was killed.
        StorageError: the disk is full or may not be written.
    """
    records = {video_id_of(path): record for path in paths if (record := _unchanged(path, store))}
    todo = [(path, _name(path, base)) for path in paths if video_id_of(path) not in records]
    with (progress or Silent()).task("extract", len(paths)) as task:
        task.advance(len(records))
        for record in _run(todo, store, min(workers or cores(), len(todo))):
            records[record.video_id] = record
            task.advance(note=record.video_id)
    return {video_id_of(path): records[video_id_of(path)] for path in paths}


def extract_folder(
    data: Path, config: StackConfig, out: Path, *, workers: int | None = None, progress: Progress | None = None
) -> list[VideoRecord]:
    """Cut every video below ``data`` into the store ``out``.

    Videos that the store holds already with the same content are not processed again, so that a second run does
    nothing, and a run after an interrupted one does the rest.

    Args:
        data: a video or a folder of videos.
        config: settings of the stacks; an existing store must have the same.
        out: the store.
        workers: number of processes; None starts one for each processor core.
        progress: reports every video.

    Returns:
        A record for each video in ``data``, in natural order: extracted, or left out with the reason. The store may
        also hold videos of earlier runs that are no longer in ``data``; they are not returned.

    Raises:
        MissingError: the file or folder does not exist, or has no videos.
        DataError: two videos have the same id, or ``out`` is not a stack store.
        ConfigError: the store was made with other settings.
        BusyError: another process is writing into ``out``.
        WorkerError: a process could not start, or was killed.
        StorageError: the disk is full or may not be written.
    """
    videos = find_videos(data)
    refuse_foreign(out)
    writable_folder(out)
    with run_lock(out):
        store = StackStore.create(out, config)
        store.clear_leftovers()
        base = data.parent if data.is_file() else data
        return list(extract_videos(videos, store, base=base, workers=workers, progress=progress).values())


def _unchanged(path: Path, store: StackStore) -> VideoRecord | None:
    """Get the store's record of a video if the file exists and has the same content."""
    record = store.record(video_id_of(path))
    return record if record is not None and path.is_file() and record.fingerprint == fingerprint(path) else None


def _name(path: Path, base: Path | None) -> str:
    return path.name if base is None else path.relative_to(base).as_posix()


def _run(todo: list[tuple[Path, str]], store: StackStore, n_workers: int) -> Iterator[VideoRecord]:
    """Extract videos, yielding records as they come."""
    if n_workers <= 1:
        for path, file in todo:
            yield _extract(path, store, file, read_ahead=True)
        return
    yield from run_parallel(_extract_in_worker, [(path, store.path, file) for path, file in todo], workers=n_workers)


def _extract_in_worker(job: tuple[Path, Path, str]) -> VideoRecord:
    path, store, file = job
    return _extract(path, StackStore.open(store), file, read_ahead=False)


def _extract(path: Path, store: StackStore, file: str, *, read_ahead: bool) -> VideoRecord:
    try:
        return extract_into(path, store, read_ahead=read_ahead, file=file)
    except MissingError as error:  # the file was removed after the folder was listed
        record = VideoRecord.left_out(path, store.config, str(error), file=file)
        store.leave_out(record)
        return record
