"""The cost of a block of code: CPU time, wall time and peak memory."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_RESET_PEAK = "5"
"""Written to ``/proc/self/clear_refs``, this makes Linux reset the peak resident memory (proc(5))."""


@dataclass
class Spent:
    """Time spent in a block, filled in when the block ends.

    Attributes:
        cpu_s: CPU time of this process, over all of its threads.
        wall_s: wall time.
    """

    cpu_s: float = 0.0
    wall_s: float = 0.0


@contextmanager
def spending() -> Iterator[Spent]:
    """Measure the CPU time and the wall time of a ``with`` block."""
    spent = Spent()
    cpu, wall = time.process_time(), time.perf_counter()
    try:
        yield spent
    finally:
        spent.cpu_s, spent.wall_s = time.process_time() - cpu, time.perf_counter() - wall


def reset_peak_memory() -> bool:
    """Reset the peak memory of this process; return False where the system does not support it."""
    try:
        Path("/proc/self/clear_refs").write_text(_RESET_PEAK, encoding="ascii")
    except OSError:
        return False
    return True


def peak_memory_mib() -> float | None:
    """Peak resident memory of this process since ``reset_peak_memory``, in MiB; None where the system cannot tell."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    found = [line.split()[1] for line in lines if line.startswith("VmHWM:")]
    return int(found[0]) / 1024 if found else None
