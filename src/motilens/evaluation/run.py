"""Runs an evaluation: every method in the same folds, job by job; an interrupted run can be continued.

A method gets the recordings and labels of the training participants only, so whatever it chooses, it chooses inside the
training part. Methods from outside take part as files of predictions for the same folds.
"""

import functools
import shutil
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

from motilens import __version__
from motilens.data.dataset import Dataset
from motilens.data.participants import LeftOut
from motilens.errors import DataError, InputError
from motilens.evaluation.job import JobContext, JobPlan, job_plans, one_thread, run_jobs, start_worker
from motilens.evaluation.prepare import exact_of, labels_of, open_with_folds, prepare_with_costs
from motilens.evaluation.protocol import plans_of
from motilens.evaluation.request import EvaluationRequest
from motilens.evaluation.result import RESULT_FILE, EvaluationResult, Job, MethodInfo, RepeatFolds
from motilens.evaluation.submissions import read_submission, write_template
from motilens.files import digest_of, writable_file, write_json
from motilens.methods.catalogue import METHODS
from motilens.methods.check import check_trainable
from motilens.methods.method import Method
from motilens.methods.train import lacking
from motilens.progress import Progress, Silent
from motilens.runs.lock import run_lock
from motilens.runs.pool import cores, run_parallel
from motilens.training.runtime import Runtime, versions


def evaluate(
    request: EvaluationRequest,
    *,
    runtime: Runtime = Runtime("cpu"),  # noqa: B008 - frozen
    workers: int | None = None,
    progress: Progress | None = None,
) -> EvaluationResult:
    """Run an evaluation, or continue one, and write ``result.json`` into the run's folder.

    Args:
        request: what to evaluate.
        runtime: device, precision and loader. On a CPU each job has one thread, and several run in parallel processes;
            on another device, or with one worker, they run one after another in this process.
        workers: number of processes, one per core if None; it changes only the time, not the result.
        progress: shows how far the run is.

    Raises:
        BusyError: another process is writing into the run's folder.
        ConfigError: the folder holds a run with other settings or other data.
        MotilensError: see ``motilens.errors``; bad tables, folds, submissions and paths are found before the long
            computations begin.
    """
    progress = progress or Silent()
    on_cpu = runtime.accelerator == "cpu" or runtime.fabric().device.type == "cpu"
    n_workers = (workers or cores()) if on_cpu else 1
    if n_workers > 1 and runtime.devices > 1:
        raise InputError(
            f"--devices {runtime.devices} on a CPU, where {n_workers} jobs run in parallel; allowed: --devices 1, or "
            "--workers 1"
        )
    check_trainable([(method, request.settings(method)) for method in request.chosen], runtime)
    with run_lock(request.out):
        dataset, repeats = open_with_folds(request, workers=workers, progress=progress)
        outside = _submissions(request, dataset, repeats)
        methods, absent = _that_can_be_fitted(request, dataset)
        costs = prepare_with_costs(request, methods, dataset, workers=workers, progress=progress)
        plans = [job_plans(plan, request.targets, dataset) for plan in plans_of(request, methods, repeats)]
        todo = [missing for jobs in plans if (missing := tuple(j for j in jobs if j.read(request.out) is None))]
        with progress.task("jobs", len(plans)) as task, one_thread() if on_cpu else nullcontext():
            task.advance(len(plans) - len(todo))
            if n_workers > 1:
                start = functools.partial(start_worker, JobContext(request, dataset, runtime))
                done = run_parallel(run_jobs, todo, workers=n_workers, start=start)
            else:
                here = JobContext(request, dataset, runtime, progress)
                done = (run_jobs(jobs, here) for jobs in todo)
            for name in done:
                task.advance(note=name)
        result = EvaluationResult(
            motilens_version=__version__,
            versions=versions(),
            command=request.command(),
            dataset=request.data.name,
            data_fingerprint=digest_of([dataset.fingerprint, [r.model_dump(mode="json") for r in repeats]]),
            protocol=request.protocol,
            preset=request.preset,
            settings={method.name: request.settings(method) for method in methods},
            targets=request.targets,
            methods=(*(_info(request, m) for m in methods), *map(_submission_info, outside, outside.values())),
            repeats=repeats,
            participants=dataset.summaries(request.settings(METHODS["mean"]).stacks),
            left_out=(*dataset.left_out, *(line for t in request.targets for line in dataset.unlabelled(t)), *absent),
            labels=labels_of(request, dataset),
            exact=_exact(request, dataset),
            preparation_cpu_s=costs,
            jobs=(*_finished(request, plans), *(job for own in outside.values() for job in own)),
        )
        write_json(request.out / RESULT_FILE, result.model_dump(mode="json"))
        shutil.rmtree(request.out / "work", ignore_errors=True)
    return result


def write_submit_format(
    request: EvaluationRequest, path: Path, *, workers: int | None = None, progress: Progress | None = None
) -> None:
    """Write a file with every line that a method from outside has to fill in.

    Raises:
        MotilensError: as ``evaluate``, for everything up to the choice of the folds.
    """
    writable_file(path)
    with run_lock(request.out):
        dataset, repeats = open_with_folds(request, workers=workers, progress=progress or Silent())
        write_template(path, repeats, labels_of(request, dataset))


def _submissions(
    request: EvaluationRequest, dataset: Dataset, repeats: tuple[RepeatFolds, ...]
) -> dict[str, tuple[Job, ...]]:
    labels = labels_of(request, dataset)
    return {name: read_submission(file, name, repeats, labels) for name, file in request.submissions}


def _that_can_be_fitted(request: EvaluationRequest, dataset: Dataset) -> tuple[tuple[Method, ...], tuple[LeftOut, ...]]:
    """The methods whose needs these data meet, and the others with the reason."""
    reasons = {method.name: lacking(dataset, method, dataset.participants) for method in request.chosen}
    absent = tuple(LeftOut(name=f"method {name}", reason=reason) for name, reason in reasons.items() if reason)
    return tuple(method for method in request.chosen if not reasons[method.name]), absent


def _finished(request: EvaluationRequest, plans: Sequence[tuple[JobPlan, ...]]) -> tuple[Job, ...]:
    found = []
    for target in request.targets:
        for plan in (job for jobs in plans for job in jobs if job.target == target):
            job = plan.read(request.out)
            if job is None:
                raise DataError(f"job {plan.file(request.out)} has disappeared; run the same command again")
            found.append(job)
    return tuple(found)


def _exact(request: EvaluationRequest, dataset: Dataset) -> dict | None:
    exact = exact_of(request.data, dataset.participants)
    return None if exact is None else {target: dict(exact[target]) for target in request.targets}


def _info(request: EvaluationRequest, method: Method) -> MethodInfo:
    return MethodInfo(
        name=method.name,
        description=method.description,
        cost=method.cost,
        needs=method.needs,
        repeats=request.repeats_of(method),
        autoencoder=method.autoencoder,
        input_type=method.input_type,
    )


def _submission_info(name: str, jobs: Sequence[Job]) -> MethodInfo:
    repeats = max(job.repeat for job in jobs)
    return MethodInfo(name=name, description="a submission", cost="submission", needs=(), repeats=repeats)
