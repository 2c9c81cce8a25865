"""One job: a method fitted to the training participants of a fold, and its predictions for the test participants.

On a CPU each job runs with one thread: CPU times are then comparable, results do not depend on how many
jobs run in parallel, and several jobs on one core each are faster than one job on all cores. A job is written
atomically when it is done, with the digest of everything that it was made from. Checkpoints of an interrupted job are
deleted, since the cost of a fit can only be measured over a whole fit.
"""

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import torch
from threadpoolctl import threadpool_limits

from motilens import __version__
from motilens.config import Target
from motilens.data.dataset import Dataset, recordings_of
from motilens.errors import FoldError
from motilens.evaluation.costs import Spent, peak_memory_mib, reset_peak_memory, spending
from motilens.evaluation.pictures import autoencoder_on, previews_of
from motilens.evaluation.protocol import FoldPlan, models_folder
from motilens.evaluation.request import EvaluationRequest
from motilens.evaluation.result import Costs, Job, ParticipantPrediction
from motilens.files import digest_of, make_folder
from motilens.methods.catalogue import METHODS
from motilens.methods.method import TrainingSet, Workspace
from motilens.predictors.bundle import save_predictor
from motilens.predictors.predictor import Predictor
from motilens.progress import Progress, Silent
from motilens.recordings.recording import Recording
from motilens.runs.artefacts import read_artefact, write_artefact
from motilens.shapes import triple
from motilens.training.runtime import Runtime

THREADS = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMBA_NUM_THREADS": "1",
    "OMP_WAIT_POLICY": "PASSIVE",
}
"""Environment variables of a process with one thread; libraries read them when they are loaded."""

Labels = Mapping[str, np.ndarray]
"""The three percentages of each participant."""


