"""Where a training runs: devices, precision, strategy and loader, as Lightning Fabric names them.

On one kind of device, only the precision affects results. (Several devices share each batch, so batch
normalisation sees a part of it on each.)
"""

import platform
import warnings
from dataclasses import dataclass
from typing import cast

import lightning_fabric
import numpy as np
import timm
import torch
from lightning_fabric.strategies.dp import DataParallelStrategy
from lightning_fabric.utilities.exceptions import MisconfigurationException

from motilens import __version__
from motilens.config.runtime import PRECISIONS, STRATEGIES, PrecisionName
from motilens.errors import InputError


def versions() -> dict[str, str]:
    """Versions of everything that affects numbers, for results and bundles."""
    return {
        "motilens": __version__,
        "python": platform.python_version(),
        "torch": torch.__version__,
        "timm": timm.__version__,
        "numpy": np.__version__,
    }


@dataclass(frozen=True)
class Runtime:
    """Devices, precision, strategy and loader.

    Attributes:
        accelerator: a name that Fabric knows, such as ``auto``, ``cpu``, ``gpu``.
        devices: number of devices; each batch is shared among them.
        precision: precision of the computation, one of ``config.runtime.PRECISIONS``.
        strategy: how several devices work together, one of ``config.runtime.STRATEGIES``.
        loader_workers: processes that read batches; 0 reads in the training process, best if the stacks fit in memory.

    Raises:
        InputError: a value that is not allowed. Whether the machine has the devices is checked by ``fabric``.
    """

    accelerator: str = "auto"
    devices: int = 1
    precision: str = "32-true"
    strategy: str = "auto"
    loader_workers: int = 0

    def __post_init__(self) -> None:
        for name, value, allowed in (
            ("precision", self.precision, PRECISIONS),
            ("strategy", self.strategy, STRATEGIES),
        ):
            if value not in allowed:
                raise InputError(f"{name} is {value!r}; allowed: {', '.join(allowed)}")
        for name, number, least in (("devices", self.devices, 1), ("loader_workers", self.loader_workers, 0)):
            if number < least:
                raise InputError(f"{name} is {number}; allowed: at least {least}")

    def fabric(self) -> lightning_fabric.Fabric:
        """Make a Fabric with these settings. Call it before long work to check that the machine has the devices.

        Raises:
            InputError: Fabric rejects a value, the machine lacks such devices, or the devices lack the precision.
        """
        several = self.strategy == "ddp" or (self.strategy == "auto" and self.devices > 1)
        strategy = "ddp_spawn" if several else self.strategy  # Fabric's plain "ddp" runs the command once per device
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # Fabric warns of a value that it replaces; that is an error below
                fabric = lightning_fabric.Fabric(
                    accelerator=self.accelerator,
                    devices=self.devices,
                    precision=cast(PrecisionName, self.precision),
                    strategy=strategy,
                )
        except (ValueError, TypeError, RuntimeError, ImportError, MisconfigurationException) as error:
            raise InputError(
                f"cannot train with accelerator {self.accelerator!r}, devices {self.devices}, precision "
                f"{self.precision!r}, strategy {self.strategy!r}: {' '.join(str(error).split())}; "
                "choose what this machine has, such as --accelerator cpu --devices 1"
            ) from error
        if strategy == "dp" and not isinstance(fabric.strategy, DataParallelStrategy):
            raise InputError("strategy is 'dp', which needs GPUs; choose --strategy ddp, or --accelerator gpu")
        if (used := fabric.strategy.precision.precision) != self.precision:
            raise InputError(
                f"precision is {self.precision!r}, which a {fabric.device.type.upper()} does not have; "
                f"choose --precision 32-true or --precision {used}"
            )
        return fabric
