"""What all methods share, made once and kept in the run's folder: stacks and tracks; and what they cost.

Several processes make them side by side, so what stacks cost is measured on a few videos, one after another on one
thread; tracking writes down the processor time of each video.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from motilens.data.dataset import Dataset, open_dataset
from motilens.errors import InputError, MissingError
from motilens.evaluation.benchmark.costs import spending
from motilens.evaluation.benchmark.request import BenchmarkRequest
from motilens.files import write_json
from motilens.methods.values import Material
from motilens.progress import Progress
from motilens.simulate.truth import read_truth, truth_path
from motilens.stacks.extract import extract_stacks
from motilens.stacks.folder import extract_folder
from motilens.tracking.folder import TrackStore, track_folder
from motilens.tracks.values import Scale
from motilens.training.runtime import Runtime
from motilens.video.scan import scan
from motilens.video.source import find_videos, video_id_of

TIMED_VIDEOS = 3
"""Videos, spread over all, on which the cost of stacks is measured."""

PREPARATION_FILE = "preparation.json"


def prepare_stacks(request: BenchmarkRequest, *, workers: int | None, progress: Progress) -> Dataset:
    """Cut all videos into stacks, those that are there are not touched.

    Raises:
        MotilensError: as ``stacks.folder.extract_folder`` and ``data.dataset.open_dataset``.
    """
    stacks = request.out / "stacks"
    extract_folder(request.data, request.stacks, stacks, workers=workers, progress=progress)
    return open_dataset(stacks, request.data, exclude=request.exclude)


def prepare_tracks(
    request: BenchmarkRequest, dataset: Dataset, *, workers: int | None, progress: Progress
) -> TrackStore:
    """Track all videos, those that are there are not touched.

    Raises:
        InputError: nobody says what a pixel is.
        MotilensError: as ``methods.tracking.track_folder``.
    """
    videos = videos_of(request, dataset)
    um_per_px = widths_of_pixels(request, videos)
    return track_folder(
        videos,
        {i: Scale(um_per_px[i], scan(video).info.fps_hz) for i, video in videos.items()},
        request.out / "tracks",
        workers=workers,
        progress=progress,
    )


def videos_of(request: BenchmarkRequest, dataset: Dataset) -> dict[str, Path]:
    """The video file of each participant."""
    files = {video_id_of(path): path for path in find_videos(request.data)}
    return {summary.participant: files[summary.videos[0]] for summary in dataset.summaries}


def costs_of_preparation(request: BenchmarkRequest, dataset: Dataset, tracks: TrackStore | None) -> dict[str, float]:
    """Processor seconds a participant for stacks and for tracks; measured once, then read from the run's folder."""
    file = request.out / PREPARATION_FILE
    known: dict[str, float] = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    if "stacks" not in known:
        videos = list(videos_of(request, dataset).values())
        places = np.unique(np.linspace(0, len(videos) - 1, min(TIMED_VIDEOS, len(videos))).round().astype(int))
        with spending() as spent:
            for place in places:
                extract_stacks(videos[place], request.stacks, threads=1, read_ahead=False)
        known["stacks"] = round(spent.cpu_s / len(places), 4)
    if tracks is not None and "tracks" not in known:
        known["tracks"] = round(float(np.mean(list(tracks.cpu_s.values()))), 4)
    write_json(file, known)
    return known


def material_of(request: BenchmarkRequest, dataset: Dataset, tracks: TrackStore | None) -> Material:
    """What methods may look at."""

    def no_tracks(participant: str) -> tuple[()]:
        raise MissingError(f"no tracks of participant {participant} were made; ask for a method that uses tracks")

    return Material(
        source=dataset,
        participants={summary.participant: summary for summary in dataset.summaries},
        tracks=no_tracks if tracks is None else tracks.tracks,
        pipeline=request.pipeline,
        images=request.out / "images",
        runtime=Runtime("cpu"),
    )


def exact_of(data: Path, ids: tuple[str, ...]) -> Mapping[str, Mapping[str, tuple[float, float, float]]] | None:
    """What the counts of a simulated data set were drawn from, by target and participant; None for other data.

    Data drawn along real tracks has a laboratory's counts, which were not drawn from anything that is known.
    """
    if not all(i.isdigit() and truth_path(data, int(i)).is_file() for i in ids):
        return None
    truths = {i: read_truth(data, int(i)) for i in ids}
    if any(truth.counted_cells is None for truth in truths.values()):
        return None
    return {
        "motility": {i: truth.exact.motility_pct for i, truth in truths.items()},
        "morphology": {i: truth.exact.morphology_pct for i, truth in truths.items()},
    }


def widths_of_pixels(request: BenchmarkRequest, participants: Iterable[str]) -> dict[str, float]:
    """Width of a pixel of each participant's video, in um.

    Raises:
        InputError: nobody says it.
    """
    return {participant: _um_per_px(request, participant) for participant in participants}


def _um_per_px(request: BenchmarkRequest, participant: str) -> float:
    if request.um_per_px is not None:
        return request.um_per_px
    if participant.isdigit() and truth_path(request.data, int(participant)).is_file():
        return read_truth(request.data, int(participant)).um_per_px
    raise InputError(
        f"nobody says how wide a pixel of participant {participant}'s video is, and methods that use tracks must know; "
        "give --um-per-px (motilitAI takes 0.351 for VISEM), or choose methods without tracks"
    )
