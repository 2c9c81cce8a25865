"""Trains a network: the function that fits the autoencoder, the CNN on images and the 3D CNN."""

from collections.abc import Callable
from pathlib import Path

import torch

from motilens.files import make_folder
from motilens.progress import Progress, Silent
from motilens.training.batches import BatchShares
from motilens.training.checkpoint import load_best
from motilens.training.devices import run_on_devices
from motilens.training.loop import History, Loss, Network, Select, Training, TrainingData, TrainingPlan
from motilens.training.runtime import Runtime


def fit_network(
    make: Callable[[], Network],
    data: TrainingData,
    loss: Loss,
    plan: TrainingPlan,
    *,
    folder: Path,
    select: Select[Network] | None = None,
    runtime: Runtime = Runtime(),  # noqa: B008 - frozen
    progress: Progress | None = None,
    name: str = "network",
) -> tuple[Network, History]:
    """Train a network, or continue it from the last checkpoint in ``folder`` if that belongs to the same training.

    Args:
        make: function that makes the untrained network, in its memory format; called with PyTorch seeded by the plan.
        data: the batches of each epoch.
        loss: function of the network and a batch, to be minimised.
        plan: length, learning rate, seed and digest of the training.
        folder: folder of this training's checkpoints ``last.ckpt`` and ``best.safetensors`` and of TensorBoard logs.
        select: function that scores the network after each epoch, lower is better; None if no epoch is chosen.
        runtime: devices, precision and loader.
        progress: shows how far the work is.
        name: name in the progress bar and in messages.

    Returns:
        The network with the weights of its best epoch (of the last one without ``select``), on the CPU in evaluation
        mode, and the history.

    Raises:
        TrainingError: the loss or the selection score is not finite.
        InputError: the machine lacks a device, or the batches are too small for the number of devices.
        StorageError: checkpoints cannot be written.
    """
    make_folder(folder)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(plan.seed)
        network = make()
    fabric = runtime.fabric()
    steps = len(BatchShares(data.batches, n_processes=fabric.world_size))
    training = Training(network, data, loss, plan, select, folder, runtime.loader_workers, name)
    with (progress or Silent()).task(name, plan.epochs * steps) as task:
        history = run_on_devices(training, fabric, task)
    load_best(network, folder)
    return network.cpu().eval(), history
