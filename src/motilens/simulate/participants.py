"""Simulated participants: how many cells of which kind, and what a laboratory would have written down.

The six percentages and the concentration are drawn together from a multivariate normal fitted to VISEM's 85 rows, so
that cell count tells as much of motility as it does there. It is a normal in z = (ln (PR+.5)/(IM+.5),
ln (NP+.5)/(IM+.5), logit head, logit midpiece, logit tail, ln concentration), where logit x = ln ((x+.5)/(100.5-x)).
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from motilens.errors import InputError

MEAN_Z = np.array([0.314, 0.022, 3.199, -1.230, -1.859, 4.012])
COVARIANCE_Z = np.array(
    [
        [1.718, 0.672, -0.260, -0.056, -0.453, 0.621],
        [0.672, 0.403, -0.095, -0.029, -0.182, 0.151],
        [-0.260, -0.095, 0.498, 0.057, 0.213, -0.216],
        [-0.056, -0.029, 0.057, 0.318, -0.034, -0.164],
        [-0.453, -0.182, 0.213, -0.034, 0.475, -0.212],
        [0.621, 0.151, -0.216, -0.164, -0.212, 1.024],
    ]
)
"""Fitted to VISEM's table of 85 participants (Zenodo 2640506)."""

CELLS_PER_FIELD = (8, 150)
"""Fewer cells could not carry three percentages, more would not be told apart; draws outside are cut to this."""

Three = Float[np.ndarray, "3"]
"""Three percentages."""

_ASSESSORS = ("SSW", "JMA", "HH", "OW", "IVS")
_DEBRIS_SHARE = 0.1


@dataclass(frozen=True)
class Draw:
    """What one simulated participant is.

    Attributes:
        motility_pct: progressive, non-progressive, immotile, as drawn; sums to 100.
        morphology_pct: head, midpiece and neck, tail defects. In the table alone: they are not drawn.
        concentration: 10^6 cells per mL.
        cells_per_field: how many cells one field shows.
        date: yy.mm.dd of the recording.
        assessor: who would have counted.
        much_debris: whether the video has three times the usual specks; its name then says so.
    """

    motility_pct: Three
    morphology_pct: Three
    concentration: float
    cells_per_field: int
    date: str
    assessor: str
    much_debris: bool

    def video_name(self, participant: int, ending: str) -> str:
        """Name the video as VISEM does: ``2_09.09.03_lots of debris_SSW.avi``."""
        remark = "_lots of debris" if self.much_debris else ""
        return f"{participant}_{self.date}{remark}_{self.assessor}{ending}"


def draw_participant(rng: np.random.Generator) -> Draw:
    """Draw one participant; a pure function of the generator."""
    z = rng.multivariate_normal(MEAN_Z, COVARIANCE_Z)
    weights = np.exp([z[0], z[1], 0.0])
    motility = np.maximum(101.5 * weights / weights.sum() - 0.5, 0)  # the fit added half a point to each
    odds = np.exp(z[2:5])
    concentration = float(np.exp(z[5]))
    cells_per_concentration = float(np.clip(0.86 * np.exp(0.5 * rng.standard_normal()), 0.27, 1.48))
    year, month, day = rng.integers(9, 12), rng.integers(1, 13), rng.integers(1, 29)
    return Draw(
        motility_pct=100 * motility / motility.sum(),
        morphology_pct=np.clip((100.5 * odds - 0.5) / (1 + odds), 0, 100),
        concentration=concentration,
        cells_per_field=int(np.clip(round(cells_per_concentration * concentration), *CELLS_PER_FIELD)),
        date=f"{year:02}.{month:02}.{day:02}",
        assessor=_ASSESSORS[rng.integers(len(_ASSESSORS))],
        much_debris=bool(rng.random() < _DEBRIS_SHARE),
    )


def whole_cells(percentages: Three, n: int) -> tuple[int, int, int]:
    """Share n cells out as nearly as whole cells allow (largest remainder); they sum to n.

    Raises:
        InputError: percentages that don't sum to 100, or no cells.
    """
    if n < 1 or np.any(percentages < 0) or abs(float(percentages.sum()) - 100) > 1e-6:
        raise InputError(
            f"{n} cells at {percentages.tolist()} %; allowed: at least one cell, percentages that sum to 100"
        )
    exact = percentages * n / 100
    counts = np.floor(exact).astype(int)
    counts[np.argsort(counts - exact, kind="stable")[: n - counts.sum()]] += 1
    return int(counts[0]), int(counts[1]), int(counts[2])
