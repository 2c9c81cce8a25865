"""Trains a model for new videos: any method, fitted to all participants of a data set.

An evaluation of the method with the same settings estimates the error of the model; this module estimates none.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from motilens.config import PresetName, ReadingConfig, Target
from motilens.data.dataset import Dataset, open_dataset, recordings_of
from motilens.data.names import listed
from motilens.data.prepare import prepare, prepare_cells
from motilens.data.visem import read_participants
from motilens.errors import ConfigError, FoldError, MismatchError
from motilens.files import digest_of, make_folder, writable_folder
from motilens.methods.catalogue import find_method, settings_of
from motilens.methods.check import check_trainable
from motilens.methods.method import Method, TrainingSet, Workspace
from motilens.predictors.bundle import check_place, read_origin, save_predictor
from motilens.predictors.predictor import Predictor
from motilens.progress import Progress, Silent
from motilens.runs.lock import run_lock
from motilens.simulate.truth import um_per_px_of
from motilens.training.runtime import Runtime, versions

LEAST_PARTICIPANTS = 2
"""Least number of participants for a method that holds some out."""


@dataclass(frozen=True)
class TrainRequest:
    """Everything that defines one model.

    Attributes:
        data: folder in VISEM's format.
        out: folder of the model; stacks, tracks and checkpoints are kept in ``<out>.work`` until it is complete.
        method: name in the catalogue.
        target: what is predicted; None for a model that makes feature-images only, which needs no labels.
        preset: name of the preset.
        overrides: settings that differ from the preset's, ``part.name=value`` each.
        um_per_px: width of a pixel in um; None to take it from the truth of simulated data.
        reading: how all videos are read.
        exclude: participants to leave out.
        seed: seed of the inner split and of the trainings.
    """

    data: Path
    out: Path
    method: str
    target: Target | None = "motility"
    preset: PresetName = "cpu"
    overrides: tuple[str, ...] = ()
    um_per_px: float | None = None
    reading: ReadingConfig = ReadingConfig()  # noqa: RUF009 - frozen
    exclude: tuple[str, ...] = ()
    seed: int = 0

    @property
    def work(self) -> Path:
        """Folder of intermediate files until the model is complete."""
        return self.out.with_name(f"{self.out.name}.work")


def train(
    request: TrainRequest,
    *,
    runtime: Runtime = Runtime(),  # noqa: B008 - frozen
    workers: int | None = None,
    progress: Progress | None = None,
) -> Predictor:
    """Fit a method to all participants and write the model; the same call continues after an interruption.

    Args:
        request: data, method and output folder.
        runtime: device, precision and loader.
        workers: processes that prepare videos; one per core if None.
        progress: shows how far the work is.

    Returns:
        The predictor that was saved.

    Raises:
        MotilensError: see ``motilens.errors``; bad tables, weights and paths are found before the long computations
            begin.
    """
    progress = progress or Silent()
    method = find_method(request.method)
    settings = settings_of(method, request.preset, request.overrides, seed=request.seed)
    if request.target is None and not method.makes_images:
        raise MismatchError(f"method {method.name} makes no feature-images; allowed: --target motility or morphology")
    _check_model_there(request)
    check_trainable([(method, settings)], runtime)
    with run_lock(request.work):
        writable_folder(request.work)
        table = read_participants(request.data, exclude=request.exclude)
        if request.target is not None:
            table.labels(request.target)
        cache = request.work / "cache"
        dataset = open_dataset(
            request.data,
            exclude=request.exclude,
            cache=cache,
            um_per_px=scale_source(request.data, request.um_per_px),
            reading=request.reading,
        )
        _check_enough(dataset, method, request.target)
        dataset = prepare(dataset, settings, method.needs, cache=cache, workers=workers, progress=progress)
        if "cells" in method.needs and method.input_type and request.target:
            dataset, _ = prepare_cells(
                dataset,
                settings.counting,
                ((request.target, method.input_type),),
                workers=workers,
                progress=progress,
            )
        training = _training_set(dataset, method, request.target)
        folder = make_folder(request.work / f"fit-{digest_of(settings.model_dump(mode='json'))[:12]}")
        predictor = method.fit(training, settings, Workspace(folder, runtime, progress))
        predictor = predictor.with_origin(
            predictor.origin.model_copy(
                update={
                    "data": _about(request, dataset, training),
                    "versions": versions(),
                    "trained_on": training.videos,
                },
            )
        )
        save_predictor(request.out, predictor)
        shutil.rmtree(request.work, ignore_errors=True)
    return predictor


def scale_source(data: Path, um_per_px: float | None) -> Callable[[str], float | None]:
    """Make a function from a participant to the width of a pixel: as given, or from the truth of simulated data."""

    def of(participant: str) -> float | None:
        return um_per_px if um_per_px is not None else um_per_px_of(data, participant)

    return of


def _training_set(dataset: Dataset, method: Method, target: Target | None) -> TrainingSet:
    labels = dataset.labels(target) if target else {}
    ids = tuple(i for i in dataset.participants if target is None or i in labels)
    check_concentration(dataset, method, ids)
    return TrainingSet(target, recordings_of(dataset, ids), {i: labels[i] for i in ids if i in labels})


def _check_enough(dataset: Dataset, method: Method, target: Target | None) -> None:
    n = len(dataset.participants if target is None else dataset.labels(target))
    if method.holds_out and n < LEAST_PARTICIPANTS:
        who = "participant with a video" if target is None else "participant with a video and a label"
        raise FoldError(
            f"method {method.name} got {n} {who}; allowed: at least {LEAST_PARTICIPANTS}, since one is held out "
            "to choose the epoch"
        )


def check_concentration(dataset: Dataset, method: Method, ids: tuple[str, ...]) -> None:
    """Raise MismatchError if a method needs the laboratory's concentration and that of a participant is not known."""
    if reason := lacking(dataset, method, ids):
        raise MismatchError(f"method {method.name} cannot be trained: {reason}; leave them out with --exclude")


def lacking(dataset: Dataset, method: Method, ids: tuple[str, ...]) -> str | None:
    """What a method needs and these data lack; None if they lack nothing."""
    if "concentration" not in method.needs:
        return None
    without = [i for i in ids if not (dataset.table.rows[i].concentration or 0) > 0]
    return f"laboratory concentration above 0 not known of participants {listed(without)}" if without else None


def _check_model_there(request: TrainRequest) -> None:
    """Refuse to replace a model of another method or target, or anything that is no model."""
    check_place(request.out)
    if not request.out.exists():
        return
    there = read_origin(request.out)
    if (there.method, there.target) != (request.method, request.target):
        raise ConfigError(
            f"{request.out} holds a model of {there.method} for {there.target}, not of {request.method} for "
            f"{request.target}; choose another --out, or delete that folder"
        )


def _about(request: TrainRequest, dataset: Dataset, training: TrainingSet) -> dict[str, object]:
    return {
        "name": request.data.name,
        "fingerprint": dataset.fingerprint,
        "participants": len(training.recordings),
        "recordings": sum(len(own) for own in training.recordings.values()),
        "left_out": [line.model_dump() for line in dataset.left_out],
    }
