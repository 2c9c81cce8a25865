"""What waiting threads cost: a training step with OpenMP's threads spinning or sleeping, on an idle and a busy machine.

    python benchmarks/waiting.py --out benchmarks/results/waiting.json

Each measurement is a fresh process, since PyTorch reads the policy once. "Busy" means one more process per core that
counts. Medians over steps of the paper's autoencoder (I4, 96 x 96, batch 16) after a warm-up.
"""

import argparse
import json
import multiprocessing
import os
import subprocess
import sys
from pathlib import Path

from motilens.files import write_json

_STEPS = """
import statistics, time, torch
from torch.nn import functional as F
from motilens.config import PUBLISHED_AUTOENCODER
from motilens.networks.autoencoder import Autoencoder, PixelScaling
torch.manual_seed(0)
network = Autoencoder("I4", PUBLISHED_AUTOENCODER, PixelScaling()).to(memory_format=torch.channels_last)
optimiser = torch.optim.Adam(network.parameters())
x = torch.rand(16, 18, 96, 96).contiguous(memory_format=torch.channels_last)
seconds = []
for _ in range(25):
    started = time.perf_counter()
    optimiser.zero_grad()
    F.mse_loss(network(x), network.target(x)).backward()
    optimiser.step()
    seconds.append(time.perf_counter() - started)
print(statistics.median(seconds[5:]))
"""


def _count() -> None:
    while True:
        pass


def step_seconds(policy: str, *, busy: bool) -> float:
    """Median seconds of a step under one policy."""
    others = [multiprocessing.Process(target=_count, daemon=True) for _ in range((os.cpu_count() or 1) * busy)]
    for other in others:
        other.start()
    try:
        done = subprocess.run(
            [sys.executable, "-c", _STEPS],
            env=os.environ | {"OMP_WAIT_POLICY": policy},
            capture_output=True,
            text=True,
            check=True,
        )
    finally:
        for other in others:
            other.kill()
            other.join()
    return float(done.stdout)


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    out: Path = parser.parse_args().out
    result: dict[str, float] = {}
    for busy in (False, True):
        for policy in ("ACTIVE", "PASSIVE"):
            result[f"{'busy' if busy else 'idle'}_{policy.lower()}_step_s"] = step_seconds(policy, busy=busy)
    for state in ("idle", "busy"):
        result[f"{state}_active_over_passive"] = result[f"{state}_active_step_s"] / result[f"{state}_passive_step_s"]
    write_json(out, {name: round(value, 4) for name, value in result.items()})
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
