"""What a laboratory's assessor writes down: a count of some cells, not the truth.

Motility counts n cells into three classes, morphology looks at n others and notes each part's defects, so a percentage
p has the binomial variance p (100 - p) / n: 3.5 points for half of 200 cells.
"""

import numpy as np

from motilens.errors import InputError

Triple = tuple[float, float, float]


def count_motility(rng: np.random.Generator, motility_pct: Triple, n_cells: int) -> Triple:
    """Progressive, non-progressive and immotile in percent of ``n_cells`` counted; sums to 100.

    Raises:
        InputError: less than one cell, or percentages that do not sum to 100.
    """
    if n_cells < 1 or min(motility_pct) < 0 or abs(sum(motility_pct) - 100) > 1e-6:
        raise InputError(
            f"{n_cells} cells to count at {list(motility_pct)} %; "
            "allowed: at least one cell, percentages that sum to 100"
        )
    chances = np.array(motility_pct) / sum(motility_pct)
    a, b, c = (100 * float(k) / n_cells for k in rng.multinomial(n_cells, chances))
    return a, b, c


def count_morphology(rng: np.random.Generator, morphology_pct: Triple, n_cells: int) -> Triple:
    """Head, midpiece and neck, tail defects in percent of ``n_cells`` looked at.

    Raises:
        InputError: less than one cell, or a percentage outside 0-100.
    """
    if n_cells < 1 or min(morphology_pct) < 0 or max(morphology_pct) > 100:
        raise InputError(
            f"{n_cells} cells to look at with defects of {list(morphology_pct)} %; "
            "allowed: at least one cell, percentages 0-100"
        )
    a, b, c = (100 * float(k) / n_cells for k in rng.binomial(n_cells, np.array(morphology_pct) / 100))
    return a, b, c
