"""One step of each training, ours and that of the released scripts, in turns on stacks drawn here."""

import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

import released
from motilens.config import PRESETS, preset
from motilens.features.encode import encode
from motilens.networks.autoencoder import Autoencoder, PixelScaling
from motilens.networks.regressor import ChannelScaling, Regressor
from motilens.training.augment import AUGMENTATIONS
from motilens.training.autoencoder import input_batches
from motilens.training.batches import EpochBatches, Sample, StackCrops, draw_crops
from motilens.training.fit_network import fit_network
from motilens.training.image_cache import ImageCache
from motilens.training.in_memory import InMemoryStacks
from motilens.training.loop import TrainingData, TrainingPlan
from motilens.training.losses import loss_on_labels
from motilens.training.regressor import LabelledImages
from motilens.training.runtime import Runtime

FRAMES = 18

CPU = Runtime(accelerator="cpu")


def draw_stacks(n: int, size_px: int, seed: int) -> np.ndarray:
    """Bright squares that move over noise: (n, 18, size, size), uint8."""
    rng = np.random.default_rng(seed)
    pixels = rng.integers(82, 98, (n, FRAMES, size_px, size_px), dtype=np.uint8)
    side = max(size_px // 32, 1)
    for stack in pixels:
        at, step = rng.uniform(0, size_px - side, (20, 2)), rng.normal(0, size_px / 128, (20, 2))
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


class Clocked(torch.utils.data.Dataset[Tensor]):
    """A data set that notes when the first batch of an epoch is asked for."""

    def __init__(self, dataset: torch.utils.data.Dataset[Tensor]) -> None:
        self._dataset = dataset
        self.began: float | None = None

    def __getitems__(self, samples: list[Sample]) -> tuple[Tensor, ...]:
        """One batch."""
        self.began = time.perf_counter() if self.began is None else self.began
        return self._dataset.__getitems__(samples)  # type: ignore[attr-defined]  # all of ours have it


def in_turns(
    network: nn.Module,
    *,
    loss: Callable[[nn.Module, tuple[Tensor, ...]], Tensor],
    data: TrainingData,
    learning_rate: float,
    others: dict[str, Callable[[], float]],
    repeats: int,
    folder: Path,
) -> dict[str, object]:
    """Epochs of our own training, and after each an epoch of every other way.

    The training asks for a score when an epoch is over: that is where the clock is read and where the others have their
    turn. The first epoch of each is a warm-up.

    Returns:
        Seconds and mean losses of each way's epochs, ``ours`` among them, and the loop's ``stall_share``.
    """
    seconds: dict[str, list[float]] = {"ours": [], **{name: [] for name in others}}
    losses: dict[str, list[float]] = {name: [] for name in seconds}
    clocked = Clocked(data.dataset)

    def rest(network: nn.Module, epoch: int) -> float:
        assert clocked.began is not None, "the epoch that is over had a batch"
        seconds["ours"].append(time.perf_counter() - clocked.began)
        for name, other in others.items():
            before = time.perf_counter()
            losses[name].append(other())
            seconds[name].append(time.perf_counter() - before)
        clocked.began = None
        return 0.0

    plan = TrainingPlan(
        epochs=repeats + 1,
        learning_rate=learning_rate,
        weight_decay=released.WEIGHT_DECAY,
        schedule="constant",
        seed=0,
        digest="benchmark",
    )
    _, history = fit_network(
        lambda: network, TrainingData(clocked, data.batches), loss, plan, folder=folder, select=rest, runtime=CPU
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
        data=TrainingData(StackCrops(source, "I4", None), sampler),
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
        regressor = Regressor("motility", config, ChannelScaling(), size_px=stacks.shape[-1])
    theirs = released.RegressorTraining(released_twin(autoencoder), backbone)
    halfway = released.RegressorTraining(released_twin(autoencoder), backbone)
    for training in (theirs, halfway):
        training.cnn.load_state_dict(regressor.backbone.state_dict())
    autoencoder.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue] - torch's own overload
    regressor.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue] - torch's own overload
    source = InMemoryStacks({"1": stacks})
    before = time.perf_counter()
    made = (encode(autoencoder, x) for x in input_batches(source, np.arange(len(stacks)), "I4"))
    cache = ImageCache.build(folder / "feature-images", made, n_rows=len(stacks), digest="benchmark")
    caching_s = time.perf_counter() - before
    rows = source.rows_of(("1",))
    images = torch.from_numpy(cache.read(rows))
    halfway.autoencoder.forward = lambda x: (x, x)  # type: ignore[method-assign]  # it is given feature-images
    ready = torch.utils.data.TensorDataset(images, torch.from_numpy(labels_pct.astype(np.float32)))
    their_batches = released.batches(stacks, labels_pct, seed, batch_size)
    halfway_batches = torch.utils.data.DataLoader(ready, batch_size=batch_size, shuffle=True)
    draw = AUGMENTATIONS[config.augment]
    sampler = EpochBatches(rows, batch_size=batch_size, steps=None, draw=draw, seed=seed)

    turns = in_turns(
        regressor,
        loss=partial(loss_on_labels, "mse"),
        data=TrainingData(LabelledImages(cache, labels_pct), sampler),
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
