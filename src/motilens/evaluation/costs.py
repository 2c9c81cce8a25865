"""What a piece of work costs: processor seconds, seconds on the clock, and the most memory it needed."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_RESET_PEAK = "5"
"""Written into clear_refs, this makes Linux count the peak of resident memory anew (proc(5))."""


@dataclass
class Spent:
    """Filled in when the work is done.

    Attributes:
        cpu_s: of this process, all its threads.
        wall_s: on the clock.
    """

    cpu_s: float = 0.0
    wall_s: float = 0.0


@contextmanager
def spending() -> Iterator[Spent]:
    """Measure the block."""
    spent = Spent()
    cpu, wall = time.process_time(), time.perf_counter()
    try:
        yield spent
    finally:
        spent.cpu_s, spent.wall_s = time.process_time() - cpu, time.perf_counter() - wall


def reset_peak_memory() -> bool:
    """Count this process's peak memory anew; False where the system cannot."""
    try:
        Path("/proc/self/clear_refs").write_text(_RESET_PEAK, encoding="ascii")
    except OSError:
        return False
    return True


def peak_memory_mib() -> float | None:
    """Most resident memory of this process since ``reset_peak_memory``, in MiB; None where the system cannot tell."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    found = [line.split()[1] for line in lines if line.startswith("VmHWM:")]
    return int(found[0]) / 1024 if found else None
