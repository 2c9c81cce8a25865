"""Where a training runs; decides speed, not results (on one kind of device)."""

import platform
from dataclasses import dataclass

import lightning_fabric
import numpy as np
import timm
import torch

from motilens import __version__


def versions() -> dict[str, str]:
    """Versions of everything that decides numbers, for results and bundles."""
    return {
        "motilens": __version__,
        "python": platform.python_version(),
        "torch": torch.__version__,
        "timm": timm.__version__,
        "numpy": np.__version__,
    }


@dataclass(frozen=True)
class Runtime:
    """Device and loader.

    Attributes:
        accelerator: as Fabric names them: ``auto``, ``cpu``, ``gpu``.
        loader_workers: processes that read batches; 0 reads in the training process, right when stacks fit in memory.
    """

    accelerator: str = "auto"
    loader_workers: int = 0

    def fabric(self) -> lightning_fabric.Fabric:
        """One device, full precision."""
        return lightning_fabric.Fabric(accelerator=self.accelerator, devices=1, precision="32-true")
