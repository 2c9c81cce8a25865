"""Do the images of stacks have a frame that no cell made? What do the edges cost?

Makes the images of simulated stacks by every image maker, and by autoencoders with mirrored and with zero-padded edges.
Writes how the outermost pixels differ from the interior (``frame``). Then times a training step and the encoding of a
stack for both paddings.

    python benchmarks/image_edges.py --out benchmarks/results/image_edges.json
"""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as the command line sets it: threads that wait do not spin

import argparse
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch

from motilens import __version__
from motilens.config import (
    PUBLISHED_AUTOENCODER,
    AutoencoderConfig,
    MethodSettings,
    RegressorConfig,
    StackConfig,
    autoencoder_config,
)
from motilens.files import write_json
from motilens.networks.autoencoder import Autoencoder, PixelScaling
from motilens.predictors.image_maker import IMAGE_KINDS, image_maker
from motilens.simulate.dataset import simulate_dataset
from motilens.stacks.extract import extract_stacks
from motilens.training.autoencoder import fit_autoencoder
from motilens.training.in_memory import InMemoryStacks

SIZE_PX = 96
EDGES_PX = (1, 2)
INTERIOR_PX = 8
"""The interior begins so far from the edge."""


def frame(images: np.ndarray) -> dict[str, list[float]]:
    """How the outermost 1 and 2 pixels of images (n, channel, y, x) differ from the interior, by channel.

    Returns:
        ``shift``: mean at the edge minus mean of the interior, in standard deviations of the interior; 0 is no frame.
        ``size``: mean absolute deviation from the interior's mean, at the edge over the interior's; 1 is no frame.
    """
    interior = (..., slice(INTERIOR_PX, -INTERIOR_PX), slice(INTERIOR_PX, -INTERIOR_PX))
    away = images - images[interior].mean(axis=(0, 2, 3), keepdims=True)
    sd = np.maximum(away[interior].std(axis=(0, 2, 3)), 1e-12)
    size = np.maximum(np.abs(away[interior]).mean(axis=(0, 2, 3)), 1e-12)
    found = {}
    for px in EDGES_PX:
        edge = np.ones(images.shape[2:], bool)
        edge[px:-px, px:-px] = False
        found[f"shift, {px} px"] = _rounded(away[:, :, edge].mean(axis=(0, 2)) / sd)
        found[f"size, {px} px"] = _rounded(np.abs(away[:, :, edge]).mean(axis=(0, 2)) / size)
    return found


def _rounded(values: np.ndarray) -> list[float]:
    return [round(float(value), 2) for value in values]


def trained(source: InMemoryStacks, config: AutoencoderConfig, folder: Path) -> Autoencoder:
    """An autoencoder fitted to all participants but the last two."""
    settings = MethodSettings(
        preset="study",
        stacks=StackConfig(size_px=SIZE_PX),
        autoencoder=config,
        regressor=RegressorConfig(weights="none"),
    )
    ids = source.participants
    return fit_autoencoder(
        source, fit_ids=ids[:-3], select_ids=ids[-3:-2], settings=settings, folder=folder
    ).autoencoder


def timed(*, size_px: int, stacks: int, repeats: int) -> dict[str, dict[str, float]]:
    """CPU milliseconds for a stack, of a training step and of encoding, by padding.

    The paddings take turns on one thread; medians without the first turn, which warms up.
    """
    default = autoencoder_config("stable", "I4")
    x = torch.rand(stacks, 18, size_px, size_px).contiguous(memory_format=torch.channels_last)
    networks = {
        padding: Autoencoder("I4", default.model_copy(update={"padding": padding}), PixelScaling()).to(
            memory_format=torch.channels_last  # pyright: ignore[reportCallIssue] - torch's own overload
        )
        for padding in ("zeros", "reflect")
    }
    times: dict[str, dict[str, list[float]]] = {name: {"train_ms": [], "encode_ms": []} for name in networks}
    for _ in range(repeats + 1):
        for name, network in networks.items():
            started = time.process_time()
            (network(x) - x).square().mean().backward()
            trained_at = time.process_time()
            with torch.inference_mode():
                network.encode(x)
            times[name]["train_ms"].append(trained_at - started)
            times[name]["encode_ms"].append(time.process_time() - trained_at)
    return {
        name: {part: round(1e3 * statistics.median(spent[1:]) / stacks, 2) for part, spent in parts.items()}
        for name, parts in times.items()
    }


def main() -> None:
    """Measure, print and write the JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--participants", type=int, default=8)
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--repeats", type=int, default=15)
    options = parser.parse_args()
    length = {"epochs": 3, "steps_per_epoch": max(options.steps // 3, 1), "batch_size": 16}
    stable = autoencoder_config("stable", "I4").model_copy(update={**length, "crop_px": 48})
    configs = {
        "stable, reflect": stable,
        "stable, zeros": stable.model_copy(update={"padding": "zeros"}),
        "paper, zeros": PUBLISHED_AUTOENCODER.model_copy(update=length),
        "paper, reflect": PUBLISHED_AUTOENCODER.model_copy(update={**length, "padding": "reflect"}),
    }
    edges: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as scratch:
        simulate_dataset(Path(scratch) / "data", participants=options.participants, seconds=2.0, seed=7)
        config = StackConfig(stacks_per_video=12, size_px=SIZE_PX)
        videos = sorted((Path(scratch) / "data" / "videos").iterdir())
        batches = [extract_stacks(video, config)[0] for video in videos]
        source = InMemoryStacks({batch.video_id: batch.pixels for batch in batches})

        def images(make: Any) -> np.ndarray:  # noqa: ANN401 - any image maker
            return np.concatenate([make(batch) for batch in batches[-2:]])

        def measured(name: str, made: np.ndarray) -> None:
            edges[name] = frame(made)
            print(name, edges[name], flush=True)

        for kind in IMAGE_KINDS:
            if kind != "autoencoder":
                measured(kind, images(image_maker(kind)))
        for name, own in configs.items():
            autoencoder = trained(source, own, Path(scratch) / name)
            measured(name, images(image_maker("autoencoder", autoencoder)))
    torch.set_num_threads(1)
    times = {
        f"{size_px} px": timed(size_px=size_px, stacks=stacks, repeats=options.repeats)
        for size_px, stacks in ((128, 2), (64, 8))
    }
    print(times)
    command = f"python benchmarks/image_edges.py --participants {options.participants} --steps {options.steps}"
    write_json(
        options.out,
        {"command": command, "motilens_version": __version__, "edge_over_interior": edges, "ms_per_stack": times},
    )


if __name__ == "__main__":
    main()
