"""Turns the output of a linear regression into valid percentages."""

import numpy as np
from jaxtyping import Float

from motilens.config import Target
from motilens.shapes import Percentages


def as_percentages(raw: Float[np.ndarray, "row 3"], target: Target) -> Percentages:
    """Clip predictions to 0-100; motility is then rescaled to sum to 100 again.

    Motility is a composition: linear predictions fitted to one sum to 100 until they are clipped. The three
    percentages of morphology are independent and may have any sum.

    Args:
        raw: predictions of a regression, percent.
        target: motility or morphology.

    Returns:
        Percentages. If no class of motility is above 0, each becomes a third.
    """
    clipped = np.clip(raw, 0, 100)
    if target == "morphology":
        return clipped
    total = clipped.sum(axis=1, keepdims=True)
    return np.where(total > 0, 100 * clipped / np.where(total > 0, total, 1), 100 / 3)
