"""Difficulties of a simulated data set: like VISEM, easier, or harder."""

from dataclasses import dataclass
from typing import Literal

DifficultyName = Literal["easy", "visem", "hard"]


@dataclass(frozen=True)
class Difficulty:
    """What a difficulty changes. Factors are relative to VISEM.

    Attributes:
        um_per_px: mean width of a pixel in um, for frames 640 pixels wide.
        scale_sd: standard deviation of ``um_per_px`` between participants.
        debris: factor for the number of specks.
        defocus: factor for the depths of cells and specks.
        noise: factor for the sensor's noise.
        flow: factor for the speed of the fluid.
        remarks: whether some videos have much debris or strong flow, with a remark in the file name.
        cluster_share: share of the participants whose cells form clusters.
    """

    um_per_px: float = 0.495
    scale_sd: float = 0.02
    debris: float = 1.0
    defocus: float = 1.0
    noise: float = 1.0
    flow: float = 1.0
    remarks: bool = True
    cluster_share: float = 0.15


DIFFICULTIES: dict[DifficultyName, Difficulty] = {
    "easy": Difficulty(scale_sd=0.0, debris=0.4, defocus=0.4, noise=0.5, flow=0.3, remarks=False, cluster_share=0.0),
    "visem": Difficulty(),
    "hard": Difficulty(scale_sd=0.05, debris=1.8, defocus=1.8, noise=1.8, flow=2.0, cluster_share=0.4),
}

SCALE_UM_PER_PX = (0.38, 0.53)
"""VISEM's scale is not published; estimates lie in this range, and drawn values are clipped to it."""
