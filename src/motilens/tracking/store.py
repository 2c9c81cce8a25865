"""Tracks of videos, made once and kept: several videos at a time, continuing where an earlier run stopped.

A kept file is used only for the same content of the video, the same settings and the same scale; anything else is
tracked anew. Each video is one job of one process with one thread. A video in which nothing can be tracked has no
tracks, and its record says why.
"""

import logging
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import cv2

from motilens.config import TrackingConfig
from motilens.errors import DataError, MissingError
from motilens.files import disk_name, writable_folder
from motilens.progress import Progress, Silent
from motilens.runs.pool import cores, run_parallel
from motilens.tracking.track_file import TrackRecord, read_record, read_tracks, write_tracks
from motilens.tracking.track_video import compile_once, track_video
from motilens.tracking.tracks import Tracks
from motilens.video.source import VideoFile
from motilens.video.survey import Survey
from motilens.video.survey_file import surveyed

log = logging.getLogger("motilens")


class TrackJob(NamedTuple):
    """One video to be tracked.

    Attributes:
        video: the video.
        um_per_px: width of a pixel.
        config: settings.
        folder: where tracks are kept; None keeps nothing.
        surveys: where surveys are kept; None keeps nothing.
    """

    video: VideoFile
    um_per_px: float
    config: TrackingConfig
    folder: Path | None
    surveys: Path | None


def track_into(job: TrackJob, found: Survey | None = None) -> tuple[tuple[Tracks, ...], TrackRecord]:
    """Read the kept tracks of a video, or track it and keep them.

    Args:
        job: the video.
        found: its survey, if it has been surveyed already.

    Returns:
        The tracks of each tracked range, without drift, and where they come from. A video in which nothing can be
        tracked has no tracks, and its record lists the problem.

    Raises:
        MissingError: no such video.
        VideoError: the file is not a video.
        InputError: a width of a pixel that is not above 0.
        StorageError: the disk is full or may not be written.
    """
    kept = _kept_record(job)
    if kept is not None and job.folder is not None:
        return read_tracks(tracks_path(job.folder, kept.video_id)), kept
    tracks, record = _track(job, found or surveyed(job.video, job.surveys))
    if job.folder is not None:
        write_tracks(tracks_path(job.folder, record.video_id), record, tracks)
    return tracks, record


def track_videos(
    jobs: Sequence[TrackJob], *, workers: int | None = None, progress: Progress | None = None
) -> dict[str, TrackRecord]:
    """Track videos whose tracks are not kept yet, several at a time.

    Args:
        jobs: videos with different ids, and one folder where their tracks are kept.
        workers: videos at a time; one per processor core if None. The tracks are the same for any number.
        progress: told of every video.

    Returns:
        Records by video id, in the order of ``jobs``; ``track_into`` then reads the tracks.

    Raises:
        MissingError, VideoError, InputError: as ``track_into``.
        WorkerError: a process was ended from outside.
        StorageError: the disk is full or may not be written.
    """
    for folder in {job.folder for job in jobs if job.folder is not None}:
        writable_folder(folder)
    records = {job.video.video_id: record for job in jobs if (record := _kept_record(job)) is not None}
    todo = [job for job in jobs if job.video.video_id not in records]
    n_workers = min(workers or cores(), len(todo))
    with (progress or Silent()).task("track", len(jobs)) as task:
        task.advance(len(records))
        parallel = n_workers > 1
        done = run_parallel(_into, todo, workers=n_workers, start=_one_thread) if parallel else map(_into, todo)
        for record in done:
            records[record.video_id] = record
            task.advance(note=record.file)
    return {job.video.video_id: records[job.video.video_id] for job in jobs}


def tracks_path(folder: Path, video_id: str) -> Path:
    """Where the tracks of a video are kept."""
    return folder / f"{disk_name(video_id)}.npz"


def _kept_record(job: TrackJob) -> TrackRecord | None:
    """The record of tracks kept of the same content, settings and scale; None if the video must be tracked."""
    if job.folder is None:
        return None
    try:
        record = read_record(tracks_path(job.folder, job.video.video_id))
    except MissingError:
        return None
    except DataError as error:
        log.warning("%s; it is made again", error)
        return None
    kept = (record.fingerprint, record.config_digest, record.um_per_px)
    return record if kept == (job.video.fingerprint, job.config.digest, job.um_per_px) else None


def _one_thread() -> None:
    cv2.setNumThreads(1)


def _into(job: TrackJob) -> TrackRecord:
    return track_into(job)[1]


def _track(job: TrackJob, survey: Survey) -> tuple[tuple[Tracks, ...], TrackRecord]:
    video = job.video
    compile_once()
    begin_s = time.process_time()
    found = track_video(survey, job.um_per_px, job.config)
    record = TrackRecord(
        video_id=video.video_id,
        file=video.name,
        fingerprint=video.fingerprint,
        config_digest=job.config.digest,
        um_per_px=job.um_per_px,
        fps_hz=survey.info.fps_hz,
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
