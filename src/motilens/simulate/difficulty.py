"""How hard a simulated data set is to read: as VISEM, or easier, or harder."""

from dataclasses import dataclass
from typing import Literal

DifficultyName = Literal["easy", "visem", "hard"]


@dataclass(frozen=True)
class Difficulty:
    """What a difficulty changes.

    Attributes:
        um_per_px: mean scale at 640 pixels a width.
        scale_spread: standard deviation of the scale from participant to participant.
        debris: specks, over VISEM's.
        defocus: depths of cells and specks, over VISEM's.
        noise: of the sensor, over VISEM's.
        flow: of the fluid, over VISEM's.
        remarks: whether some videos have much debris or strong flow, and say so in their names.
        cluster_share: share of the participants whose cells stick together.
    """

    um_per_px: float = 0.495
    scale_spread: float = 0.02
    debris: float = 1.0
    defocus: float = 1.0
    noise: float = 1.0
    flow: float = 1.0
    remarks: bool = True
    cluster_share: float = 0.15


DIFFICULTIES: dict[DifficultyName, Difficulty] = {
    "easy": Difficulty(
        scale_spread=0.0, debris=0.4, defocus=0.4, noise=0.5, flow=0.3, remarks=False, cluster_share=0.0
    ),
    "visem": Difficulty(),
    "hard": Difficulty(scale_spread=0.05, debris=1.8, defocus=1.8, noise=1.8, flow=2.0, cluster_share=0.4),
}

SCALE_UM_PER_PX = (0.38, 0.53)
"""VISEM's scale is published nowhere; estimates lie between these, and draws are cut to them."""
