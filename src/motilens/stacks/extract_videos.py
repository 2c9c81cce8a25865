"""Cuts many videos into a store of stacks, several at a time, and continues where an earlier run stopped.

Each video is processed by one process in one thread, as processing several videos at a time is faster than several
threads for one. The stacks do not depend on the number of processes. A video that cannot be used is left out, and its
record says why. A full disk stops everything; what was finished is kept.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pydantic import ValidationError

from motilens.config import StackConfig
from motilens.errors import ConfigError, MissingError, VideoError
from motilens.files import writable_folder
from motilens.progress import Progress, Silent
from motilens.runs.lock import run_lock
from motilens.runs.pool import cores, run_parallel
from motilens.stacks.extract import extract_stacks
from motilens.stacks.record import VideoRecord
from motilens.stacks.store import StackStore, refuse_foreign
from motilens.video.source import VideoFile, Videos, find_videos
from motilens.video.survey_file import surveyed

Scaled = tuple[VideoFile, float | None]
"""A video and the width of its pixels in um, where it is known."""


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


def extract_into(
    video: VideoFile,
    store: StackStore,
    *,
    um_per_px: float | None = None,
    surveys: Path | None = None,
    read_ahead: bool = True,
) -> VideoRecord:
    """Cut one video into a store, unless the store holds it already with the same content.

    Args:
        video: the video.
        store: the store, whose settings say which stacks are wanted.
        um_per_px: as in ``extract_stacks``.
        surveys: folder where surveys are kept; None keeps none.
        read_ahead: as in ``extract_stacks``.

    Returns:
        The record of the video: extracted, or left out with the reason.

    Raises:
        MissingError: the file does not exist.
        DataError: the video's record in the store is damaged.
        StorageError: the disk is full or may not be written.
    """
    if (record := _unchanged(video, store, um_per_px)) is not None:
        return record
    try:
        found = surveyed(video, surveys)
        batch, record = extract_stacks(video, store.config, um_per_px=um_per_px, found=found, read_ahead=read_ahead)
    except VideoError as error:
        record = VideoRecord.left_out(video, store.config, str(error), um_per_px=um_per_px)
        store.leave_out(record)
    else:
        store.add(batch, record)
    return record


def extract_videos(
    videos: Sequence[VideoFile],
    store: StackStore,
    *,
    um_per_px: Mapping[str, float] = {},
    surveys: Path | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> dict[str, VideoRecord]:
    """Cut several videos into a store; videos that it holds already with the same content are not processed again.

    Args:
        videos: the videos, with different ids.
        store: the store, whose settings say which stacks are wanted.
        um_per_px: width of a pixel by video, for stacks with a given width of a pixel.
        surveys: folder where surveys are kept; None keeps none.
        workers: number of processes; None starts one for each processor core.
        progress: reports every video.

    Returns:
        The record of each video by id, in the order of ``videos``: extracted, or left out with the reason. A file that
        does not exist is left out, too.

    Raises:
        DataError: a record in the store is damaged.
        WorkerError: a process could not start, or was killed.
        StorageError: the disk is full or may not be written.
    """
    scales = {video.video_id: um_per_px.get(video.video_id) for video in videos}
    records = {v.video_id: record for v in videos if (record := _unchanged(v, store, scales[v.video_id]))}
    todo = [(video, scales[video.video_id]) for video in videos if video.video_id not in records]
    with (progress or Silent()).task("extract", len(videos)) as task:
        task.advance(len(records))
        for record in _run(todo, store, surveys, min(workers or cores(), len(todo))):
            records[record.video_id] = record
            task.advance(note=record.file)
    return {video.video_id: records[video.video_id] for video in videos}


def extract_folder(
    data: Videos, config: StackConfig, out: Path, *, workers: int | None = None, progress: Progress | None = None
) -> list[VideoRecord]:
    """Cut videos into the store ``out``.

    Videos that the store holds already with the same content are not processed again, so that a second run does
    nothing, and a run after an interrupted one does the rest.

    Args:
        data: videos and folders, or the result of ``find_videos``.
        config: settings of the stacks; an existing store must have the same.
        out: the store.
        workers: number of processes; None starts one for each processor core.
        progress: reports every video.

    Returns:
        A record for each video, in natural order: extracted, or left out with the reason. The store may also hold
        videos of earlier runs that are no longer there; they are not returned.

    Raises:
        MissingError: a file or folder does not exist, or nothing given has a video.
        DataError: ``out`` is not a stack store.
        ConfigError: the store was made with other settings.
        BusyError: another process is writing into ``out``.
        WorkerError: a process could not start, or was killed.
        StorageError: the disk is full or may not be written.
    """
    found = find_videos(data)
    refuse_foreign(out)
    writable_folder(out)
    with run_lock(out):
        store = StackStore.create(out, config)
        store.clear_leftovers()
        return list(extract_videos(found.videos, store, workers=workers, progress=progress).values())


def _unchanged(video: VideoFile, store: StackStore, um_per_px: float | None) -> VideoRecord | None:
    """Get the store's record of a video if the file exists, with the same content and width of a pixel."""
    record = store.record(video.video_id)
    if record is None or not video.path.is_file() or record.fingerprint != video.fingerprint:
        return None
    return record if store.config.um_per_px is None or record.um_per_px == um_per_px else None


def _run(todo: list[Scaled], store: StackStore, surveys: Path | None, n_workers: int) -> Iterator[VideoRecord]:
    """Extract videos, yielding records as they come."""
    if n_workers <= 1:
        for scaled in todo:
            yield _extract(scaled, store, surveys, read_ahead=True)
        return
    jobs = [(scaled, store.path, surveys) for scaled in todo]
    yield from run_parallel(_extract_in_worker, jobs, workers=n_workers)


def _extract_in_worker(job: tuple[Scaled, Path, Path | None]) -> VideoRecord:
    scaled, store, surveys = job
    return _extract(scaled, StackStore.open(store), surveys, read_ahead=False)


def _extract(scaled: Scaled, store: StackStore, surveys: Path | None, *, read_ahead: bool) -> VideoRecord:
    video, um_per_px = scaled
    try:
        return extract_into(video, store, um_per_px=um_per_px, surveys=surveys, read_ahead=read_ahead)
    except MissingError as error:  # the file was removed after the folder was listed, or is a link to nothing
        record = VideoRecord.left_out(video, store.config, str(error), um_per_px=um_per_px)
        store.leave_out(record)
        return record
