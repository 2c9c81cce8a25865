"""How long ``motilens track`` takes, with trackpy's ``locate`` and with ours.

Makes its own videos (two simulated participants, 640 x 480, 50 frames/s, MJPEG) and measures the whole work of the
command in one process and one thread, from the files to the written table: decoding, finding heads, linking,
kinematics. Both ways take turns, so that a machine that slows down slows both; a warm-up of each lets numba compile.
Times are processor seconds, which other programs on the machine change less than wall time. Whether the two tables are
the same is written down, too.

    python benchmarks/tracking.py --out benchmarks/results/tracking.json
"""

import argparse
import json
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import cv2
import numpy as np
import trackpy

from motilens import __version__
from motilens.config import TrackingConfig
from motilens.files import write_json
from motilens.shapes import GreyFrame
from motilens.simulate.dataset import simulate_dataset
from motilens.simulate.truth import read_truth
from motilens.tracking import detect
from motilens.tracking.quiet_trackpy import quiet
from motilens.tracking.track_table import track_table

Locate = Callable[[GreyFrame, int, float], np.ndarray]


def trackpy_locate(frame: GreyFrame, diameter_px: int, least_mass: float) -> np.ndarray:
    """Heads of one frame by trackpy's own function: (n, 3), x, y and mass."""
    with quiet():
        found = trackpy.locate(frame, diameter_px, minmass=least_mass, characterize=False)
    return found[["x", "y", "mass"]].to_numpy(np.float64) if len(found) else np.empty((0, 3))


LOCATE: dict[str, Locate] = {"trackpy": trackpy_locate, "ours": detect.locate}


def measure(folder: Path, *, seconds: float, size: tuple[int, int], repeats: int, seed: int) -> dict[str, object]:
    """Time both ways in turns; medians."""
    simulate_dataset(folder, participants=2, seconds=seconds, size=size, fields=1, codec="mjpeg", seed=seed)
    truths = [read_truth(folder, participant) for participant in (1, 2)]
    runs: dict[str, list[float]] = {name: [] for name in LOCATE}
    tables: dict[str, str] = {}
    for repeat in range(repeats + 1):
        for name, locate in LOCATE.items():
            out = folder / f"{name}.csv"
            with mock.patch.object(detect, "locate", locate):
                start_s = time.process_time()
                track_table(
                    [folder], out, um_per_px=truths[0].um_per_px, config=TrackingConfig(seconds=None), workers=1
                )
                taken_s = time.process_time() - start_s
            if repeat:  # the first is the warm-up
                runs[name].append(taken_s)
            tables[name] = out.read_text(encoding="utf-8")
    cpu_s = {name: statistics.median(taken) for name, taken in runs.items()}
    return {
        "trackpy_over_ours": round(cpu_s["trackpy"] / cpu_s["ours"], 3),
        "cpu_s": {name: round(taken, 3) for name, taken in cpu_s.items()},
        "runs_cpu_s": {name: [round(each, 3) for each in taken] for name, taken in runs.items()},
        "same_table": tables["trackpy"] == tables["ours"],
        "tracks": tables["ours"].count("\n") - 1,
        "cells_in_view": [round(field.cells_in_view, 1) for truth in truths for field in truth.fields],
    }


def main() -> None:
    """Run and write the JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seconds", type=float, default=2.0, help="length of each video (default: %(default)s)")
    parser.add_argument("--repeats", type=int, default=5, help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as folder:
        result = measure(
            Path(folder), seconds=options.seconds, size=(480, 640), repeats=options.repeats, seed=options.seed
        )
    print(json.dumps(result, indent=1))
    write_json(
        options.out,
        {
            "command": "python benchmarks/tracking.py --out FILE"
            + f" --seconds {options.seconds:g} --repeats {options.repeats} --seed {options.seed}",
            "machine": {"processors": os.cpu_count(), "kind": platform.machine()},
            "versions": {"motilens": __version__, "numpy": np.__version__, "trackpy": trackpy.__version__},
            **result,
        },
    )


if __name__ == "__main__":
    main()
