"""Tracks of a folder of videos, made once and kept: several videos at a time, and on from where a run stopped.

Each video is one task of one process with one thread. A video that cannot be used has no tracks and its reason; a run
is never ended by one video.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import cv2

from motilens.errors import ConfigError, MissingError, VideoError
from motilens.files import fingerprint, writable_folder
from motilens.progress import Progress, Silent
from motilens.tracking.file import TrackRecord, read_record, read_tracks, write_tracks
from motilens.tracking.video import Followed, TrackingConfig, compile_once, track_video
from motilens.tracks.values import Scale, Tracks
from motilens.workers import cores, side_by_side

ScaleOf = Callable[[str], Scale] | Mapping[str, Scale]
"""What a pixel and a frame are, by participant."""


@dataclass(frozen=True)
class TrackStore:
    """Tracks of some participants on disk.

    Attributes:
        path: the folder.
        records: what the tracks come from, by participant.
    """

    path: Path
    records: Mapping[str, TrackRecord]

    def __repr__(self) -> str:
        return f"TrackStore({str(self.path)!r}, {len(self.records)} participants)"

    def tracks(self, participant: str) -> tuple[Tracks, ...]:
        """Tracks of each part of the video that was tracked, in order, their drift 0; none of a video without any.

        Raises:
            MissingError: a participant who is not in the store.
        """
        if participant not in self.records:
            raise MissingError(f"no tracks of participant {participant} in {self.path}; track the video first")
        return read_tracks(tracks_path(self.path, participant))

    @property
    def cpu_s(self) -> dict[str, float]:
        """Processor time that each participant's video took."""
        return {participant: record.cpu_s for participant, record in self.records.items()}

    @property
    def problems(self) -> dict[str, tuple[str, ...]]:
        """What is wrong, of those participants of whom anything is."""
        return {participant: record.problems for participant, record in self.records.items() if record.problems}


def tracks_path(out: Path, participant: str) -> Path:
    """Where a participant's tracks are."""
    return out / f"{quote(participant, safe=' ')}.npz"


class _Job(NamedTuple):
    participant: str
    video: Path
    fingerprint: str
    scale: Scale
    out: Path
    config: TrackingConfig


def track_folder(
    videos: Mapping[str, Path],
    scale_of: ScaleOf,
    out: Path,
    *,
    config: TrackingConfig | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> TrackStore:
    """Track every video once; those that ``out`` has already, of the same content, are not touched.

    Args:
        videos: by participant.
        scale_of: of each participant's video; its rate is that of the frames as they are decoded.
        out: a folder of tracks, made if it is not there.
        config: settings; tracks that are there must have been made with the same.
        workers: videos at a time; one per processor core if None. The tracks are the same for any number.
        progress: told of every video.

    Raises:
        MissingError: no such video.
        ConfigError: ``out`` has tracks made with other settings, or another scale.
        DataError: a file there that is not one of tracks.
        WorkerError: a process was ended from outside.
        StorageError: the disk is full or may not be written.
    """
    config = config or TrackingConfig()
    records, todo = {}, []
    for participant, video in videos.items():
        if not video.is_file():
            raise MissingError(f"no video of participant {participant}: {video} is not there; correct the path")
        scale = scale_of[participant] if isinstance(scale_of, Mapping) else scale_of(participant)
        job = _Job(participant, video, fingerprint(video), scale, out, config)
        record = _known(job)
        if record is None:
            todo.append(job)
        else:
            records[participant] = record
    writable_folder(out)
    with (progress or Silent()).task("track", len(videos)) as task:
        task.advance(len(records))
        for record in _run(todo, min(workers or cores(), len(todo))):
            records[record.participant] = record
            task.advance(note=record.participant)
    return TrackStore(out, {participant: records[participant] for participant in videos})


def _known(job: _Job) -> TrackRecord | None:
    """What is there already; None if the video must be tracked."""
    path = tracks_path(job.out, job.participant)
    if not path.is_file():
        return None
    record = read_record(path)
    if record.fingerprint != job.fingerprint:
        return None
    if record.config_digest != job.config.digest or record.scale != job.scale:
        other = f"{record.scale} instead of {job.scale}" if record.scale != job.scale else "other settings"
        raise ConfigError(
            f"tracks of participant {job.participant} in {job.out} were made with {other}; allowed: the same; use "
            "another folder, or remove this one to track all anew"
        )
    return record


def _run(todo: list[_Job], n_workers: int) -> Iterator[TrackRecord]:
    """Track videos, yielding records as they come."""
    if n_workers <= 1:
        yield from map(_track, todo)
        return
    yield from side_by_side(_track, todo, workers=n_workers, start=_one_thread)


def _one_thread() -> None:
    cv2.setNumThreads(1)


def _track(job: _Job) -> TrackRecord:
    compile_once()
    begin_s = time.process_time()
    try:
        result = track_video(job.video, job.scale, job.config)
    except VideoError as error:
        result = Followed((), (), None, 0, 0, (str(error),))
    record = TrackRecord(
        participant=job.participant,
        file=job.video.name,
        fingerprint=job.fingerprint,
        config_digest=job.config.digest,
        um_per_px=job.scale.um_per_px,
        fps_hz=job.scale.fps_hz,
        least_mass=result.mass.mass if result.mass else None,
        mass_how=result.mass.how if result.mass else None,
        spans=result.spans,
        n_stretches=result.n_stretches,
        n_short=result.n_short,
        n_tracks=sum(map(len, result.tracks)),
        cpu_s=time.process_time() - begin_s,
        problems=result.problems,
    )
    write_tracks(tracks_path(job.out, job.participant), record, result.tracks)
    return record
