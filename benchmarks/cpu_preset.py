"""How long the preset ``cpu`` takes for the whole table of 85 participants on this machine.

    python benchmarks/cpu_preset.py --out benchmarks/results/cpu_preset.json

Runs one of each kind of job at full size (85 participants, 20 stacks each, 128 x 128: autoencoder with motion,
without, feature-images, regressor) and the extraction of one video, scaled to VISEM's median length, and multiplies by
how many of each the table has: 4 inputs, 2 targets, 3 folds, 85 videos. An estimate, not a run. It counts every refit
at its full length, though one of fewer epochs is shorter, so it errs on the long side. Stacks are random pixels:
time does not depend on what they show.
"""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as the command line sets it

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from motilens.config import InputType, preset, with_overrides
from motilens.features.encode import encode
from motilens.files import write_json
from motilens.simulate.dataset import simulate_dataset
from motilens.stacks.extract import extract_stacks
from motilens.training.autoencoder import fit_autoencoder, input_batches
from motilens.training.image_cache import ImageCache
from motilens.training.in_memory import InMemoryStacks
from motilens.training.regressor import fit_regressor

PARTICIPANTS, TRAIN, SELECT = 85, 57, 11
MEDIAN_FRAMES = 202 * 50
"""VISEM's median video: 202 s at 50 frames a second."""

SHORT_S = 12.0
"""Length of the video that is timed; decoding is linear in it."""


def timed(work: Callable[[], object]) -> tuple[float, object]:
    """Seconds that some work takes, and what it returns."""
    started = time.perf_counter()
    found = work()
    return time.perf_counter() - started, found


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    out: Path = parser.parse_args().out
    settings_by_input = {input_type: preset("cpu", input_type) for input_type in ("I1", "I4")}
    stacks = settings_by_input["I4"].stacks
    rng = np.random.default_rng(0)
    shape = (stacks.stacks_per_video, 18, stacks.size_px, stacks.size_px)
    ids = tuple(str(i + 1) for i in range(PARTICIPANTS))
    source = InMemoryStacks({i: rng.integers(0, 256, shape, dtype=np.uint8) for i in ids})
    labels = {i: np.array([40.0, 30.0, 30.0]) + rng.normal(0, 5, 3) for i in ids}
    fit_ids, select_ids = ids[: TRAIN - SELECT], ids[TRAIN - SELECT : TRAIN]
    n_rows = PARTICIPANTS * shape[0]
    seconds: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        fitted = {}
        for input_type in settings_by_input:
            seconds[f"autoencoder_{input_type}"], fitted[input_type] = timed(
                lambda input_type=input_type: fit_autoencoder(
                    source,
                    fit_ids=fit_ids,
                    select_ids=select_ids,
                    settings=settings_by_input[input_type],
                    folder=folder / input_type,
                )
            )
        seconds["feature_images"], cache = timed(
            lambda: ImageCache.build(
                folder / "feature-images",
                (encode(fitted["I4"].autoencoder, x) for x in input_batches(source, np.arange(n_rows), "I4")),
                n_rows=n_rows,
                digest="random",
            )
        )
        assert isinstance(cache, ImageCache)
        choosing = with_overrides(settings_by_input["I4"], "regressor.refit=false")
        seconds["regressor_choosing"], _ = timed(
            lambda: fit_regressor(
                source,
                cache,
                labels,
                target="motility",
                fit_ids=fit_ids,
                select_ids=select_ids,
                settings=choosing,
                folder=folder / "motility",
            )
        )
        simulate_dataset(folder / "videos", participants=1, seconds=SHORT_S, seed=0)
        (video,) = (folder / "videos" / "videos").iterdir()
        per_video, _ = timed(lambda: extract_stacks(video, stacks, read_ahead=False))
    seconds["extract_a_median_video"] = per_video * MEDIAN_FRAMES / (SHORT_S * 50)
    seconds["regressor_refit_at_most"] = seconds["regressor_choosing"] * TRAIN / (TRAIN - SELECT)
    cores = os.cpu_count() or 1
    with_motion: tuple[InputType, ...] = ("I3", "I4")
    total = (
        3 * len(with_motion) * seconds["autoencoder_I4"]
        + 3 * 2 * seconds["autoencoder_I1"]
        + 3 * 4 * seconds["feature_images"]
        + 3 * 4 * 2 * (seconds["regressor_choosing"] + seconds["regressor_refit_at_most"])
        + PARTICIPANTS * seconds["extract_a_median_video"] / cores
    )
    result = {name: round(value, 1) for name, value in seconds.items()}
    result |= {"cores": float(cores), "whole_table_h": round(total / 3600, 2)}
    write_json(out, result)
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
