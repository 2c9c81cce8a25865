"""Tracks of videos, made once and kept: several videos at a time, continuing where an earlier run stopped.

A kept file is used only for the same content of the video, the same settings and the same scale; anything else is
tracked anew. Each video is one job of one process with one thread. A video that cannot be used has no tracks, and its
record says why; no run ends because of one video.
"""

import logging
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import cv2

from motilens.config import TrackingConfig
from motilens.errors import DataError, MissingError, VideoError
from motilens.files import fingerprint, writable_folder
from motilens.progress import Progress, Silent
from motilens.runs.pool import cores, run_parallel
from motilens.tracking.track_file import TrackRecord, read_record, read_tracks, write_tracks
from motilens.tracking.track_video import VideoTracks, compile_once, track_video
from motilens.tracking.tracks import Scale, Tracks
from motilens.video.source import video_id_of

log = logging.getLogger("motilens")


def track_into(
    path: Path, scale: Scale, folder: Path | None, config: TrackingConfig
) -> tuple[tuple[Tracks, ...], TrackRecord]:
    """Read the kept tracks of a video, or track it and keep them.

    Args:
        path: the video.
        scale: width of a pixel, and rate of the frames as they are decoded.
        folder: where tracks are kept; None keeps nothing.
        config: settings.

    Returns:
        The tracks of each tracked range, without drift, and where they come from. A video that cannot be used has no
        tracks, and its record lists the problem.

    Raises:
        MissingError: no such video.
        StorageError: the disk is full or may not be written.
    """
    job = _job(path, scale, folder, config)
    kept = _kept(job)
    if kept is not None:
        return kept
    tracks, record = _track(job)
    if folder is not None:
        write_tracks(tracks_path(folder, record.video_id), record, tracks)
    return tracks, record


def track_videos(
    videos: Sequence[tuple[Path, Scale]],
    folder: Path,
    config: TrackingConfig,
    *,
    workers: int | None = None,
    progress: Progress | None = None,
) -> dict[str, TrackRecord]:
    """Track videos that ``folder`` does not hold yet, several at a time.

    Args:
        videos: each with its scale; no two of one id.
        folder: where tracks are kept; made if it is not there.
        config: settings.
        workers: videos at a time; one per processor core if None. The tracks are the same for any number.
        progress: told of every video.

    Returns:
        Records by video id, in the order of ``videos``; ``track_into`` then reads the tracks.

    Raises:
        MissingError: no such video.
        DataError: two videos of one id.
        WorkerError: a process was ended from outside.
        StorageError: the disk is full or may not be written.
    """
    jobs = {video_id_of(path): _job(path, scale, folder, config) for path, scale in videos}
    if len(jobs) != len(videos):
        raise DataError(f"{len(videos)} videos with {len(jobs)} different names; rename or remove those named alike")
    writable_folder(folder)
    records = {video_id: record for video_id, job in jobs.items() if (record := _kept_record(job)) is not None}
    todo = [job for video_id, job in jobs.items() if video_id not in records]
    n_workers = min(workers or cores(), len(todo))
    with (progress or Silent()).task("track", len(videos)) as task:
        task.advance(len(records))
        parallel = n_workers > 1
        done = run_parallel(_into, todo, workers=n_workers, start=_one_thread) if parallel else map(_into, todo)
        for record in done:
            records[record.video_id] = record
            task.advance(note=record.video_id)
    return {video_id: records[video_id] for video_id in jobs}


def tracks_path(folder: Path, video_id: str) -> Path:
    """Where the tracks of a video are kept."""
    return folder / f"{quote(video_id, safe=' ')}.npz"


class _Job(NamedTuple):
    video: Path
    fingerprint: str
    scale: Scale
    folder: Path | None
    config: TrackingConfig


def _job(path: Path, scale: Scale, folder: Path | None, config: TrackingConfig) -> _Job:
    if not path.is_file():
        raise MissingError(f"no video at {path}; correct the path")
    return _Job(path, fingerprint(path), scale, folder, config)


def _kept_record(job: _Job) -> TrackRecord | None:
    """The record of tracks kept of the same content, settings and scale; None if the video must be tracked."""
    if job.folder is None:
        return None
    path = tracks_path(job.folder, video_id_of(job.video))
    try:
        record = read_record(path)
    except MissingError:
        return None
    except DataError as error:
        log.warning("%s; it is made again", error)
        return None
    same = (record.fingerprint, record.config_digest, record.scale) == (job.fingerprint, job.config.digest, job.scale)
    return record if same else None


def _kept(job: _Job) -> tuple[tuple[Tracks, ...], TrackRecord] | None:
    record = _kept_record(job)
    if record is None or job.folder is None:
        return None
    return read_tracks(tracks_path(job.folder, record.video_id)), record


def _one_thread() -> None:
    cv2.setNumThreads(1)


def _into(job: _Job) -> TrackRecord:
    return track_into(job.video, job.scale, job.folder, job.config)[1]


def _track(job: _Job) -> tuple[tuple[Tracks, ...], TrackRecord]:
    compile_once()
    begin_s = time.process_time()
    try:
        found = track_video(job.video, job.scale, job.config)
    except VideoError as error:
        found = VideoTracks((), (), None, 0, 0, (str(error),))
    record = TrackRecord(
        video_id=video_id_of(job.video),
        file=job.video.name,
        fingerprint=job.fingerprint,
        config_digest=job.config.digest,
        um_per_px=job.scale.um_per_px,
        fps_hz=job.scale.fps_hz,
        least_mass=found.mass.mass if found.mass else None,
        mass_how=found.mass.how if found.mass else None,
        tracked=found.tracked,
        n_segments=found.n_segments,
        n_short=found.n_short,
        n_tracks=sum(map(len, found.tracks)),
        cpu_s=time.process_time() - begin_s,
        problems=found.problems,
    )
    return found.tracks, record
