"""The benchmark: every method in the same folds, cell by cell, on from where a run stopped.

Each repeat draws three folds of its own, by participant, stratified by progressive motility; all methods of a repeat
have the same. A method is handed the labels of the training participants alone, so whatever it chooses, it chooses
inside the training part. Methods from outside come as files of answers for the same folds.
"""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from motilens import __version__
from motilens.data.dataset import Dataset, open_dataset
from motilens.data.fold_sources import check_choice
from motilens.data.visem import read_participants
from motilens.evaluation.benchmark.assemble import assemble, fingerprint_of, labels_of, pipelines_of
from motilens.evaluation.benchmark.cells import THREADS, Labels, Task, left_out, one_thread, read_cell, run_task
from motilens.evaluation.benchmark.prepare import (
    costs_of_preparation,
    material_of,
    prepare_stacks,
    prepare_tracks,
    widths_of_pixels,
)
from motilens.evaluation.benchmark.request import BenchmarkRequest
from motilens.evaluation.benchmark.submission import read_submission, write_template
from motilens.evaluation.benchmark.values import BenchmarkResult, RepeatFolds
from motilens.evaluation.claim import claim
from motilens.files import writable_folder, write_text
from motilens.methods.catalogue import METHODS
from motilens.methods.values import Material, Method
from motilens.models.regressor import make_backbone
from motilens.models.weights import load_weights
from motilens.progress import Progress, Silent
from motilens.tracking.folder import TrackStore
from motilens.workers import cores, side_by_side

RESULT_FILE = "result.json"
N_FOLDS = 3


def run_benchmark(
    request: BenchmarkRequest, *, workers: int | None = None, progress: Progress | None = None
) -> BenchmarkResult:
    """Run a benchmark, or go on with one; writes ``result.json`` in the run's folder.

    Args:
        request: what to run.
        workers: processes, each with one thread; one a core when None. They change nothing but the time.
        progress: where to show how far it is.

    Raises:
        MotilensError: see ``motilens.errors``; bad tables, folds, submissions and places are found before hours are
            spent.
    """
    progress = progress or Silent()
    writable_folder(request.out)
    _check_weights(request)
    check_choice(request.folds)
    table = read_participants(request.data, exclude=request.exclude)
    for target in request.targets:
        table.labels(target)
    with_tracks = any("tracks" in method.uses for method in request.chosen)
    if with_tracks:
        widths_of_pixels(request, table.rows)
    dataset = prepare_stacks(request, workers=workers, progress=progress)
    repeats = repeated_folds(request, dataset)
    _claim(request, dataset, repeats)
    labels = labels_of(request, dataset)
    outside = {name: read_submission(file, name, repeats, labels) for name, file in request.submissions}
    tracks = None
    if with_tracks:
        tracks = prepare_tracks(request, dataset, workers=workers, progress=progress)
    preparation = costs_of_preparation(request, dataset, tracks)
    absent = left_out(request.chosen, material_of(request, dataset, tracks))
    methods = tuple(m for m in request.chosen if f"method {m.name}" not in {line.name for line in absent})
    tasks = tasks_of(request, methods, repeats)
    _run(request, tasks, tracks, workers=workers, progress=progress)
    shutil.rmtree(request.out / "work", ignore_errors=True)
    cells = [read_cell(task, request.out, target) for target in request.targets for task in tasks]
    result = assemble(request, dataset, methods, repeats, cells, outside, absent, preparation)
    write_text(request.out / RESULT_FILE, result.model_dump_json(indent=1) + "\n")
    return result


def write_submit_format(
    request: BenchmarkRequest, path: Path, *, workers: int | None = None, progress: Progress | None = None
) -> None:
    """Write the lines that a method from outside has to answer.

    Raises:
        MotilensError: as ``run_benchmark``, as far as it gets to know the folds.
    """
    writable_folder(request.out)
    check_choice(request.folds)
    dataset = prepare_stacks(request, workers=workers, progress=progress or Silent())
    write_template(path, repeated_folds(request, dataset), labels_of(request, dataset))


def repeated_folds(request: BenchmarkRequest, dataset: Dataset) -> tuple[RepeatFolds, ...]:
    """The folds of every repeat: those asked for first, then draws with the seeds that follow."""
    found = []
    for repeat in range(1, request.repeats + 1):
        choice = request.folds if repeat == 1 else "made"
        folds = dataset.choose_folds(request.data, choice=choice, n_folds=N_FOLDS, seed=request.seed + repeat - 1)
        found.append(RepeatFolds(repeat=repeat, source=folds.source, folds=folds.folds))
    return tuple(found)


def tasks_of(request: BenchmarkRequest, methods: Sequence[Method], repeats: Sequence[RepeatFolds]) -> tuple[Task, ...]:
    """All cells: cheap methods first, then the others in the order in which they were asked for."""
    names = [name for name in request.methods if name in {m.name for m in methods}]
    asked = sorted(methods, key=lambda m: (m.cost != "cheap", names.index(m.name) if m.name in names else len(names)))
    return tuple(
        Task(method.name, of.repeat, fold, _seed_of(request, of.repeat, fold.fold), request.targets)
        for method in asked
        for of in repeats[: request.repeats_of(method)]
        for fold in of.folds
    )


def _seed_of(request: BenchmarkRequest, repeat: int, fold: int) -> int:
    """Another in each fold: networks that start unluckily (dead channels) must not do so in all of them."""
    return request.seed + N_FOLDS * (repeat - 1) + fold - 1


@dataclass(frozen=True)
class _Job:
    """A cell, and what a worker needs to make its own material."""

    task: Task
    request: BenchmarkRequest
    tracks: TrackStore | None


_made: dict[BenchmarkRequest, tuple[Material, Labels]] = {}
"""Material of this worker process: the stacks of all participants stay in memory from cell to cell."""


def _work(job: _Job) -> str:
    request = job.request
    if request not in _made:
        dataset = open_dataset(request.out / "stacks", request.data, exclude=request.exclude)
        labels: Labels = {target: dataset.labels(target) for target in request.targets}
        _made[request] = material_of(request, dataset, job.tracks), labels
    run_task(job.task, *_made[request], request.out)
    return job.task.name


def _run(
    request: BenchmarkRequest,
    tasks: Sequence[Task],
    tracks: TrackStore | None,
    *,
    workers: int | None,
    progress: Progress,
) -> None:
    """Run the cells that are not there yet."""
    missing = [left for task in tasks if (left := task.without_done(request.out)).targets]
    with progress.task("cells", len(tasks)) as bar, _environment(THREADS):
        bar.advance(len(tasks) - len(missing))
        jobs = [_Job(task, request, tracks) for task in missing]
        for name in side_by_side(_work, jobs, workers=workers or cores(), start=one_thread):
            bar.advance(note=name)


@contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    """Environment of processes that are started inside."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None) if value is None else os.environ.update({name: value})


def _check_weights(request: BenchmarkRequest) -> None:
    if any(method.cost == "costly" for method in request.chosen):
        config = request.pipeline("I4", None).regressor
        load_weights(make_backbone(config.backbone), config)


def _claim(request: BenchmarkRequest, dataset: Dataset, repeats: Sequence[RepeatFolds]) -> None:
    """A run may be asked for more methods later; all else must stay."""
    pipelines = pipelines_of(request, tuple(METHODS.values()))
    claim(
        request.out,
        {
            "motilens_version": __version__,
            "pipelines": {name: pipeline.model_dump(mode="json") for name, pipeline in pipelines.items()},
            "targets": list(request.targets),
            "data_fingerprint": fingerprint_of(dataset, repeats),
        },
    )
