"""Names of what a training may run on; Lightning Fabric knows the devices."""

from typing import Literal, get_args

PrecisionName = Literal["32-true", "16-mixed", "bf16-mixed"]
"""Fabric's names of floating-point precisions. In all of them weights are kept in single precision, as models are."""

StrategyName = Literal["auto", "ddp", "dp"]
"""Fabric's names of ways to train on several devices: one process a device (``ddp``), or one process for all (``dp``).
``auto`` is ``ddp`` where there are several."""

PRECISIONS: tuple[PrecisionName, ...] = get_args(PrecisionName)
STRATEGIES: tuple[StrategyName, ...] = get_args(StrategyName)
