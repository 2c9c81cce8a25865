"""One cell of a benchmark: a method fitted to the training participants of a fold, asked about the test participants.

Cells run in processes of their own, one thread each: so their processor seconds compare, results do not depend on how
many run side by side, and several on several cores are faster than one on all. A cell is written whole when it is done.
Checkpoints of a cell that was interrupted are thrown away: half a fit cannot say what a fit costs.
"""

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import torch

from motilens.arrays import triple
from motilens.config import Target
from motilens.data.values import Fold, LeftOut
from motilens.errors import FoldError, InputError
from motilens.evaluation.benchmark.costs import peak_memory_mib, reset_peak_memory, spending
from motilens.evaluation.benchmark.values import Answer, BenchmarkCell, Costs
from motilens.files import make_folder, write_text
from motilens.methods.catalogue import METHODS
from motilens.methods.values import Assignment, Fitted, Material, Method
from motilens.prediction.aggregate import aggregate

THREADS = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMBA_NUM_THREADS": "1",
    "OMP_WAIT_POLICY": "PASSIVE",
}
"""Environment of a process with one thread; read by libraries when they are loaded."""


@dataclass(frozen=True)
class Task:
    """One method in one fold of one repeat.

    Attributes:
        method: its name.
        repeat: from 1.
        fold: who trains and who tests.
        seed: of all its chance.
        targets: those that are still to do.
    """

    method: str
    repeat: int
    fold: Fold
    seed: int
    targets: tuple[Target, ...]

    def file(self, out: Path, target: Target) -> Path:
        """Where its cell of a target is."""
        return out / "cells" / f"{self.method}-r{self.repeat}-f{self.fold.fold}-{target}.json"

    def work(self, out: Path) -> Path:
        """Where its checkpoints are while it runs."""
        return out / "work" / f"{self.method}-r{self.repeat}-f{self.fold.fold}"

    def without_done(self, out: Path) -> "Task":
        """The same with those targets that are not there yet."""
        return replace(self, targets=tuple(t for t in self.targets if not self.file(out, t).is_file()))

    @property
    def name(self) -> str:
        """For people."""
        return f"{self.method}, repeat {self.repeat}, fold {self.fold.fold}"


Labels = Mapping[Target, Mapping[str, np.ndarray]]
"""Three percentages by target and participant."""


def one_thread() -> None:
    """Keep this process to one thread."""
    os.environ.update(THREADS)
    torch.set_num_threads(1)
    cv2.setNumThreads(1)


def run_task(task: Task, material: Material, labels: Labels, out: Path) -> None:
    """Fit and ask, and write a file a target.

    Raises:
        FoldError: a fold without labelled participants in training or in test.
        InputError: a method gave something that is not three percentages.
        MotilensError: what the method raises.
    """
    method, work = METHODS[task.method], task.work(out)
    shutil.rmtree(work, ignore_errors=True)
    # Both targets of a fold share one inner split, so that they can share an autoencoder.
    first = next(iter(labels.values()))
    ranked_by = {i: float(v[0]) for i, v in first.items() if i in set(task.fold.train_ids)}
    for target in task.targets:
        train = {i: labels[target][i] for i in task.fold.train_ids if i in labels[target]}
        test_ids = tuple(i for i in task.fold.test_ids if i in labels[target])
        if not train or not test_ids:
            raise FoldError(
                f"fold {task.fold.fold} of repeat {task.repeat} has {len(train)} training and {len(test_ids)} test "
                f"participants with {target} labels; allowed: at least one each; use other folds"
            )
        assignment = Assignment(target, train, task.seed, make_folder(work), ranked_by)
        cell = _cell(method, task, material, assignment, test_ids)
        write_text(task.file(out, target), cell.model_dump_json(indent=1) + "\n")
    shutil.rmtree(work, ignore_errors=True)


def _cell(
    method: Method, task: Task, material: Material, assignment: Assignment, test_ids: tuple[str, ...]
) -> BenchmarkCell:
    told = reset_peak_memory()
    with spending() as fit:
        fitted = method.fit(material, assignment)
    with spending() as asking:
        answers = tuple(_answer(method, fitted, participant) for participant in test_ids)
    return BenchmarkCell(
        method=method.name,
        target=assignment.target,
        repeat=task.repeat,
        fold=task.fold.fold,
        seed=task.seed,
        answers=answers,
        n_parameters=fitted.n_parameters,
        fits=fitted.fits,
        notes=fitted.notes,
        costs=Costs(
            fit_cpu_s=round(fit.cpu_s, 4),
            fit_wall_s=round(fit.wall_s, 4),
            predict_cpu_s=round(asking.cpu_s / len(test_ids), 6),
            peak_memory_mib=peak_memory_mib() if told else None,
        ),
    )


def _answer(method: Method, fitted: Fitted, participant: str) -> Answer:
    parts = np.asarray(fitted.predict(participant), np.float64)
    if parts.ndim != 2 or parts.shape[1] != 3 or not len(parts) or not np.isfinite(parts).all():
        raise InputError(
            f"{method.name} answers {parts.tolist()} for participant {participant}; allowed: three finite percentages "
            "a stack or window, at least one; look at its features"
        )
    mean, spread = aggregate(parts)
    return Answer(participant=participant, n_parts=len(parts), predicted_pct=triple(mean), spread_pct=triple(spread))


def read_cell(task: Task, out: Path, target: Target) -> BenchmarkCell:
    """A cell that is done."""
    return BenchmarkCell.model_validate_json(task.file(out, target).read_bytes())


def left_out(methods: tuple[Method, ...], material: Material) -> tuple[LeftOut, ...]:
    """Methods that cannot be fitted to this data, and why."""
    reasons = ((method.name, method.lacking(material)) for method in methods)
    return tuple(LeftOut(name=f"method {name}", reason=reason) for name, reason in reasons if reason is not None)
