"""What all methods of an evaluation share: the data set with stacks and tracks, their cost, and the folds."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from motilens import __version__
from motilens.config import InputType, MethodSettings, Target
from motilens.data.dataset import Dataset, open_dataset
from motilens.data.fold_sources import check_choice
from motilens.data.prepare import check_scales, prepare, prepare_cells, prepare_tracks
from motilens.data.visem import read_participants
from motilens.evaluation.costs import spending
from motilens.evaluation.protocol import check_enough, folds_of
from motilens.evaluation.request import EvaluationRequest
from motilens.evaluation.result import RepeatFolds, Triple
from motilens.files import digest_of, writable_folder, write_json
from motilens.methods.catalogue import METHODS
from motilens.methods.method import Method
from motilens.methods.train import scale_source
from motilens.progress import Progress
from motilens.runs.settings import check_settings
from motilens.shapes import triple
from motilens.simulate.truth import read_truth, truth_path
from motilens.stacks.extract import extract_stacks

TIMED_PARTICIPANTS = 3
"""Number of participants, evenly chosen from all, on whose videos the cost of stacks is measured."""

PREPARATION_FILE = "preparation.json"


def open_with_folds(
    request: EvaluationRequest, *, workers: int | None, progress: Progress
) -> tuple[Dataset, tuple[RepeatFolds, ...]]:
    """Open the data set with all of its stacks, and choose the folds.

    Tables, folds, the width of a pixel and the run's settings are checked before any video is decoded, so that nothing
    is written into the folder of a run with other data.

    Raises:
        ConfigError: the folder holds a run with other settings or other data.
        MotilensError: bad tables, folds or places.
    """
    writable_folder(request.out)
    check_choice(request.folds)
    table = read_participants(request.data, exclude=request.exclude)
    for target in request.targets:
        table.labels(target)
    cache = request.out / "cache"
    dataset = open_dataset(
        request.data,
        exclude=request.exclude,
        cache=cache,
        um_per_px=scale_source(request.data, request.um_per_px),
        reading=request.reading,
        read_ahead=False,
    )
    if any("tracks" in method.needs for method in request.chosen):
        check_scales(dataset)
    check_enough(request, dataset)
    check_settings(request.out, _settings_that_must_stay(request, dataset))
    dataset = prepare(dataset, _shared(request), ("stacks",), cache=cache, workers=workers, progress=progress)
    if counters := _counters(request, request.chosen):
        dataset, _ = prepare_cells(dataset, _shared(request).counting, counters, workers=workers, progress=progress)
    return dataset, folds_of(request, dataset)


def prepare_with_costs(
    request: EvaluationRequest,
    methods: Sequence[Method],
    dataset: Dataset,
    *,
    workers: int | None,
    progress: Progress,
) -> dict[str, float]:
    """Count cells and track the videos if a method needs it.

    Returns:
        CPU seconds per participant for ``stacks`` and, if they are needed, for ``cells`` of each input type (the mean
        over the targets) and for ``tracks``. Stacks are timed on a few videos, one after another on one thread, because
        times of processes that run in parallel are not reliable; counting and tracking record the time of each video.
    """
    settings, file = _shared(request), request.out / PREPARATION_FILE
    key = digest_of([dataset.fingerprint, settings.stacks.model_dump(mode="json")])
    known = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    if known.get("made_from") != key:
        known = {"made_from": key, "stacks": _cost_of_stacks(settings, dataset, progress)}
        write_json(file, known)
    costs = {"stacks": float(known["stacks"])}
    if counters := _counters(request, methods):
        costs |= {f"cells {input_type}": 0.0 for _, input_type in counters}  # for networks that count in the job
        _, spent = prepare_cells(dataset, settings.counting, counters, workers=workers, progress=progress)
        replicates = len(dataset.all_recordings) / len(dataset.participants)
        costs |= {f"cells {input_type}": round(cpu_s * replicates, 4) for input_type, cpu_s in spent.items()}
    if any("tracks" in method.needs for method in methods):
        cache = request.out / "cache"
        records = prepare_tracks(dataset, settings.tracking, cache=cache, workers=workers, progress=progress)
        costs["tracks"] = round(sum(record.cpu_s for record in records.values()) / len(dataset.participants), 4)
    return costs


def labels_of(request: EvaluationRequest, dataset: Dataset) -> dict[Target, dict[str, Triple]]:
    """The laboratory's percentages by target and participant."""
    return {target: {i: triple(v) for i, v in dataset.labels(target).items()} for target in request.targets}


def exact_of(data: Path, ids: tuple[str, ...]) -> Mapping[Target, Mapping[str, Triple]] | None:
    """True percentages of a simulated data set by target and participant; None for other data.

    Data rendered along real tracks have a laboratory's counts, whose true percentages are not known.
    """
    if not all(i.isdecimal() and truth_path(data, int(i)).is_file() for i in ids):
        return None
    truths = {i: read_truth(data, int(i)) for i in ids}
    if any(truth.counted_cells is None for truth in truths.values()):
        return None
    return {
        "motility": {i: truth.exact.motility_pct for i, truth in truths.items()},
        "morphology": {i: truth.exact.morphology_pct for i, truth in truths.items()},
    }


def _counters(request: EvaluationRequest, methods: Sequence[Method]) -> list[tuple[Target, InputType]]:
    """Target and input type of each network that counts cells for these methods."""
    return [(t, m.input_type) for m in methods if "cells" in m.needs and m.input_type for t in request.targets]


def _shared(request: EvaluationRequest) -> MethodSettings:
    """Settings with the stacks and the tracking that all methods share."""
    return request.settings(METHODS["mean"])


def _settings_that_must_stay(request: EvaluationRequest, dataset: Dataset) -> dict[str, object]:
    """Settings that may not change when a run is continued; methods and submissions may be added."""
    return {
        "kind": "evaluation",
        "motilens_version": __version__,
        "protocol": request.protocol,
        "targets": list(request.targets),
        "seed": request.seed,
        "folds": None if request.folds is None else Path(request.folds).name,
        "data_fingerprint": dataset.fingerprint,
        "stacks": _shared(request).stacks.model_dump(mode="json"),
    }


def _cost_of_stacks(settings: MethodSettings, dataset: Dataset, progress: Progress) -> float:
    ids = dataset.participants
    places = np.unique(np.linspace(0, len(ids) - 1, min(TIMED_PARTICIPANTS, len(ids))).round().astype(int))
    with progress.task("time the stacks", len(places)) as task, spending() as spent:
        for place in places:
            for recording in dataset.recordings[ids[place]]:
                extract_stacks(recording.video, settings.stacks, read_ahead=False)
            task.advance(note=f"participant {ids[place]}")
    return round(spent.cpu_s / len(places), 4)
