"""Many jobs on several cores: processes that start clean, end with their parent, and fail in one clear line.

Spawned, not forked: a forked child inherits threads' locks from decoders and Zarr, and can hang.
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
    """Processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run_parallel(
    work: Callable[[Job], Result], jobs: Sequence[Job], *, workers: int, start: Callable[[], None] | None = None
) -> Iterator[Result]:
    """Do jobs in processes, and give results as they come.

    When one fails, or nobody asks for more results, jobs that have not begun are not begun.

    Args:
        work: does one job; can be pickled, as jobs and results can.
        jobs: all there are.
        workers: processes, at most one a job.
        start: called once in every process before its first job; can be pickled.

    Raises:
        InputError: less than one worker.
        WorkerError: a process could not start, or was ended from outside.
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
    """End this process soon after its parent was killed: it must not write where a new run has begun."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_LOOK_EVERY_S)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
    if start is not None:
        start()
