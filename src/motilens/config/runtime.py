"""Names of precisions and strategies of a training, as Lightning Fabric uses them."""

from typing import Literal, get_args

PrecisionName = Literal["32-true", "16-mixed", "bf16-mixed"]
"""Fabric's names of floating-point precisions. In all of them weights are kept in single precision, as models are."""

StrategyName = Literal["auto", "ddp", "dp"]
"""Fabric's names of strategies for several devices: one process per device (``ddp``), or one process for all (``dp``).
``auto`` is ``ddp`` where there are several."""

PRECISIONS: tuple[PrecisionName, ...] = get_args(PrecisionName)
STRATEGIES: tuple[StrategyName, ...] = get_args(StrategyName)
