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
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

import released
from motilens import __version__
from motilens.config import PRESETS, Pipeline, StackConfig, preset
from motilens.data.dataset import Dataset, open_dataset
from motilens.data.in_memory import InMemoryStacks
from motilens.files import write_json, write_text
from motilens.models.autoencoder import Autoencoder, PixelScaling
from motilens.models.regressor import ChannelScaling, Regressor
from motilens.progress import Silent
from motilens.stacks.record import VideoRecord
from motilens.stacks.store import StackStore
from motilens.stacks.values import StackBatch
from motilens.training.augment import AUGMENTATIONS
from motilens.training.autoencoder import fit_autoencoder
from motilens.training.batches import EpochBatches, StackCrops, draw_crops, loader
from motilens.training.feature_cache import FeatureCache, LabelledImages
from motilens.training.loop import History, LoopPlan, run_epochs
from motilens.training.runtime import Runtime
from summary import SUMMARY, merge

FRAMES = 18
PARTICIPANTS = 32
"""Of the store: a batch of 32 comes from as many videos as it can."""

RESNET, LITE = "resnet34.tv_in1k", "tf_efficientnet_lite0"
"""The paper's CNN, and the one of the presets ``cpu`` and ``demo``; both from random weights."""

CPU = Runtime(accelerator="cpu")


