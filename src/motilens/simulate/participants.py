"""Draws simulated participants: their percentages, concentration and recording.

The six percentages and the concentration are drawn together from a multivariate normal distribution fitted to VISEM's
85 rows, so that the number of cells predicts motility as well as it does there. The distribution is normal in
z = (ln (PR+.5)/(IM+.5), ln (NP+.5)/(IM+.5), logit head, logit midpiece, logit tail, ln concentration), where
logit x = ln ((x+.5)/(100.5-x)).
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from motilens.shapes import triple
from motilens.simulate.difficulty import Difficulty

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

CELLS_PER_FIELD = (4.0, 150.0)
"""Range of the mean number of cells in view; drawn values are clipped to it."""

Triple = tuple[float, float, float]
"""Three percentages."""

Remark = Literal["", "lots of debris", "drift", "minor drift"]

_ASSESSORS = ("SSW", "JMA", "HH", "OW", "IVS")
_REMARKS: tuple[Remark, ...] = ("", "lots of debris", "drift", "minor drift")
_REMARK_SHARES = (0.8, 0.08, 0.06, 0.06)
_FLOW_UM_S: dict[Remark, tuple[float, float]] = {"drift": (8.0, 25.0), "minor drift": (2.0, 6.0)}


@dataclass(frozen=True)
class SimulatedParticipant:
    """One simulated participant.

    Attributes:
        motility_pct: probability of a cell being progressive, non-progressive and immotile, in percent; sums to 100.
        morphology_pct: probability of a defect of head, midpiece and neck, and tail, in percent.
        concentration: 10^6 cells per mL.
        cells_per_field: mean number of cells in view.
        date: date of the recording, yy.mm.dd.
        assessor: initials of the person who assessed the sample.
        remark: remark in the video's name, or empty.
        flow_um_s: speed of the fluid in all fields.
        clustered: share of the non-progressive and immotile cells that form clusters.
    """

    motility_pct: Triple
    morphology_pct: Triple
    concentration: float
    cells_per_field: float
    date: str
    assessor: str
    remark: Remark
    flow_um_s: float
    clustered: float

    def video_name(self, participant: int, ending: str) -> str:
        """Name the video as in VISEM: ``2_09.09.03_lots of debris_SSW.avi``."""
        remark = f"_{self.remark}" if self.remark else ""
        return f"{participant}_{self.date}{remark}_{self.assessor}{ending}"

    @property
    def debris(self) -> float:
        """Factor for the number of specks, relative to a typical video."""
        return 3.0 if self.remark == "lots of debris" else 1.0


def draw_participant(rng: np.random.Generator, difficulty: Difficulty) -> SimulatedParticipant:
    """Draw one participant."""
    z = rng.multivariate_normal(MEAN_Z, COVARIANCE_Z)
    weights = np.exp([z[0], z[1], 0.0])
    motility = np.maximum(101.5 * weights / weights.sum() - 0.5, 0)  # the fit added half a point to each
    odds = np.exp(z[2:5])
    concentration = float(np.exp(z[5]))
    cells_per_concentration = float(np.clip(0.86 * np.exp(0.5 * rng.standard_normal()), 0.27, 1.48))
    year, month, day = rng.integers(9, 12), rng.integers(1, 13), rng.integers(1, 29)
    assessor = _ASSESSORS[rng.integers(len(_ASSESSORS))]
    drawn = _REMARKS[int(rng.choice(len(_REMARKS), p=_REMARK_SHARES))]
    remark: Remark = drawn if difficulty.remarks else ""
    usual = float(np.clip(0.3 * np.exp(0.9 * rng.standard_normal()), 0.0, 2.0))
    slow, fast = _FLOW_UM_S.get(remark, (usual, usual))
    clustering = float(rng.uniform(0.15, 0.5)) if rng.random() < difficulty.cluster_share else 0.0
    return SimulatedParticipant(
        motility_pct=triple(100 * motility / motility.sum()),
        morphology_pct=triple(np.clip((100.5 * odds - 0.5) / (1 + odds), 0, 100)),
        concentration=concentration,
        cells_per_field=float(np.clip(cells_per_concentration * concentration, *CELLS_PER_FIELD)),
        date=f"{year:02}.{month:02}.{day:02}",
        assessor=assessor,
        remark=remark,
        flow_um_s=difficulty.flow * float(rng.uniform(slow, fast)),
        clustered=clustering,
    )
