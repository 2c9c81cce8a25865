"""Scores of counters whose counts are known."""

from pathlib import Path

import numpy as np
import pytest
import torch

from motilens.config import CounterConfig
from motilens.errors import InputError
from motilens.networks.counter import Counter
from motilens.simulate.labelled_stacks import LabelledStacks
from motilens.training.counter_scores import CountScores, score_counter
from tests.training.dots import HEIGHT, dots, stacks_of

CONFIG = CounterConfig(input_type="I1", encoder_width=4, widths=(4, 4, 4, 4, 4))


class Bright(Counter):
    """Finds a cell everywhere, the more progressive, the brighter a place is; defects of the head are the rest."""

    def __init__(self) -> None:
        super().__init__(CONFIG)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Compute the shares from the mean of each pixel of the maps."""
        bright = torch.sigmoid(torch.nn.functional.avg_pool2d(x, 4))
        none = torch.zeros_like(bright)
        return torch.cat([bright, none, 1 - bright, 1 - bright, none, none], dim=1)


def test_single_cells_are_told_apart_where_they_are(tmp_path: Path) -> None:
    stacks = dots(tmp_path, 20, seed=1, least=5)  # bright dots are progressive and have a defect of the head
    motility = score_counter(Bright(), stacks, "motility", range(20))
    assert motility.auc_by_cell[0] is not None and motility.auc_by_cell[0] > 0.95
    assert motility.auc_by_cell[1] is None  # no cell is non-progressive
    assert motility.auc_by_cell[2] == motility.auc_by_cell[0]
    morphology = score_counter(Bright(), stacks, "morphology", range(20))
    assert morphology.auc_by_cell[0] is not None and morphology.auc_by_cell[0] < 0.05
    assert morphology.auc_by_cell[1:] == (None, None)


class Known(Counter):
    """Counts numbers that were given, one row for each stack."""

    def __init__(self, counts: list[list[float]]) -> None:
        super().__init__(CONFIG)
        self.counts = iter(counts)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Put the next row into one pixel of the maps."""
        maps = torch.zeros(1, 6, x.shape[2] // 4, x.shape[3] // 4)
        maps[0, :, 2, 3] = torch.tensor(next(self.counts))
        return maps


def grid(folder: Path, numbers: list[tuple[int, int, int, int]]) -> LabelledStacks:
    """Stacks with so many progressive, non-progressive and immotile cells, and cells with a defect of the head.

    They are far enough from each edge of the upper left square that all of them count whole.
    """
    cells = []
    for *classes, heads in numbers:
        kinds = [kind for kind, n in enumerate(classes) for _ in range(n)]
        cells.append([(24.0, 24.0, kind, (int(k < heads), 0, 0)) for k, kind in enumerate(kinds)])
    return stacks_of(folder, np.full((len(numbers), 1, HEIGHT, 64), 80, np.uint8), cells)


THERE = [(4, 3, 3, 5), (0, 8, 2, 0), (10, 0, 10, 10), (1, 1, 1, 3)]


def scores(folder: Path, counts: list[list[float]], target: str = "morphology") -> CountScores:
    return score_counter(Known(counts), grid(folder, THERE), target, range(4))  # type: ignore[arg-type]


def test_a_counter_that_is_right_has_no_error(tmp_path: Path) -> None:
    found = scores(tmp_path, [[a, b, c, heads, 0, 0] for a, b, c, heads in THERE])
    assert found.correlation == pytest.approx(1, abs=1e-3) and found.ratio == pytest.approx(1, abs=1e-3)
    assert found.share_error_pct == pytest.approx((0, 0, 0), abs=0.05)
    # Heads: 50, 0 and 50 percent; the fourth stack has too few cells for a share. Their mean is 33.3.
    assert found.constant_error_pct == pytest.approx(((2 * 16.67 + 33.33) / 3, 0, 0), abs=0.05)
    assert found.share_correlation[0] == pytest.approx(1, abs=1e-3)
    assert found.share_correlation[1] is None  # nobody has that defect


def test_twice_as_many_of_everything_is_a_ratio_of_two_and_no_error_of_shares(tmp_path: Path) -> None:
    found = scores(tmp_path, [[2 * a, 2 * b, 2 * c, 2 * heads, 0, 0] for a, b, c, heads in THERE])
    assert found.ratio == pytest.approx(2, abs=1e-3)
    assert found.share_error_pct == pytest.approx((0, 0, 0), abs=0.05)


def test_a_defect_that_is_missed_is_an_error_of_its_share(tmp_path: Path) -> None:
    found = scores(tmp_path, [[a, b, c, 0, 1, 0] for a, b, c, _ in THERE])
    # Heads are 50, 0 and 50 percent, midpieces none, where 10, 10 and 5 percent are counted.
    assert found.share_error_pct == pytest.approx((100 / 3, 25 / 3, 0), abs=0.05)


def test_stacks_with_few_cells_have_no_share(tmp_path: Path) -> None:
    stacks = grid(tmp_path, [(1, 1, 1, 0), (2, 2, 0, 0)])
    with pytest.raises(InputError, match="no stack of 2 has 5 cells; allowed: at least one; draw more videos"):
        score_counter(Known([[1, 1, 1, 0, 0, 0]] * 2), stacks, "morphology", range(2))
