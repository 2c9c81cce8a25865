"""Turns the output of a linear regression into percentages that can be."""

import numpy as np
from jaxtyping import Float

from motilens.config import Target
from motilens.shapes import Percentages


def as_percentages(raw: Float[np.ndarray, "row 3"], target: Target) -> Percentages:
    """Clip to 0-100; motility is then rescaled to sum to 100 again.

    Motility is a composition: linear predictions fitted to one sum to 100 by themselves until they are clipped. Each
    percentage of morphology stands for itself, and the three may have any sum.

    Args:
        raw: predictions of a regression, percent.
        target: motility or morphology.

    Returns:
        Percent. Motility of which nothing is above 0 becomes three thirds.
    """
    clipped = np.clip(raw, 0, 100)
    if target == "morphology":
        return clipped
    total = clipped.sum(axis=1, keepdims=True)
    return np.where(total > 0, 100 * clipped / np.where(total > 0, total, 1), 100 / 3)
