"""Prepares all recordings before any method is fitted: makes stacks and tracks, several videos in parallel.

A recording that cannot be used is removed from the data set and listed with its reason; the others are kept.
"""

from collections.abc import Collection
from pathlib import Path

from motilens.config import MethodSettings, StackConfig, TrackingConfig
from motilens.data.dataset import Dataset
from motilens.errors import MismatchError, MissingError, VideoError
from motilens.predictors.predictor import Need
from motilens.progress import Progress
from motilens.recordings.recording import stacks_folder, surveys_folder, tracks_folder
from motilens.runs.pool import cores, run_parallel
from motilens.stacks.extract_videos import extract_videos
from motilens.stacks.store import StackStore
from motilens.tracking.store import TrackJob, track_videos
from motilens.tracking.track_file import TrackRecord
from motilens.video.source import VideoFile
from motilens.video.survey_file import surveyed


def prepare(
    dataset: Dataset,
    settings: MethodSettings,
    needs: Collection[Need],
    *,
    cache: Path,
    workers: int | None,
    progress: Progress,
) -> Dataset:
    """Make the stacks and tracks that are needed and do not exist yet.

    Args:
        dataset: the data set, opened with the same ``cache``.
        settings: settings of stacks and tracking.
        needs: what the methods need of a recording.
        cache: folder of stacks and tracks.
        workers: number of videos in parallel; one per processor core if None.
        progress: shows how many videos are done.

    Returns:
        The data set without the recordings that cannot be used.

    Raises:
        MismatchError: tracks are needed and the width of a pixel is not known.
        DataError: no recording can be used.
        WorkerError: a process was terminated from outside.
        StorageError: the disk is full or cannot be written to.
    """
    if "tracks" in needs:
        check_scales(dataset)
    if {"stacks", "tracks"} & set(needs):
        dataset = _examined(dataset, cache, workers, progress)
    if "stacks" in needs:
        dataset = _with_stacks(dataset, settings.stacks, cache, workers, progress)
    if "tracks" in needs:
        prepare_tracks(dataset, settings.tracking, cache=cache, workers=workers, progress=progress)
    return dataset


def check_scales(dataset: Dataset) -> None:
    """Check that the width of a pixel is known for every recording. Raises MismatchError if it is not."""
    if unknown := [i for i, own in dataset.recordings.items() if any(r.um_per_px is None for r in own)]:
        raise MismatchError(
            f"the width of a pixel is not known for {len(unknown)} participants (the first is {unknown[0]}), and "
            "methods that use tracks measure in um; give it with --um-per-px (motilitAI takes 0.351 for VISEM), or "
            "choose methods without tracks"
        )


def prepare_tracks(
    dataset: Dataset, config: TrackingConfig, *, cache: Path, workers: int | None, progress: Progress
) -> dict[str, TrackRecord]:
    """Track every recording that has not been tracked yet, and return the records by video id."""
    folder, surveys = tracks_folder(cache, config), surveys_folder(cache)
    jobs = [TrackJob(r.video, r.known_um_per_px, config, folder, surveys) for r in dataset.all_recordings]
    return track_videos(jobs, workers=workers, progress=progress)


def _examined(dataset: Dataset, cache: Path, workers: int | None, progress: Progress) -> Dataset:
    """Survey every recording that has not been surveyed yet, and leave out those that are no videos."""
    jobs = [(recording.video, surveys_folder(cache)) for recording in dataset.all_recordings]
    n_workers = min(workers or cores(), len(jobs))
    unusable: dict[str, str] = {}
    with progress.task("examine", len(jobs)) as task:
        done = run_parallel(_survey, jobs, workers=n_workers) if n_workers > 1 else map(_survey, jobs)
        for video_id, problem in done:
            if problem is not None:
                unusable[video_id] = problem
            task.advance(note=video_id)
    return dataset.without(unusable) if unusable else dataset


def _survey(job: tuple[VideoFile, Path]) -> tuple[str, str | None]:
    video, folder = job
    try:
        surveyed(video, folder)
    except (VideoError, MissingError) as error:
        return video.video_id, str(error)
    return video.video_id, None


def _with_stacks(
    dataset: Dataset, config: StackConfig, cache: Path, workers: int | None, progress: Progress
) -> Dataset:
    store = StackStore.create(stacks_folder(cache, config), config)
    store.clear_leftovers()
    videos = [recording.video for recording in dataset.all_recordings]
    records = extract_videos(videos, store, surveys=surveys_folder(cache), workers=workers, progress=progress)
    return dataset.without({v: f"no stacks: {r.reason}" for v, r in records.items() if r.status != "extracted"})
