"""Scores a counter on labelled stacks that it was not trained on: numbers of cells, shares, and single cells."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.metrics import roc_auc_score

from motilens.config import MODEL_UM_PER_PX, Target
from motilens.errors import InputError
from motilens.networks.counter import DEFECTS, MOTILITY, Counter, prepared
from motilens.networks.evaluation_mode import evaluation_mode
from motilens.simulate.labelled_stacks import UM_PER_PX, LabelledStacks
from motilens.training.cell_crops import CellCrops, CellSample

LEAST_CELLS = 5
"""Stacks with fewer cells have no share."""

_TINY = 1e-9


@dataclass(frozen=True)
class CountScores:
    """How well a counter does on labelled stacks that it was not trained on.

    Attributes:
        correlation: correlation of counted with true numbers of cells.
        ratio: counted over true number of all cells.
        share_error_pct: (3,) mean absolute error of the shares of stacks with at least ``LEAST_CELLS`` cells.
        constant_error_pct: (3,) the same of the mean share.
        share_correlation: (3,) correlation of the shares; None where it is not defined.
        auc_by_cell: (3,) for each class or defect, the area under the ROC curve (receiver operating characteristic)
            with which the maps at the places of single cells tell those that have it from the others; 0.5 is chance.
            None where all cells are alike.
    """

    correlation: float | None
    ratio: float
    share_error_pct: tuple[float, ...]
    constant_error_pct: tuple[float, ...]
    share_correlation: tuple[float | None, ...]
    auc_by_cell: tuple[float | None, ...]


def score_counter(counter: Counter, stacks: LabelledStacks, target: Target, rows: Sequence[int]) -> CountScores:
    """Score a counter on the largest square in the upper left corner of each stack.

    Args:
        counter: the network.
        stacks: labelled stacks.
        target: which shares are scored, and the width of a pixel.
        rows: stacks that it was not trained on.

    Raises:
        InputError: no stack has ``LEAST_CELLS`` cells.
    """
    crop_px = int(min(stacks.pixels(0).shape[1:]) * UM_PER_PX / MODEL_UM_PER_PX[target]) // 8 * 8
    crops = CellCrops(stacks, counter.config, um_per_px=MODEL_UM_PER_PX[target], crop_px=crop_px)
    which = MOTILITY if target == "motility" else DEFECTS
    counted, true, seen, kinds = [], [], [], []
    with evaluation_mode(counter) as device:
        for sample in (CellSample(int(row)) for row in rows):
            x, cells, _ = (part.to(device) for part in crops.__getitems__([sample]))
            maps = counter(prepared(x))[0].cpu().numpy()
            counted.append(maps.sum(axis=(1, 2)))
            true.append(cells.sum(dim=(2, 3))[0].cpu().numpy())
            places, of_cells = crops.cells(sample)
            column, row = (places // counter.config.stride).astype(int).T
            at = maps[:, row, column].T
            seen.append(at[:, which] / np.maximum(at[:, MOTILITY].sum(axis=1, keepdims=True), _TINY))
            kinds.append(of_cells[:, which])
    found, there = np.stack(counted).astype(float), np.stack(true).astype(float)
    all_found, all_there = found[:, MOTILITY].sum(axis=1), there[:, MOTILITY].sum(axis=1)
    several = all_there >= LEAST_CELLS
    if not several.any():
        raise InputError(f"no stack of {len(true)} has {LEAST_CELLS} cells; allowed: at least one; draw more videos")
    shares = 100 * found[several, which] / all_found[several, None]
    true_shares = 100 * there[several, which] / all_there[several, None]
    return CountScores(
        correlation=_correlation(all_found, all_there),
        ratio=float(all_found.sum() / all_there.sum()),
        share_error_pct=_rounded(np.abs(shares - true_shares).mean(axis=0)),
        constant_error_pct=_rounded(np.abs(true_shares - true_shares.mean(axis=0)).mean(axis=0)),
        share_correlation=tuple(_correlation(shares[:, k], true_shares[:, k]) for k in range(3)),
        auc_by_cell=tuple(map(_auc, np.concatenate(seen).T, np.concatenate(kinds).T)),
    )


def _correlation(a: np.ndarray, b: np.ndarray) -> float | None:
    """Correlation of two series; None if one is constant."""
    return round(float(np.corrcoef(a, b)[0, 1]), 4) if len(a) > 1 and a.std() > 0 and b.std() > 0 else None


def _auc(seen: np.ndarray, have_it: np.ndarray) -> float | None:
    return round(float(roc_auc_score(have_it, seen)), 4) if 0 < have_it.sum() < len(have_it) else None


def _rounded(values: np.ndarray) -> tuple[float, ...]:
    return tuple(round(float(value), 4) for value in values)
