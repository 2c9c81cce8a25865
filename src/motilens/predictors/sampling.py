"""How far percentages of the watched cells may lie from those of the whole sample, by chance alone.

A percentage of n independent cells has a binomial standard deviation. Cells of one field of view are not independent:
they drift, stick and swim together. So the variance is larger, by a factor (*over-dispersion*) that the differences
between fields show. A recording has few fields, which show it inexactly; so it is drawn towards a usual value, as an
empirical Bayes estimate is.

::

    cells of each field ──► share ──► binomial variance ──┐
              └──► differences between fields ──► factor ─┴──► standard deviation
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from motilens.config import Target
from motilens.errors import InputError
from motilens.networks.counter import DEFECTS, MOTILITY

USUAL_FACTOR, USUAL_WEIGHT = 1.5, 4.0
"""Usual factor of the variance, and its weight in degrees of freedom: it counts as much as five fields. An assumption;
what it is wrong by is part of what intervals are calibrated for."""


@dataclass(frozen=True)
class Sampling:
    """What was watched, and what chance it leaves.

    Attributes:
        n_cells: number of different cells, at least: those in view at once, added over the fields.
        n_fields: number of fields of view.
        factor: (3,) over-dispersion of the variance, at least 1.
        sd_pct: (3,) standard deviation of the percentages of the watched cells around those of the sample, in points.
    """

    n_cells: float
    n_fields: int
    factor: np.ndarray
    sd_pct: np.ndarray


def sampling(counts: Float[np.ndarray, "stack 6"], fields: Int[np.ndarray, " stack"], target: Target) -> Sampling:
    """Estimate the sampling error of a recording's percentages.

    Args:
        counts: cells of each kind in each stack, in the order of ``networks.counter.MAPS``. A cell may be in several
            stacks of its field; it is then one cell.
        fields: number of the field of view of each stack.
        target: motility (classes) or morphology (defects).

    Raises:
        InputError: no stack, or no cells.
    """
    if not counts[:, MOTILITY].sum() > 0:
        raise InputError(f"{len(counts)} stacks without cells; allowed: at least some cells")
    names = np.unique(fields)
    by_field = np.stack([counts[fields == name].mean(axis=0) for name in names])
    cells = by_field[:, MOTILITY].sum(axis=1)
    of_kind = by_field[:, MOTILITY if target == "motility" else DEFECTS]
    n_cells = float(cells.sum())
    share = of_kind.sum(axis=0) / n_cells
    # One half more of either keeps a share of 0 or 1 from having no error (Jeffreys' prior).
    likely = (of_kind.sum(axis=0) + 0.5) / (n_cells + 1)
    binomial = likely * (1 - likely) / n_cells
    free = len(names) - 1
    factor = np.full(3, USUAL_FACTOR)
    if free:
        # Variance of a ratio between clusters; Cochran, Sampling Techniques, 3rd edition, section 3.12.
        between = (free + 1) / free * ((of_kind - share * cells[:, None]) ** 2).sum(axis=0) / n_cells**2
        factor = (USUAL_WEIGHT * USUAL_FACTOR + free * between / binomial) / (USUAL_WEIGHT + free)
    factor = np.maximum(factor, 1.0)
    return Sampling(n_cells, len(names), factor, 100 * np.sqrt(factor * binomial))