@dataclass(frozen=True)
class JobPlan:
    """One fold of one method for one target.

    Attributes:
        plan: method, repeat, fold and settings.
        target: what is predicted.
        first: whether this is the first target of its fold; that job also reports the autoencoder, which the targets
            share.
        digest: hash of everything that the job is made from.
    """

    plan: FoldPlan
    target: Target
    first: bool
    digest: str

    def file(self, out: Path) -> Path:
        """File of the job."""
        return out / "jobs" / f"{self.plan.name}-{self.target}.json"

    def read(self, out: Path) -> Job | None:
        """Read the job; None if it is not done yet or was made from other data or settings."""
        return read_artefact(self.file(out), Job, self.digest)


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep this process, and the processes that it starts, to one thread each while the block runs."""
    before = {name: os.environ.get(name) for name in THREADS}
    torch_threads, cv2_threads = torch.get_num_threads(), cv2.getNumThreads()
    os.environ.update(THREADS)
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    try:
        with threadpool_limits(limits=1):
            yield
    finally:
        torch.set_num_threads(torch_threads)
        cv2.setNumThreads(cv2_threads)
        for name, value in before.items():
            os.environ.pop(name, None) if value is None else os.environ.update({name: value})


def job_plans(plan: FoldPlan, targets: Sequence[Target], dataset: Dataset) -> tuple[JobPlan, ...]:
    """The jobs of one fold, one per target."""
    labels = [dataset.labels(target) for target in targets]
    people = [i for i in dataset.participants if i in {*plan.fold.train_ids, *plan.fold.test_ids}]
    data = {
        i: [
            [[r.video_id, r.fingerprint, r.um_per_px, r.concentration] for r in dataset.recordings[i]],
            [np.asarray(of_target.get(i, ())).tolist() for of_target in labels],
        ]
        for i in people
    }
    made_from = [
        __version__,
        plan.method,
        plan.settings.model_dump(mode="json"),
        plan.fold.model_dump(mode="json"),
        plan.epoch_ids,
        data,
    ]
    return tuple(
        JobPlan(plan, target, k == 0, digest_of([*made_from, list(targets), target]))
        for k, target in enumerate(targets)
    )


@dataclass(frozen=True)
class JobContext:
    """Everything that all jobs of an evaluation share.

    Attributes:
        request: folder of the run; its first target says what inner splits are stratified by.
        dataset: recordings and labels of all participants; a method gets only those of the training participants.
        runtime: device.
        progress: told of trainings.
    """

    request: EvaluationRequest
    dataset: Dataset
    runtime: Runtime = Runtime("cpu")  # noqa: RUF009 - frozen
    progress: Progress = field(default_factory=Silent)


_worker: dict[str, JobContext] = {}
"""The context of this worker process: pixels stay in memory from job to job."""


def start_worker(context: JobContext) -> None:
    """Prepare a worker process for jobs of one evaluation, with one thread."""
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    _worker["context"] = context


def run_jobs(jobs: Sequence[JobPlan], context: JobContext | None = None) -> str:
    """Run the jobs of one fold that are not done, and write each one atomically.

    Args:
        jobs: jobs of one method in one fold.
        context: the evaluation's context; None in a worker process, which got it from ``start_worker``.

    Returns:
        Name of the fold, for messages.

    Raises:
        FoldError: a fold without labelled participants in training or in test.
        MotilensError: what the method raises.
    """
    context = context or _worker["context"]
    request, dataset, plan = context.request, context.dataset, jobs[0].plan
    work = request.out / "work" / plan.name
    shutil.rmtree(work, ignore_errors=True)
    workspace = Workspace(make_folder(work), context.runtime, context.progress)
    stratify_by = {
        i: float(v[0]) for i, v in dataset.labels(request.targets[0]).items() if i in set(plan.fold.train_ids)
    }
    for job in jobs:
        labels = dataset.labels(job.target)
        training = training_set(plan, job.target, dataset, labels, stratify_by)
        test_ids = tuple(i for i in plan.fold.test_ids if i in labels)
        if not training.ids or not test_ids:
            raise FoldError(
                f"fold {plan.fold.fold} of repeat {plan.repeat} has {len(training.ids)} training and {len(test_ids)} "
                f"test participants with {job.target} labels; allowed: at least one each; use other folds"
            )
        counted = reset_peak_memory()
        with spending() as spent:
            predictor = METHODS[plan.method].fit(training, plan.settings, workspace)
        tested, own = recordings_of(dataset, test_ids), {i: labels[i] for i in test_ids}
        done = _tested(job, predictor, tested, own, spent, counts_memory=counted)
        if request.keep_models:
            origin = predictor.origin.model_copy(update={"trained_on": training.videos})
            save_predictor(models_folder(request.out, plan, job.target), predictor.with_origin(origin))
        write_artefact(job.file(request.out), done, job.digest)
    shutil.rmtree(work, ignore_errors=True)
    return plan.name


def training_set(
    plan: FoldPlan, target: Target, dataset: Dataset, labels: Labels, stratify_by: Mapping[str, float]
) -> TrainingSet:
    """The training set of one fold: the training participants, and those who choose the epoch, if they are others."""
    epoch_ids = None if plan.epoch_ids is None else tuple(i for i in plan.epoch_ids if i in labels)
    ids = (*(i for i in plan.fold.train_ids if i in labels), *(epoch_ids or ()))
    return TrainingSet(target, recordings_of(dataset, ids), {i: labels[i] for i in ids}, stratify_by, epoch_ids)


def _tested(
    job: JobPlan,
    predictor: Predictor,
    tested: Mapping[str, Sequence[Recording]],
    labels: Labels,
    fit: Spent,
    *,
    counts_memory: bool,
) -> Job:
    """The finished job: predictions for the test participants, and all that stands beside them."""
    plan = job.plan
    with spending() as predicting:
        predictions = tuple(predict_participant(predictor, i, own, labels[i]) for i, own in tested.items())
    origin = predictor.origin
    return Job(
        method=plan.method,
        target=job.target,
        repeat=plan.repeat,
        fold=plan.fold.fold,
        seed=plan.settings.seed,
        predictions=predictions,
        n_parameters=origin.n_parameters,
        fits=origin.fits,
        notes=origin.notes,
        costs=Costs(
            fit_cpu_s=round(fit.cpu_s, 4),
            fit_wall_s=round(fit.wall_s, 4),
            predict_cpu_s=round(predicting.cpu_s / len(tested), 6),
            peak_memory_mib=peak_memory_mib() if counts_memory else None,
        ),
        curves=origin.curves,
        autoencoder=autoencoder_on(predictor, tested) if job.first else None,
        previews=previews_of(predictor, tested, labels) if job.first and plan.repeat == 1 else (),
    )


def predict_participant(
    predictor: Predictor, participant: str, recordings: Sequence[Recording], label: np.ndarray
) -> ParticipantPrediction:
    """Predict each recording of a participant and take the mean, as a laboratory averages replicates.

    Args:
        predictor: a fitted predictor.
        participant: ID of the participant.
        recordings: the participant's recordings, at least one.
        label: the laboratory's percentages, (3,).
    """
    found = [predictor.predict(recording) for recording in recordings]
    parts = np.concatenate([prediction.parts_pct for prediction in found])
    return ParticipantPrediction(
        participant=participant,
        n_parts=len(parts),
        predicted_pct=triple(np.mean([prediction.predicted_pct for prediction in found], axis=0)),
        sd_pct=triple(parts.std(axis=0)),
        part_error_pct=triple(np.abs(parts - label).mean(axis=0)),
    )
