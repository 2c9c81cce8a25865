import subprocess
import sys
import time

import pytest

from motilens.evaluation.costs import spending


def test_work_costs_processor_time_and_waiting_does_not() -> None:
    with spending() as waiting:
        time.sleep(0.2)
    with spending() as working:
        until = time.process_time() + 0.2
        while time.process_time() < until:
            pass
    assert waiting.cpu_s < 0.1 <= 0.2 <= waiting.wall_s
    assert working.cpu_s >= 0.2


def test_work_that_fails_has_its_cost_too() -> None:
    with pytest.raises(ZeroDivisionError), spending() as spent:
        _ = 1 / 0
    assert spent.wall_s > 0


PEAKS = """
from motilens.evaluation.costs import peak_memory_mib, reset_peak_memory
import numpy as np
if reset_peak_memory():
    before = peak_memory_mib()
    block = np.ones(256 << 20, np.uint8)
    held = peak_memory_mib()
    del block
    reset_peak_memory()
    print(before, held, peak_memory_mib())
"""


def test_peak_memory_is_counted_anew() -> None:
    # In a process of its own: here other tests' memory may be given back at any moment.
    said = subprocess.run([sys.executable, "-c", PEAKS], capture_output=True, text=True, check=True).stdout.split()
    if not said:
        pytest.skip("this system does not tell")
    before, held, after = map(float, said)
    assert held > before + 200
    assert after < held - 200
