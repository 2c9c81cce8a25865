"""Runs jobs in parallel processes that end with their parent and report failures in one line.

Processes are spawned, not forked: a forked child inherits the locks of decoders' and Zarr's threads, and can hang.
"""

import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from motilens.errors import InputError, WorkerError

Job = TypeVar("Job")
Result = TypeVar("Result")

_LOOK_EVERY_S = 0.2


def cores() -> int:
    """Number of processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run_parallel(
    work: Callable[[Job], Result], jobs: Sequence[Job], *, workers: int, start: Callable[[], None] | None = None
) -> Iterator[Result]:
    """Run jobs in parallel processes, and yield results as they are completed.

    When a job fails or the iterator is closed, no further jobs are started.

    Args:
        work: function that runs one job; it, the jobs and the results must be picklable.
        jobs: all jobs.
        workers: number of processes, at most one per job.
        start: called once in every process before its first job; must be picklable.

    Raises:
        InputError: ``workers`` is less than one.
        WorkerError: a process could not start, or was terminated from outside.
    """
    if workers < 1:
        raise InputError(f"workers is {workers}; allowed: at least 1")
    if not jobs:
        return
    pool = ProcessPoolExecutor(
        min(workers, len(jobs)),
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_begin,
        initargs=(os.getpid(), start),
    )
    try:
        running = {pool.submit(work, job) for job in jobs}
        while running:
            finished, running = wait(running, return_when=FIRST_COMPLETED)
            for future in finished:
                yield future.result()
    except BrokenProcessPool as error:
        raise WorkerError(
            "a worker process could not start or was ended from outside (too little memory, or a script without "
            "'if __name__ == \"__main__\":'); run again with fewer workers: what was finished is kept"
        ) from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _begin(parent: int, start: Callable[[], None] | None) -> None:
    """End this process soon after its parent is killed, so that it does not write into the folder of a new run."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_LOOK_EVERY_S)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
    if start is not None:
        start()
