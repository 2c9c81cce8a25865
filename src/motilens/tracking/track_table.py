"""Tracks of a user's videos as a table with one row for each track, and a summary with one row for each video.

Kinematics of a track are means over its pieces of about a second, weighted by their length; so are those of the
simulator's truth. The class of a track is the one it spends most of its time in, but shares of a video's classes are
shares of cell-seconds: a cell that was lost and found again has several tracks and still counts once.

::

    tracks.csv           one row for each track, or tracks.parquet
    tracks.summary.csv   one row for each video, those without tracks with the reason
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from motilens import __version__
from motilens.config import ClassThresholds, Settings, TrackingConfig
from motilens.errors import InputError, MissingError, VideoError
from motilens.files import writable_file
from motilens.progress import Progress, Silent
from motilens.runs.pool import cores, run_parallel
from motilens.tracking.kinematics import QUANTITIES
from motilens.tracking.link import without_drift
from motilens.tracking.motility_classes import CLASSES, MotilityClass, classify
from motilens.tracking.pieces import cut, measure
from motilens.tracking.table_files import write_csv, write_parquet
from motilens.tracking.track_video import compile_once, track_video
from motilens.tracking.tracks import Tracks
from motilens.video.info import VideoInfo
from motilens.video.source import VideoFile, Videos, find_videos
from motilens.video.survey_file import surveyed

LEAST_RATE_HZ = 60.0
"""Widely held to be the least frame rate for VCL, ALH and BCF."""


class TrackRow(Settings):
    """One track. Kinematics are means over its pieces of about a second (``tracking.kinematics``)."""

    video: str
    """The file's path from the folder that was given."""
    track: int
    """Number of the track, from 0 in each video."""
    first_frame: int
    """Number of its first frame in the file, from 0."""
    last_frame: int
    duration_s: float
    mean_x_um: float
    """Position in the picture, from the centre of the upper left pixel."""
    mean_y_um: float
    vcl_um_s: float
    vsl_um_s: float
    vap_um_s: float
    lin: float
    str: float
    wob: float
    alh_um: float
    bcf_hz: float
    motility_class: MotilityClass
    """The class in which it spends most of its time."""
    rapid_s: float
    """Seconds in each class."""
    slow_s: float
    non_progressive_s: float
    immotile_s: float


class VideoSummary(Settings):
    """One video: shares of WHO's classes, or the reason why there are none."""

    video: str
    """The file's path from the folder that was given."""
    n_tracks: int
    cell_seconds: float
    """Seconds that cells were watched, summed over cells."""
    rapid_pct: float | None
    """Shares of cell-seconds; None where no cell was followed."""
    slow_pct: float | None
    non_progressive_pct: float | None
    immotile_pct: float | None
    tracked_s: float
    """Seconds of the video that were tracked."""
    fps_hz: float | None
    """Frame rate of different pictures."""
    header_fps_hz: float | None
    """Frame rate by the file's header."""
    um_per_px: float
    left_out: str | None
    """Why the video has no tracks; None where it has."""
    notes: str
    """What was lost or limits the values."""
    motilens_version: str = __version__


