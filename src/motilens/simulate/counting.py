"""Simulates a laboratory's count: percentages of a sample of cells, not the truth.

For motility the assessor sorts n cells into three classes; for morphology they look at n others and note the defects of
each part. A counted percentage p has the variance p (100 - p) / n of a binomial: a standard deviation of 3.5 percentage
points at 50 % of 200 cells.
"""

import numpy as np

from motilens.errors import InputError

Triple = tuple[float, float, float]


def count_motility(rng: np.random.Generator, motility_pct: Triple, n_cells: int) -> Triple:
    """Count motility: progressive, non-progressive and immotile in percent of ``n_cells``, with the sum 100.

    Raises:
        InputError: less than one cell, or percentages that do not sum to 100.
    """
    if n_cells < 1 or min(motility_pct) < 0 or abs(sum(motility_pct) - 100) > 1e-6:
        raise InputError(
            f"cannot count {n_cells} cells of {list(motility_pct)} %; "
            "allowed: at least one cell, percentages that sum to 100"
        )
    probabilities = np.array(motility_pct) / sum(motility_pct)
    a, b, c = (100 * float(k) / n_cells for k in rng.multinomial(n_cells, probabilities))
    return a, b, c


def count_morphology(rng: np.random.Generator, morphology_pct: Triple, n_cells: int) -> Triple:
    """Count defects of head, midpiece and neck, and tail, in percent of ``n_cells``.

    Raises:
        InputError: less than one cell, or a percentage outside 0-100.
    """
    if n_cells < 1 or min(morphology_pct) < 0 or max(morphology_pct) > 100:
        raise InputError(
            f"cannot count defects of {n_cells} cells with {list(morphology_pct)} %; "
            "allowed: at least one cell, percentages 0-100"
        )
    a, b, c = (100 * float(k) / n_cells for k in rng.binomial(n_cells, np.array(morphology_pct) / 100))
    return a, b, c
