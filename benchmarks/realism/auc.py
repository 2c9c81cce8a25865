"""AUC: the probability that a patch of one source scores above a patch of the other; 0.5 is guessing."""

from dataclasses import dataclass

import numpy as np

RESAMPLES = 500


@dataclass(frozen=True)
class Auc:
    """Area under the ROC curve.

    Attributes:
        value: 0-1.
        low: 2.5 % of the bootstrap over tiles.
        high: 97.5 %.
    """

    value: float
    low: float
    high: float


def auc(above: np.ndarray, below: np.ndarray) -> float:
    """Share of pairs in which the first is greater; ties count half.

    Args:
        above: (n,), scores of the class that should score higher.
        below: (m,), scores of the other.
    """
    return float(_wins(above, below).mean())


def auc_interval(
    above: np.ndarray, below: np.ndarray, tile_above: np.ndarray, tile_below: np.ndarray, rng: np.random.Generator
) -> Auc:
    """AUC with a 95 % interval from resampling whole tiles, as patches of one tile look alike.

    The interval is about the patches of these clips. It does not say what other clips would give.

    Args:
        above: (n,), scores of the class that should score higher.
        below: (m,), scores of the other.
        tile_above: (n,), tile of each.
        tile_below: (m,).
        rng: draws the tiles.
    """
    wins = _wins(above, below)
    values = []
    for _ in range(RESAMPLES):
        weight, other = _weights(tile_above, rng), _weights(tile_below, rng)
        values.append(float(weight @ wins @ other / (weight.sum() * other.sum())))
    low, high = np.percentile(values, [2.5, 97.5])
    return Auc(float(wins.mean()), float(low), float(high))


def _wins(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    difference = above[:, None] - below[None]
    return (difference > 0) + 0.5 * (difference == 0)


def _weights(tile: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    _, of = np.unique(tile, return_inverse=True)
    n = int(of.max()) + 1
    return np.bincount(rng.integers(0, n, n), minlength=n)[of].astype(float)
