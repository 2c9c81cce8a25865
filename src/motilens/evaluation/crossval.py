"""Cross-validation by participant: the whole method in every fold, and baselines beside it.

``as-described``: in each of three folds everything that is fitted (autoencoder, units, weights) sees training
participants alone, and the epoch comes from an inner split of them. ``as-released``: what the published scripts do.
Each of three runs trains on folds 2 and 3, chooses the epoch on fold 1 and reports fold 1, with other seeds; its
figures are too good by the choice of the epoch, and its spread over "folds" is that of seeds.

A run is a folder. Each cell (autoencoder, or regressor, of one fold) is written whole when it is done, and trainings go
on from their checkpoints, so the same command continues after any interruption and ends with the same result.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from motilens import __version__
from motilens.config import InputType, Target
from motilens.data.dataset import Dataset, open_dataset
from motilens.data.fold_sources import check_choice
from motilens.data.folds import Folds, inner_split
from motilens.data.values import LeftOut
from motilens.data.visem import read_participants
from motilens.evaluation.baselines import BaselineData, baseline_cells
from motilens.evaluation.cells import FoldPlan, Step1Cell, step1_cell, step2_cell, train_step1
from motilens.evaluation.request import CrossValRequest, claim_run
from motilens.evaluation.result import Cell, CrossValResult
from motilens.files import make_folder, storage_errors, writable_folder, write_json, write_text
from motilens.models.regressor import make_backbone
from motilens.models.weights import load_weights
from motilens.progress import Progress, Silent
from motilens.stacks.folder import extract_folder
from motilens.training.feature_cache import FeatureCache
from motilens.training.regressor import Labels
from motilens.training.runtime import Runtime, versions

RESULT_FILE = "result.json"
N_FOLDS = 3
RELEASED_TEST_FOLD = 1
"""The fold that all published scripts validate on, whatever fold they are asked for."""


def cross_validate(
    request: CrossValRequest,
    *,
    runtime: Runtime = Runtime(),  # noqa: B008 - frozen
    workers: int | None = None,
    progress: Progress | None = None,
) -> CrossValResult:
    """Run a cross-validation, or go on with one; writes ``result.json`` in the run's folder.

    Args:
        request: what to run.
        runtime: device and loader.
        workers: processes that extract videos; one a core when None.
        progress: where to show how far it is.

    Returns:
        The result, all baselines included.

    Raises:
        MotilensError: see ``motilens.errors``; bad tables, folds, weights and places are found before hours are spent.
    """
    progress = progress or Silent()
    clock = _Clock()
    writable_folder(request.out)
    for pipeline in {
        request.pipeline(i).regressor.model_dump_json(): request.pipeline(i) for i in request.inputs
    }.values():
        load_weights(make_backbone(pipeline.regressor.backbone), pipeline.regressor)
    check_choice(request.folds)
    table = read_participants(request.data, exclude=request.exclude)
    for target in request.targets:
        table.labels(target)
    with clock.step("extract"):
        extract_folder(request.data, request.stack_config(), request.out / "stacks", workers=workers, progress=progress)
    dataset = open_dataset(request.out / "stacks", request.data, exclude=request.exclude)
    folds = dataset.choose_folds(request.data, choice=request.folds, n_folds=N_FOLDS, seed=request.seed)
    claim_run(request, dataset.fingerprint(folds))
    run = _Run(request, dataset, plan_folds(request, dataset, folds), runtime, progress, clock)
    result = run.result(folds)
    write_text(request.out / RESULT_FILE, result.model_dump_json(indent=1) + "\n")
    return result


def plan_folds(request: CrossValRequest, dataset: Dataset, folds: Folds) -> tuple[FoldPlan, ...]:
    """Who may be seen for what in each of three runs, by protocol."""
    seed, share = request.seed, request.pipeline(request.inputs[0]).inner_share
    if request.protocol == "as-released":
        (tested,) = [fold for fold in folds.folds if fold.fold == RELEASED_TEST_FOLD]
        return tuple(
            FoldPlan(
                tested.model_copy(update={"fold": k + 1}), tested.train_ids, tested.test_ids, refit=False, seed=seed + k
            )
            for k in range(N_FOLDS)
        )
    order_by = {i: float(v[0]) for i, v in dataset.labels(request.targets[0]).items()}
    plans = []
    for fold in folds.folds:
        fit_ids, select_ids = inner_split(fold.train_ids, share=share, seed=seed, order_by=order_by)
        plans.append(FoldPlan(fold, fit_ids, select_ids, refit=True, seed=seed))
    return tuple(plans)


@dataclass
class _Clock:
    """Seconds by step."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        started = time.monotonic()
        yield
        self.seconds[name] = round(self.seconds.get(name, 0.0) + time.monotonic() - started, 2)


