"""How often does an autoencoder lose channels, by seed, and what does its feature-image hold of the motion?

Trains ``paper`` and ``stable`` from many seeds on the same stacks and writes, for each run: dead channels,
reconstruction error over variance, and R2 of the motion on stacks that were not trained on.

    python benchmarks/autoencoder_study.py --out benchmarks/results/autoencoder_study.json [--real CLIP.mp4]

Simulated stacks are split by participant. A real clip of one participant is split by time: the first 60 % to
train on, the last 30 % to test on, which is easier than an unseen participant.
"""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as the command line sets it: threads that wait do not spin

import argparse
import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from motilens import __version__
from motilens.config import (
    PUBLISHED_AUTOENCODER,
    AutoencoderConfig,
    MethodSettings,
    RegressorConfig,
    StackConfig,
    autoencoder_config,
)
from motilens.features.encode import reconstruction_scores
from motilens.files import write_json
from motilens.networks.autoencoder import dead_share
from motilens.simulate.dataset import simulate_dataset
from motilens.stacks.extract import extract_stacks
from motilens.training.autoencoder import fit_autoencoder, input_batches
from motilens.training.in_memory import InMemoryStacks

SIZE_PX = 96
STACKS_PER_VIDEO = 24
BATCH = 16


def simulated_stacks(folder: Path) -> tuple[InMemoryStacks, tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Twelve participants: eight to fit, two to choose the epoch, two to test."""
    simulate_dataset(folder, participants=12, seconds=4.0, seed=7)
    config = StackConfig(stacks_per_video=STACKS_PER_VIDEO, size_px=SIZE_PX)
    videos = sorted((folder / "videos").iterdir())
    source = InMemoryStacks({video.stem: extract_stacks(video, config)[0].pixels for video in videos})
    ids = source.participants
    return source, ids[:8], ids[8:10], ids[10:]


def real_stacks(clip: Path) -> tuple[InMemoryStacks, tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """One clip in three parts by time: 60 % to fit, 10 % to choose the epoch, 30 % to test."""
    batch, _ = extract_stacks(clip, StackConfig(stacks_per_video=120, size_px=SIZE_PX))
    first, last = batch.frame_idx[:, 0], batch.frame_idx[:, -1]
    n = int(last.max()) + 1
    parts = {"first": last < 0.6 * n, "middle": (first >= 0.6 * n) & (last < 0.7 * n), "end": first >= 0.7 * n}
    return (
        InMemoryStacks({name: batch.pixels[chosen] for name, chosen in parts.items()}),
        ("first",),
        ("middle",),
        ("end",),
    )


def lasting(config: AutoencoderConfig, steps: int, steps_per_epoch: int, **changes: object) -> AutoencoderConfig:
    """Settings for a training of so many steps, at least one epoch."""
    epochs = max(steps // steps_per_epoch, 1)
    length = {"epochs": epochs, "steps_per_epoch": steps_per_epoch, "batch_size": BATCH}
    return config.model_copy(update={**length, **changes})


def study_run(
    source: InMemoryStacks, groups: tuple[tuple[str, ...], ...], config: AutoencoderConfig, seed: int, folder: Path
) -> dict[str, Any]:
    """One training from one seed."""
    fit_ids, select_ids, test_ids = groups
    settings = MethodSettings(
        preset="study",
        stacks=StackConfig(size_px=SIZE_PX, stacks_per_video=STACKS_PER_VIDEO),
        autoencoder=config,
        regressor=RegressorConfig(weights="none"),
        seed=seed,
    )
    started = time.perf_counter()
    fitted = fit_autoencoder(source, fit_ids=fit_ids, select_ids=select_ids, settings=settings, folder=folder)
    seconds = time.perf_counter() - started
    scores = reconstruction_scores(fitted.autoencoder, input_batches(source, source.rows_of(test_ids), "I4"))
    return {
        "seed": seed,
        "dead": list(fitted.dead),
        "dead_share": dead_share(fitted.dead, "I4"),
        "mse": scores.mse,
        "mse_over_variance": scores.mse_over_variance,
        "motion_r2": scores.motion_r2,
        "seconds": round(seconds, 1),
    }


def summary(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Counts and medians over seeds."""
    r2 = [run["motion_r2"] for run in runs]
    return {
        "runs": len(runs),
        "with_anything_dead": sum(bool(run["dead"]) for run in runs),
        "with_all_features_dead": sum(
            sum(name.startswith("feature") and "(" not in name for name in run["dead"]) == 3 for run in runs
        ),
        "dead_share_median": statistics.median(run["dead_share"] for run in runs),
        "dead_share_max": max(run["dead_share"] for run in runs),
        "motion_r2_median": statistics.median(r2),
        "motion_r2_min": min(r2),
        "motion_r2_max": max(r2),
        "mse_over_variance_median": statistics.median(run["mse_over_variance"] for run in runs),
    }


def main() -> None:
    """Run the study and write its JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--real", type=Path, default=None, help="a real clip; left out when not given")
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--paper-steps", type=int, default=200)
    parser.add_argument("--paper-long-steps", type=int, default=1000, help="one long run, seed of the best short one")
    parser.add_argument("--stable-steps", type=int, default=150)
    options = parser.parse_args()
    result: dict[str, Any] = {
        "command": f"python benchmarks/autoencoder_study.py --seeds {options.seeds} "
        f"--paper-steps {options.paper_steps} --paper-long-steps {options.paper_long_steps} "
        f"--stable-steps {options.stable_steps}",
        "motilens_version": __version__,
        "size_px": SIZE_PX,
        "batch_size": BATCH,
    }
    with tempfile.TemporaryDirectory() as scratch:
        data = {"simulated": simulated_stacks(Path(scratch) / "simulated")}
        if options.real is not None:
            data["real"] = real_stacks(options.real)
        configs = {
            "paper": lasting(PUBLISHED_AUTOENCODER, options.paper_steps, 50),
            "stable": lasting(autoencoder_config("stable", "I4"), options.stable_steps, 50, crop_px=48),
        }
        for name, (source, *groups) in data.items():
            part: dict[str, Any] = {}
            for kind, config in configs.items():
                runs = [
                    study_run(source, tuple(groups), config, seed, Path(scratch) / f"{name}-{kind}-{seed}")
                    for seed in range(options.seeds)
                ]
                part[kind] = {"summary": summary(runs), "runs": runs}
                print(name, kind, json.dumps(part[kind]["summary"]), flush=True)
            alive = [run for run in part["paper"]["runs"] if not run["dead"]]
            best = min(alive or part["paper"]["runs"], key=lambda run: run["mse"])
            long = lasting(PUBLISHED_AUTOENCODER, options.paper_long_steps, 100)
            run = study_run(source, tuple(groups), long, int(best["seed"]), Path(scratch) / f"{name}-long")
            part["paper_long"] = {"steps": options.paper_long_steps, **run}
            print(name, "paper, long", json.dumps(run), flush=True)
            result[name] = part
            write_json(options.out, result)
    print(f"wrote {options.out}")


if __name__ == "__main__":
    main()
