"""Columns of the targets, and the values allowed in them."""

from collections.abc import Sequence

from motilens.config import TARGET_NAMES, Target

COLUMNS: dict[Target, tuple[tuple[str, ...], ...]] = {
    "motility": (
        ("Progressive motility (%)", "Progressive sperm motility", "Progressive"),
        ("Non progressive sperm motility (%)", "Non progressive motility", "Non progressive"),
        ("Immotile sperm (%)", "Immotile"),
    ),
    "morphology": (
        ("Head defects (%)",),
        ("Midpiece and neck defects (%)", "Neck and midpiece defects"),
        ("Tail defects (%)",),
    ),
}
"""Headers of each percentage, VISEM's own first, in the order of ``config.TARGET_NAMES``."""

SUM_TOLERANCE_PCT = 1.0
"""Allowed deviation of the sum of motility from 100, since laboratories round to whole percents."""


def problem(target: Target, values_pct: Sequence[float]) -> str | None:
    """Describe what is wrong with three percentages: the values and what is allowed; None if they are valid."""
    for name, value in zip(TARGET_NAMES[target], values_pct, strict=True):
        if not 0 <= value <= 100:  # NaN too
            return f"{name} is {value:g} %; allowed: 0 to 100"
    total = sum(values_pct)
    if target == "motility" and abs(total - 100) > SUM_TOLERANCE_PCT + 1e-9:
        values = " + ".join(f"{value:g}" for value in values_pct)
        return f"motility {values} sums to {total:g} %; allowed: 100 +- {SUM_TOLERANCE_PCT:g}"
    return None