@dataclass
class _Run:
    """One run: computes cells that are not there yet, and puts them together."""

    request: CrossValRequest
    dataset: Dataset
    plans: tuple[FoldPlan, ...]
    runtime: Runtime
    progress: Progress
    clock: _Clock

    def result(self, folds: Folds) -> CrossValResult:
        request, dataset = self.request, self.dataset
        step1: list[Step1Cell] = []
        cells: list[Cell] = []
        for plan in self.plans:
            for input_type in request.inputs:
                first, others = self.fold_and_input(plan, input_type)
                step1.append(first)
                cells.extend(others)
        left_out: list[LeftOut] = list(dataset.left_out)
        baselines: list[Cell] = []
        for target in request.targets:
            left_out.extend(dataset.unlabelled(target))
            found, absent = self.baselines(target)
            baselines.extend(found)
            left_out.extend(absent)
        return CrossValResult(
            motilens_version=__version__,
            versions=versions(),
            command=request.command(),
            protocol=request.protocol,
            preset=request.preset,
            pipelines={i: request.pipeline(i) for i in request.inputs},
            targets=request.targets,
            data_fingerprint=dataset.fingerprint(folds),
            fold_source=folds.source,
            folds=tuple(plan.fold for plan in self.plans),
            participants=dataset.summaries,
            left_out=tuple(left_out),
            step1=tuple(cell.step1 for cell in step1),
            cells=(*baselines, *cells),
            previews=tuple(preview for cell in step1 for preview in cell.previews),
            timing=self.clock.seconds,
        )

    def fold_and_input(self, plan: FoldPlan, input_type: InputType) -> tuple[Step1Cell, list[Cell]]:
        """One autoencoder and its regressors; nothing is computed that has its JSON already."""
        name = f"fold{plan.fold.fold}-{input_type}"
        work = self.request.out / "work" / name
        pipeline = self.request.pipeline(input_type)
        step1_file = self._cell_file(f"{name}-autoencoder")
        files: dict[Target, Path] = {target: self._cell_file(f"{name}-{target}") for target in self.request.targets}
        if not step1_file.is_file() or not all(file.is_file() for file in files.values()):
            with self.clock.step(f"{input_type} autoencoders"):
                fitted = train_step1(
                    self.dataset,
                    plan,
                    pipeline,
                    folder=work / "autoencoder",
                    runtime=self.runtime,
                    progress=self.progress,
                )
            if not step1_file.is_file():
                cell = step1_cell(self.dataset, plan, pipeline, fitted, self._labels(self.request.targets[0]))
                write_json(step1_file, cell.model_dump(mode="json"))
            with self.clock.step(f"{input_type} feature-images"):
                cache = FeatureCache.build(
                    make_folder(work) / "features.npy",
                    self.dataset,
                    fitted.autoencoder,
                    n_rows=self.dataset.n_rows,
                    progress=self.progress,
                )
            for target, file in files.items():
                if not file.is_file():
                    with self.clock.step(f"{input_type} regressors"):
                        done = step2_cell(
                            self.dataset,
                            cache,
                            self._labels(target),
                            plan,
                            pipeline,
                            target=target,
                            folder=work / target,
                            runtime=self.runtime,
                            progress=self.progress,
                        )
                    write_json(file, done.model_dump(mode="json"))
            with storage_errors(work):
                (work / "features.npy").unlink(missing_ok=True)  # gigabytes at full size; made again if ever needed
                for target in files:  # a CNN's optimiser, hundreds of megabytes; the best weights stay
                    for checkpoint in (work / target).rglob("last.ckpt"):
                        checkpoint.unlink()
        return (
            Step1Cell.model_validate_json(step1_file.read_bytes()),
            [Cell.model_validate_json(file.read_bytes()) for file in files.values()],
        )

    def baselines(self, target: Target) -> tuple[tuple[Cell, ...], tuple[LeftOut, ...]]:
        data = BaselineData(self._labels(target), {p.participant: p for p in self.dataset.summaries})
        return baseline_cells(data, [plan.fold for plan in self.plans], target=target, seed=self.request.seed)

    def _labels(self, target: Target) -> Labels:
        return self.dataset.labels(target)

    def _cell_file(self, name: str) -> Path:
        return self.request.out / "cells" / f"{name}.json"
