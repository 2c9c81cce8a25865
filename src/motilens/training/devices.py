"""Runs one training on several devices: Fabric starts a process for each; progress and errors are sent back.

The processes are spawned, not forked, so their arguments are pickled: networks, data sets, losses and selections are
objects of classes, or ``functools.partial`` of functions, that a new process can import.
"""

import copy
import threading
from dataclasses import replace
from functools import partial
from typing import Any

import lightning_fabric
import torch.multiprocessing
from torch.multiprocessing.spawn import ProcessExitedException, ProcessRaisedException

from motilens.errors import MotilensError, WorkerError
from motilens.progress import SilentTask, Task
from motilens.training.loop import History, Training


def run_on_devices(training: Training[Any], fabric: lightning_fabric.Fabric, task: Task) -> History:
    """Run a training on all devices of a Fabric, in this process if one is enough.

    Raises:
        MotilensError: any error of ``Training.run``.
        WorkerError: a process of one of the devices failed otherwise.
    """
    if fabric.strategy.launcher is None:
        return training.run(fabric, task)
    messages = torch.multiprocessing.get_context("spawn").SimpleQueue()
    errors: list[MotilensError] = []

    def listen() -> None:
        while (message := messages.get()) is not None:
            if isinstance(message, MotilensError):
                errors.append(message)
            else:
                task.advance(message[0], note=message[1])

    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    failure: Exception | None = None
    history = History()
    try:
        history = fabric.launch(partial(_in_process, training, messages))
    except (ProcessRaisedException, ProcessExitedException) as error:
        failure = error
    finally:
        messages.put(None)
        listener.join()
    if errors:
        raise errors[0]
    if failure is not None:
        last = str(failure).strip().splitlines()[-1]
        raise WorkerError(
            f"{training.name}: a training process failed ({last}); run again with --devices 1: what was finished is "
            "kept"
        ) from failure
    return history


class _RemoteTask:
    """A progress bar in another process."""

    def __init__(self, messages: Any) -> None:  # noqa: ANN401 - multiprocessing names the class of its queues nowhere
        self._messages = messages

    def advance(self, steps: int = 1, *, note: str = "") -> None:
        """Send the steps to the process that shows the bar."""
        self._messages.put((steps, note))


def _in_process(training: Training[Any], messages: Any, fabric: lightning_fabric.Fabric) -> History:  # noqa: ANN401
    try:
        # Spawned processes share the memory of tensors passed to them, so each copies the weights.
        own = replace(training, network=copy.deepcopy(training.network))
        return own.run(fabric, _RemoteTask(messages) if fabric.is_global_zero else SilentTask())
    except MotilensError as error:
        messages.put(error)
        raise
