"""How fast motilens trains, against the way of the released scripts; and how long training waits for its batches.

One run measures, on stacks that it draws itself (I4: 18 frames), ours and theirs in turns so that a machine that slows
down slows both, after a warm-up, from a fixed seed:

- autoencoder: one optimiser step on a batch of 32 whole stacks, the paper's layers, loading included;
- regressor: one epoch of step 2. Theirs runs the whole autoencoder in every step, ours reads feature-images that were
  computed once. Also without the difference in memory format, to tell what the cache alone is worth;
- loader: the share of its time that ``fit_autoencoder`` and step 2 wait for batches, with the settings of the presets.

    python benchmarks/training.py --out benchmarks/results/training.json

writes the details there and merges the ratios into ``training_speed.json`` beside it.
"""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as the command line sets it: threads that wait do not spin

import argparse
import platform
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import torch

import released
from loader_waits import measure_loader
from motilens import __version__
from motilens.files import write_json
from summary import SUMMARY, merge
from training_steps import draw_stacks, measure_autoencoder, measure_regressor

RESNET, LITE = "resnet34.tv_in1k", "tf_efficientnet_lite0"
"""The paper's CNN, and the one of the presets ``cpu`` and ``demo``; both from random weights."""


def measure(
    *,
    size_px: int,
    n_stacks: int,
    repeats: int,
    loader_steps: int,
    backbones: Sequence[str],
    seed: int,
    batch_size: int = released.BATCH,
    say: Callable[[str], None] = lambda line: None,
) -> dict[str, object]:
    """All figures; ``backbones[0]`` gives the flat key."""
    stacks = draw_stacks(n_stacks, size_px, seed)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        autoencoder = measure_autoencoder(
            stacks, repeats=repeats, seed=seed, folder=folder / "autoencoder", batch_size=batch_size
        )
        say(f"autoencoder step: {autoencoder['released_over_ours']:.2f} {autoencoder['step']}")
        regressors: dict[str, dict[str, object]] = {}
        for backbone in backbones:
            regressors[backbone] = measure_regressor(
                stacks, backbone, repeats=repeats, seed=seed, folder=folder / backbone, batch_size=batch_size
            )
            found = regressors[backbone]
            say(f"regressor epoch, {backbone}: {found['released_over_ours']:.2f} {found['epoch']}")
        waits = measure_loader(stacks, steps=loader_steps, seed=seed, folder=folder)
        for name, found in waits.items():
            say(f"loader, {name}: {found['stall_share']:.4f}")
    shares = {name: float(str(waits[name]["stall_share"])) for name in ("cpu_in_memory", "paper_from_store")}
    for backbone, found in regressors.items():
        turns = found["epochs"]
        assert isinstance(turns, dict)
        shares[f"regressor, {backbone}"] = turns["stall_share"]
    worst = max(shares, key=lambda name: shares[name])
    return {
        "autoencoder_step_vs_released": autoencoder["released_over_ours"],
        "regressor_epoch_vs_released": regressors[backbones[0]]["released_over_ours"],
        "regressor_backbone": f"{backbones[0]}, random weights",
        "loader_stall_share": shares[worst],
        "loader_stall_share_of": worst,
        "autoencoder": autoencoder,
        "regressor": regressors,
        "loader": waits,
        "loader_shares_that_presets_have": shares,
    }


def main() -> None:
    """Measure, write the details, merge the ratios."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--size", type=int, default=128, help="height and width of the stacks, a multiple of 4")
    parser.add_argument("--stacks", type=int, default=128)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--loader-steps", type=int, default=12, help="steps in each of two epochs of `paper`")
    parser.add_argument(
        "--backbones", nargs="+", default=[RESNET, LITE], help="the first gives the ratio in the summary"
    )
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    result = measure(
        size_px=options.size,
        n_stacks=options.stacks,
        repeats=options.repeats,
        loader_steps=options.loader_steps,
        backbones=options.backbones,
        seed=options.seed,
        say=lambda line: print(line, flush=True),
    )
    command = (
        f"python benchmarks/training.py --out FILE --size {options.size} --stacks {options.stacks}"
        f" --repeats {options.repeats} --loader-steps {options.loader_steps}"
        f" --backbones {' '.join(options.backbones)} --seed {options.seed}"
    )
    machine = {"processors": os.cpu_count(), "threads": torch.get_num_threads(), "kind": platform.machine()}
    versions = {"motilens": __version__, "torch": torch.__version__}
    write_json(options.out, {"command": command, "machine": machine, "versions": versions, **result})
    merge([options.out], options.out.parent / SUMMARY)


if __name__ == "__main__":
    main()