def draw_stacks(n: int, size_px: int, seed: int) -> np.ndarray:
    """Bright squares that move over noise: (n, 18, size, size), uint8."""
    chance = np.random.default_rng(seed)
    pixels = chance.integers(82, 98, (n, FRAMES, size_px, size_px), dtype=np.uint8)
    side = max(size_px // 32, 1)
    for stack in pixels:
        at, step = chance.uniform(0, size_px - side, (20, 2)), chance.normal(0, size_px / 128, (20, 2))
        for t, frame in enumerate(stack):
            for y, x in np.clip(at + step * t, 0, size_px - side).astype(int):
                frame[y : y + side, x : x + side] = 200
    return pixels


def draw_labels(n: int, seed: int) -> np.ndarray:
    """Three percentages that sum to 100, for each stack: (n, 3)."""
    return np.random.default_rng(seed).dirichlet((2, 1, 2), n) * 100


def released_twin(autoencoder: Autoencoder) -> released.ReleasedAutoencoder:
    """The released scripts' autoencoder with the same weights as ours."""
    twin = released.ReleasedAutoencoder(FRAMES)
    twin.load_state_dict(autoencoder.state_dict())
    return twin


def new_autoencoder(seed: int) -> Autoencoder:
    """The paper's layers, untrained, contiguous."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return Autoencoder("I4", preset("paper", "I4").autoencoder, PixelScaling())


def in_turns(
    network: nn.Module,
    *,
    loss: Callable[[nn.Module, tuple[Tensor, ...]], Tensor],
    batches: Callable[[int], object],
    steps: int,
    learning_rate: float,
    others: dict[str, Callable[[], float]],
    repeats: int,
    folder: Path,
) -> dict[str, object]:
    """Epochs of our own training loop, and after each an epoch of every other way.

    The loop asks for batches when an epoch begins and for a score when it is over: that is where the clock is read and
    where the others have their turn. The first epoch of each is a warm-up.

    Returns:
        Seconds and mean losses of each way's epochs, ``ours`` among them, and the loop's ``stall_share``.
    """
    seconds: dict[str, list[float]] = {"ours": [], **{name: [] for name in others}}
    losses: dict[str, list[float]] = {name: [] for name in seconds}
    began = [0.0]

    def start(epoch: int) -> object:
        began[0] = time.perf_counter()
        return batches(epoch)

    def rest(epoch: int) -> None:
        seconds["ours"].append(time.perf_counter() - began[0])
        for name, other in others.items():
            before = time.perf_counter()
            losses[name].append(other())
            seconds[name].append(time.perf_counter() - before)

    plan = LoopPlan(
        epochs=repeats + 1,
        stop_after=repeats + 1,
        steps_per_epoch=steps,
        learning_rate=learning_rate,
        weight_decay=released.WEIGHT_DECAY,
        schedule="constant",
        seed=0,
        digest="benchmark",
    )
    with Silent().task("benchmark", plan.stop_after * steps) as task:
        history = run_epochs(
            network,
            loss=loss,
            batches=start,  # type: ignore[arg-type]  # what the loader gives, passed on
            select=rest,
            plan=plan,
            folder=folder,
            fabric=CPU.fabric(),
            task=task,
        )
    losses["ours"] = history.train_loss
    return {
        "seconds": {name: its[1:] for name, its in seconds.items()},
        "loss": losses,
        "stall_share": history.stall_share,
    }


def ratio(turns: dict[str, object], slow: str, fast: str = "ours", extra_s: float = 0.0) -> float:
    """Median over the turns of one way's seconds over another's, which may have ``extra_s`` to bear in each."""
    seconds = turns["seconds"]
    assert isinstance(seconds, dict)
    return statistics.median(a / (b + extra_s) for a, b in zip(seconds[slow], seconds[fast], strict=True))


def medians(turns: dict[str, object], steps: int = 1) -> dict[str, float]:
    """Median seconds of each way, a step."""
    seconds = turns["seconds"]
    assert isinstance(seconds, dict)
    return {f"{name}_s": statistics.median(its) / steps for name, its in seconds.items()}


def measure_autoencoder(
    stacks: np.ndarray, *, repeats: int, seed: int, folder: Path, batch_size: int = released.BATCH
) -> dict[str, object]:
    """One optimiser step of step 1, ours and theirs, from the same weights, on whole frames."""
    autoencoder = new_autoencoder(seed)
    training = released.AutoencoderTraining(released_twin(autoencoder))
    their_batches = released.batches(stacks, np.zeros((len(stacks), 3)), seed, batch_size)
    autoencoder.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue] - torch's own overload
    source = InMemoryStacks({"1": stacks})
    draw = draw_crops(stacks.shape[-1], None)
    sampler = EpochBatches(source.rows_of(("1",)), batch_size=batch_size, steps=None, draw=draw, seed=seed)

    def loss(network: nn.Module, batch: tuple[Tensor, ...]) -> Tensor:
        (x,) = batch
        return F.mse_loss(network(x), autoencoder.target(x))

    turns = in_turns(
        autoencoder,
        loss=loss,
        batches=loader(StackCrops(source, "I4", None), sampler, 0),
        steps=len(sampler),
        learning_rate=released.AUTOENCODER_LEARNING_RATE,
        others={"released": lambda: training.epoch(their_batches)},
        repeats=repeats,
        folder=folder,
    )
    return {
        "released_over_ours": ratio(turns, "released"),
        "step": medians(turns, len(sampler)),
        "steps_per_epoch": len(sampler),
        "epochs": turns,
    }


def measure_regressor(
    stacks: np.ndarray, backbone: str, *, repeats: int, seed: int, folder: Path, batch_size: int = released.BATCH
) -> dict[str, object]:
    """One epoch of step 2, ours and theirs, from the same weights.

    ``cached_contiguous`` is the released loop on our cached feature-images: what the cache alone is worth.
    """
    labels_pct = draw_labels(len(stacks), seed)
    autoencoder = new_autoencoder(seed)
    config = preset("paper", "I4").regressor.model_copy(update={"backbone": backbone, "weights": "none"})
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        regressor = Regressor("motility", config, ChannelScaling())
    theirs = released.RegressorTraining(released_twin(autoencoder), backbone)
    halfway = released.RegressorTraining(released_twin(autoencoder), backbone)
    for training in (theirs, halfway):
        training.cnn.load_state_dict(regressor.backbone.state_dict())
    autoencoder.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue] - torch's own overload
    regressor.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue] - torch's own overload
    source = InMemoryStacks({"1": stacks})
    before = time.perf_counter()
    cache = FeatureCache.build(folder / "features.npy", source, autoencoder, n_rows=len(stacks))
    caching_s = time.perf_counter() - before
    rows = source.rows_of(("1",))
    images = torch.from_numpy(cache.read(rows))
    halfway.autoencoder.forward = lambda x: (x, x)  # type: ignore[method-assign]  # it is given feature-images
    ready = torch.utils.data.TensorDataset(images, torch.from_numpy(labels_pct.astype(np.float32)))
    their_batches = released.batches(stacks, labels_pct, seed, batch_size)
    halfway_batches = torch.utils.data.DataLoader(ready, batch_size=batch_size, shuffle=True)
    draw = AUGMENTATIONS[config.augment]
    sampler = EpochBatches(rows, batch_size=batch_size, steps=None, draw=draw, seed=seed)

    def loss(network: nn.Module, batch: tuple[Tensor, ...]) -> Tensor:
        pictures, wanted_pct = batch
        return F.mse_loss(network(pictures), wanted_pct)

    turns = in_turns(
        regressor,
        loss=loss,
        batches=loader(LabelledImages(cache, labels_pct), sampler, 0),
        steps=len(sampler),
        learning_rate=released.REGRESSOR_LEARNING_RATE,
        others={
            "released": lambda: theirs.epoch(their_batches),
            "cached_contiguous": lambda: halfway.epoch(halfway_batches),
        },
        repeats=repeats,
        folder=folder / "training",
    )
    epochs = {name: preset(name, "I4").regressor.epochs for name in PRESETS}
    return {
        "released_over_ours": ratio(turns, "released"),
        "released_over_ours_with_caching": {
            name: ratio(turns, "released", extra_s=caching_s / n) for name, n in epochs.items()
        },
        "released_over_cached_contiguous": ratio(turns, "released", "cached_contiguous"),
        "epoch": medians(turns),
        "caching_s": caching_s,
        "caching_spread_over_epochs": epochs,
        "steps_per_epoch": len(sampler),
        "epochs": turns,
    }


def make_dataset(stacks: np.ndarray, folder: Path, *, cache_bytes: int) -> Dataset:
    """A stack store with a table beside it, opened as the commands open it; the participants share the stacks out."""
    names = {str(i + 1): f"{i + 1}_09.01.01_SSW" for i in range(min(PARTICIPANTS, len(stacks)))}
    store_path, table = folder / "stacks", folder / "semen_analysis_data.csv"
    if not table.is_file():
        config = StackConfig(size_px=stacks.shape[-1], stacks_per_video=-(-len(stacks) // len(names)))
        store = StackStore.create(store_path, config)
        for number, (participant, video_id) in enumerate(names.items()):
            pixels = stacks[number :: len(names)]
            frame_idx = np.arange(len(pixels) * FRAMES, dtype=np.int64).reshape(len(pixels), FRAMES)
            record = VideoRecord(
                video_id=video_id,
                file=f"{video_id}.avi",
                fingerprint=participant,
                status="extracted",
                stacks_wanted=config.stacks_per_video,
                frame_idx=tuple((int(row[0]), int(row[-1])) for row in frame_idx),
                cells_seen=(20,) * len(pixels),
            )
            store.add(StackBatch(video_id, pixels, frame_idx, np.full(len(pixels), 20)), record)
        header = "ID;Progressive motility (%);Non progressive sperm motility (%);Immotile sperm (%)"
        write_text(table, "\n".join([header, *(f"{i};50;20;30" for i in names)]) + "\n")
    return open_dataset(store_path, folder, cache_bytes=cache_bytes)


def stalls(dataset: Dataset, pipeline: Pipeline, *, steps: int, folder: Path) -> dict[str, object]:
    """Two epochs of ``fit_autoencoder`` as a training begins: the cache, if any, is filled while units are fitted."""
    settings = pipeline.autoencoder.model_copy(update={"epochs": 2, "steps_per_epoch": steps})
    pipeline = pipeline.model_copy(update={"autoencoder": settings})
    ids = dataset.participants
    last = max(len(ids) // 8, 1)
    history: History = fit_autoencoder(
        dataset, fit_ids=ids[:-last], select_ids=ids[-last:], pipeline=pipeline, folder=folder, runtime=CPU
    ).history
    return {"stall_share": history.stall_share, "wait_s": history.wait_s, "total_s": history.total_s}


def measure_loader(stacks: np.ndarray, *, steps: int, seed: int, folder: Path) -> dict[str, dict[str, object]]:
    """Waiting with the settings of ``cpu`` in memory and from the store, and of ``paper`` from the store.

    85 participants of ``cpu`` are 0.5 GB and stay in memory; those of ``paper`` are 25 GB and are read from the store.
    The first batch of an epoch is always waited for. Steps of ``cpu`` are short, so there are eight times as many; real
    epochs are longer still.
    """
    size_px = stacks.shape[-1]
    large = draw_stacks(len(stacks), 2 * size_px, seed)  # presets: cpu 128, paper 256

    def of(name: str, pixels: np.ndarray, cache_bytes: int) -> dict[str, object]:
        preset_name = "paper" if name.startswith("paper") else "cpu"
        settings = preset(preset_name, "I4", seed=seed).model_dump()
        settings["stacks"]["size_px"] = pixels.shape[-1]
        if settings["autoencoder"]["crop_px"] is not None:
            settings["autoencoder"]["crop_px"] = min(settings["autoencoder"]["crop_px"], pixels.shape[-1])
        dataset = make_dataset(pixels, folder / f"data_{pixels.shape[-1]}", cache_bytes=cache_bytes)
        its_steps = steps if preset_name == "paper" else min(8 * steps, settings["autoencoder"]["steps_per_epoch"])
        return stalls(dataset, Pipeline.model_validate(settings), steps=its_steps, folder=folder / name)

    return {
        "cpu_in_memory": of("cpu_in_memory", stacks, 2 << 30),
        "cpu_from_store": of("cpu_from_store", stacks, 0),
        "paper_from_store": of("paper_from_store", large, 0),
    }


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