def track_table(
    data: Videos,
    out: Path,
    *,
    um_per_px: float,
    config: TrackingConfig | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> tuple[VideoSummary, ...]:
    """Track videos and write the table of tracks and the summary.

    Args:
        data: videos and folders, or the result of ``find_videos``.
        out: the table of tracks, ``.csv`` or ``.parquet``; the summary goes beside it (``summary_path``).
        um_per_px: width of a pixel in um, the same for all videos.
        config: settings; all of each video if None.
        workers: videos at a time; one per processor core if None. The table is the same for any number.
        progress: told of every video.

    Returns:
        One summary for each video, in the order given. After an error, the tables hold the videos before it.

    Raises:
        InputError: another ending of ``out``, or a width that is not above 0; said before any video is read.
        MissingError: a path that is not there, or nothing given has a video; said before any video is read.
        WorkerError: a process was ended from outside.
        StorageError: the disk is full or may not be written.
    """
    write = _writer(out)
    if not 0 < um_per_px < np.inf:
        raise InputError(f"um_per_px is {um_per_px}; allowed: above 0")
    videos = find_videos(data).videos
    names = [video.name for video in videos]
    for file in (out, summary_path(out)):
        writable_file(file)
    work = partial(_track_one, um_per_px=um_per_px, config=config or TrackingConfig(seconds=None))
    n_workers = min(workers or cores(), len(videos))
    found: dict[str, tuple[list[TrackRow], VideoSummary]] = {}
    try:
        with (progress or Silent()).task("track", len(videos)) as task:
            parallel = n_workers > 1
            done = run_parallel(work, videos, workers=n_workers, start=_one_thread) if parallel else map(work, videos)
            for rows, summary in done:
                found[summary.video] = rows, summary
                task.advance(note=summary.video)
    finally:  # what was tracked before an error or an interruption is kept
        finished = [found[name] for name in names if name in found]
        if finished:
            write(out, TrackRow, [row for rows, _ in finished for row in rows])
            write_csv(summary_path(out), VideoSummary, [summary for _, summary in finished])
    return tuple(found[name][1] for name in names)


def summary_path(out: Path) -> Path:
    """Where the summary beside a table of tracks goes."""
    return out.with_suffix(".summary.csv")


def track_rows(video: str, tracks: Tracks, *, numbers: np.ndarray, first_track: int) -> Iterator[TrackRow]:
    """Make the rows of one tracked range of a video.

    Args:
        video: its file name.
        tracks: measured without the drift that they carry.
        numbers: (frame,) number in the file of each frame of the range.
        first_track: number of the first row.
    """
    thresholds = ClassThresholds()
    pieces = cut(tracks, window_s=thresholds.window_s)
    classes, found = classify(pieces, thresholds), measure(tracks, pieces)
    scale, starts = tracks.scale, tracks.starts
    stops = np.append(starts, len(tracks.track))[1:]
    for k, (start, stop) in enumerate(zip(starts.tolist(), stops.tolist(), strict=True)):
        mine = pieces.track == k
        seconds = pieces.seconds[mine]
        by_class = np.bincount(classes[mine], weights=seconds, minlength=len(CLASSES))
        means = {name: float(np.average(getattr(found, name)[mine], weights=seconds)) for name in QUANTITIES}
        first, last = (int(tracks.frame[at]) for at in (start, stop - 1))
        yield TrackRow(
            video=video,
            track=first_track + k,
            first_frame=int(numbers[first]),
            last_frame=int(numbers[last]),
            duration_s=(last - first) / scale.fps_hz,
            mean_x_um=float(tracks.x_px[start:stop].mean()) * scale.um_per_px,
            mean_y_um=float(tracks.y_px[start:stop].mean()) * scale.um_per_px,
            **means,
            motility_class=CLASSES[int(by_class.argmax())],
            **{f"{name}_s": float(value) for name, value in zip(CLASSES, by_class, strict=True)},
        )


def _writer(out: Path) -> Callable[[Path, type[Settings], Sequence[Settings]], None]:
    writers: Mapping[str, Callable[[Path, type[Settings], Sequence[Settings]], None]] = {
        ".csv": write_csv,
        ".parquet": write_parquet,
    }
    if out.suffix not in writers:
        ending = f"ends in {out.suffix}" if out.suffix else "has no extension"
        raise InputError(f"--out {out.name} {ending}; allowed: .csv or .parquet")
    return writers[out.suffix]


def _one_thread() -> None:
    cv2.setNumThreads(1)


def _track_one(video: VideoFile, *, um_per_px: float, config: TrackingConfig) -> tuple[list[TrackRow], VideoSummary]:
    try:
        survey = surveyed(video, None)
        compile_once()
        found = track_video(survey, um_per_px, config)
    except (VideoError, MissingError) as error:
        return [], _summary(video, [], um_per_px, None, 0.0, str(error), ())
    fps_hz = survey.info.fps_hz
    rows: list[TrackRow] = []
    for part, (first, stop) in zip(found.tracks, found.tracked, strict=True):
        numbers = survey.number[first:stop]
        rows += track_rows(video.name, without_drift(part, "median"), numbers=numbers, first_track=len(rows))
    tracked_s = sum(stop - first for first, stop in found.tracked) / fps_hz
    if not found.tracked:
        return [], _summary(video, [], um_per_px, survey.info, 0.0, "; ".join(found.problems), ())
    left_out = None if rows else f"no head was followed for {config.link.least_frames} frames"
    return rows, _summary(video, rows, um_per_px, survey.info, tracked_s, left_out, found.problems)


def _summary(
    video: VideoFile,
    rows: Sequence[TrackRow],
    um_per_px: float,
    info: VideoInfo | None,
    tracked_s: float,
    left_out: str | None,
    problems: Sequence[str],
) -> VideoSummary:
    seconds = np.array([sum(getattr(row, f"{name}_s") for row in rows) for name in CLASSES])
    rapid, slow, non_progressive, immotile = (100 * seconds / seconds.sum()).tolist() if rows else [None] * 4
    fps_hz = None if info is None else info.fps_hz
    too_few = rows and fps_hz is not None and fps_hz < LEAST_RATE_HZ
    caveat = [f"at {fps_hz:g} frames/s VCL, ALH and BCF come out too small"] if too_few else []
    return VideoSummary(
        video=video.name,
        n_tracks=len(rows),
        cell_seconds=float(seconds.sum()),
        rapid_pct=rapid,
        slow_pct=slow,
        non_progressive_pct=non_progressive,
        immotile_pct=immotile,
        tracked_s=tracked_s,
        fps_hz=fps_hz,
        header_fps_hz=None if info is None else info.header_fps_hz,
        um_per_px=um_per_px,
        left_out=left_out,
        notes="; ".join([*problems, *caveat]),
    )
