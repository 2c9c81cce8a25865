"""Training a network: the one function that the autoencoder, the CNN on images and the 3D CNN are fitted with."""

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
    """Train a network; goes on from the last checkpoint in ``folder`` if it belongs to the same training.

    Args:
        make: makes the untrained network, in its memory format; called with PyTorch's generator at the plan's seed.
        data: the batches of each epoch.
        loss: of the network and a batch, to be minimised.
        plan: how long, how fast, and what decides the training.
        folder: checkpoints ``last.ckpt`` and ``best.safetensors`` and TensorBoard logs, one folder a training.
        select: scores the network after each epoch, lower is better; None where nothing is to be chosen.
        runtime: devices, precision and loader.
        progress: where to show how far it is.
        name: for the bar and for messages.

    Returns:
        The network with the weights of its best epoch (of the last one without ``select``), on the CPU in evaluation
        mode, and the history.

    Raises:
        TrainingError: the loss or the selection score is not finite.
        InputError: a device that this machine lacks, or batches too small for so many devices.
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
