"""One job: a method fitted to the training participants of a fold, and its predictions for the test participants.

On a CPU jobs run in processes of one thread each: so their processor seconds compare, results do not depend on how many
run in parallel, and several on several cores are faster than one on all. A job is written whole when it is done, with
the digest of everything that it was made from. Checkpoints of a job that was interrupted are thrown away: half a fit
cannot say what a fit costs.
"""

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch

from motilens import __version__
from motilens.config import Target
from motilens.data.dataset import Dataset, recordings_of
from motilens.errors import FoldError
from motilens.evaluation.costs import peak_memory_mib, reset_peak_memory, spending
from motilens.evaluation.pictures import autoencoder_on, previews_of
from motilens.evaluation.protocol import FoldPlan, models_folder
from motilens.evaluation.request import EvaluationRequest
from motilens.evaluation.result import Costs, Job, ParticipantPrediction
from motilens.files import digest_of, make_folder
from motilens.methods.catalogue import METHODS
from motilens.methods.method import TrainingSet, Workspace
from motilens.predictors.bundle import save_predictor
from motilens.predictors.predictor import Predictor
from motilens.progress import Progress
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
"""Environment of a process with one thread; read by libraries when they are loaded."""

Labels = Mapping[str, np.ndarray]
"""Three percentages by participant."""


@dataclass(frozen=True)
class JobPlan:
    """One fold of one method for one target.

    Attributes:
        plan: method, repeat, fold, settings.
        target: what is predicted.
        first: whether this is the first target of its fold, whose job shows the autoencoder that both share.
        digest: of everything that the job is made from.
    """

    plan: FoldPlan
    target: Target
    first: bool
    digest: str

    def file(self, out: Path) -> Path:
        """Where the job is kept."""
        return out / "jobs" / f"{self.plan.name}-{self.target}.json"

    def read(self, out: Path) -> Job | None:
        """The job if it is done and made from the same things."""
        return read_artefact(self.file(out), Job, self.digest)


def one_thread() -> None:
    """Keep this process to one thread."""
    os.environ.update(THREADS)
    torch.set_num_threads(1)
    cv2.setNumThreads(1)


def job_plans(plan: FoldPlan, targets: Sequence[Target], dataset: Dataset) -> tuple[JobPlan, ...]:
    """The jobs of one fold, one a target."""
    people = [i for i in dataset.participants if i in {*plan.fold.train_ids, *plan.fold.test_ids}]
    data = {
        i: [
            [[r.video_id, r.fingerprint, r.um_per_px, r.concentration] for r in dataset.recordings[i]],
            [np.asarray(dataset.labels(target).get(i, ())).tolist() for target in targets],
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


def run_jobs(
    jobs: Sequence[JobPlan],
    dataset: Dataset,
    request: EvaluationRequest,
    *,
    runtime: Runtime,
    progress: Progress,
) -> None:
    """Run the jobs of one fold that are not done, and write each whole.

    Args:
        jobs: of one method in one fold.
        dataset: recordings and labels of everybody; the method is handed those of the training participants.
        request: folder of the run; its first target says what inner splits are stratified by.
        runtime: device.
        progress: told of trainings.

    Raises:
        FoldError: a fold without labelled participants in training or in test.
        MotilensError: what the method raises.
    """
    plan, out = jobs[0].plan, request.out
    work = out / "work" / plan.name
    shutil.rmtree(work, ignore_errors=True)
    workspace = Workspace(make_folder(work), runtime, progress)
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
        tested = recordings_of(dataset, test_ids)
        done, predictor = _run(job, training, tested, {i: labels[i] for i in test_ids}, workspace)
        if request.keep_models:
            save_predictor(models_folder(out, plan, job.target), predictor)
        write_artefact(job.file(out), done, job.digest)
    shutil.rmtree(work, ignore_errors=True)


def training_set(
    plan: FoldPlan, target: Target, dataset: Dataset, labels: Labels, stratify_by: Mapping[str, float]
) -> TrainingSet:
    """What a method is handed in one fold: nobody but the training participants, and those who choose the epoch."""
    epoch_ids = None if plan.epoch_ids is None else tuple(i for i in plan.epoch_ids if i in labels)
    ids = (*(i for i in plan.fold.train_ids if i in labels), *(epoch_ids or ()))
    return TrainingSet(target, recordings_of(dataset, ids), {i: labels[i] for i in ids}, stratify_by, epoch_ids)


def _run(
    job: JobPlan,
    training: TrainingSet,
    tested: Mapping[str, Sequence[Recording]],
    labels: Labels,
    workspace: Workspace,
) -> tuple[Job, Predictor]:
    plan = job.plan
    counted = reset_peak_memory()
    with spending() as fit:
        predictor = METHODS[plan.method].fit(training, plan.settings, workspace)
    with spending() as asking:
        predictions = tuple(predict_participant(predictor, i, own, labels[i]) for i, own in tested.items())
    origin = predictor.origin
    done = Job(
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
            predict_cpu_s=round(asking.cpu_s / len(tested), 6),
            peak_memory_mib=peak_memory_mib() if counted else None,
        ),
        curves=origin.curves,
        autoencoder=autoencoder_on(predictor, tested) if job.first else None,
        previews=previews_of(predictor, tested, labels) if job.first and plan.repeat == 1 else (),
    )
    return done, predictor


def predict_participant(
    predictor: Predictor, participant: str, recordings: Sequence[Recording], label: np.ndarray
) -> ParticipantPrediction:
    """Predict each recording of a participant and take the mean, as a laboratory joins replicates.

    Args:
        predictor: a fitted one.
        participant: whose recordings they are.
        recordings: at least one.
        label: (3,), percent.
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
