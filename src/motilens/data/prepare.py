"""Prepares all recordings before any method is fitted: makes stacks and tracks, several videos in parallel.

A recording that cannot be used is removed from the data set and listed with its reason; the others are kept.
"""

from collections.abc import Collection
from pathlib import Path

import cv2
import numpy as np
import torch

from motilens.config import CountingConfig, InputType, MethodSettings, StackConfig, Target, TrackingConfig
from motilens.data.dataset import Dataset
from motilens.errors import MismatchError, MissingError, VideoError
from motilens.networks.counter_file import load_counter
from motilens.predictors.predictor import Need
from motilens.progress import Progress
from motilens.recordings.recording import Recording, stacks_folder, surveys_folder, tracks_folder
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
    if {"stacks", "cells", "tracks"} & set(needs):
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


def prepare_cells(
    dataset: Dataset,
    config: CountingConfig,
    counters: Collection[tuple[Target, InputType]],
    *,
    workers: int | None,
    progress: Progress,
) -> tuple[Dataset, dict[str, float]]:
    """Count the cells of every recording with every network that is needed.

    A network that each job trains further counts in the job; nothing can be counted before.

    Args:
        dataset: the data set, opened with a cache.
        config: settings of counting.
        counters: target and input type of each network.
        workers: number of videos in parallel; one per processor core if None.
        progress: shows how many videos are done.

    Returns:
        The data set without the recordings that cannot be used, and CPU seconds per recording by input type.

    Raises:
        MissingError, WeightsError: a network cannot be loaded.
        DataError: no recording can be used.
        WorkerError: a process was terminated from outside.
        StorageError: the disk is full or cannot be written to.
    """
    if config.training.is_on:
        return dataset, {}
    for target, input_type in counters:
        load_counter(config.weights, target, input_type)
    jobs = [(recording, config, tuple(counters)) for recording in dataset.all_recordings]
    n_workers = min(workers or cores(), len(jobs))
    unusable: dict[str, str] = {}
    spent: dict[str, list[float]] = {input_type: [] for _, input_type in counters}
    with progress.task("count cells", len(jobs)) as task:
        if n_workers > 1:
            done = run_parallel(_counted_cells, jobs, workers=n_workers, start=_one_thread)
        else:
            done = map(_counted_cells, jobs)
        for video_id, cpu_s, problem in done:
            if problem is not None:
                unusable[video_id] = f"cells cannot be counted: {problem}"
            for input_type, seconds in cpu_s:
                spent[input_type].append(seconds)
            task.advance(note=video_id)
    costs = {input_type: round(float(np.mean(seconds)), 4) for input_type, seconds in spent.items() if seconds}
    return (dataset.without(unusable) if unusable else dataset), costs


def _counted_cells(
    job: tuple[Recording, CountingConfig, tuple[tuple[Target, InputType], ...]],
) -> tuple[str, list[tuple[InputType, float]], str | None]:
    recording, config, counters = job
    spent: list[tuple[InputType, float]] = []
    try:
        for target, input_type in counters:
            counter = load_counter(config.weights, target, input_type)
            spent.append((input_type, recording.cell_counts(counter, config.stacks(input_type, target)).cpu_s))
    except (VideoError, MissingError) as error:
        return recording.video_id, spent, str(error)
    return recording.video_id, spent, None


def _one_thread() -> None:
    torch.set_num_threads(1)
    cv2.setNumThreads(1)


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
