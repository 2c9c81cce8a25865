"""From stacks to a participant: the mean over stacks, and how far they spread. Needs NumPy alone."""

import numpy as np

from motilens.arrays import Percentages


def aggregate(stacks_pct: Percentages) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation over stacks.

    Args:
        stacks_pct: (stack, 3), percent.

    Returns:
        Two arrays (3,), percent; the spread of a single stack is 0.
    """
    return stacks_pct.mean(axis=0), stacks_pct.std(axis=0)
