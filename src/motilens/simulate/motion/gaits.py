"""Draws how cells move: the parameters of each gait, in um and s.

Speeds and beat frequencies follow VISEM-Tracking's annotated tracks and the literature: VSL is lognormal with a median
of 17 um/s, clipped to 5-55 um/s; progressive cells beat at 8-14 Hz, non-progressive ones irregularly at 2-10 Hz, and
many of these beat on the spot.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

Kind = Literal["progressive", "non-progressive", "immotile"]
KINDS: tuple[Kind, Kind, Kind] = ("progressive", "non-progressive", "immotile")
"""Motility classes, in the order of the laboratory's table."""

Gait = Literal["straight", "circling", "tight circles", "twitching", "on the spot", "still"]

CIRCLING_SHARE = 0.12
"""Share of the progressive cells that swim in circles."""

NON_PROGRESSIVE_SHARES: tuple[float, float, float] = (0.25, 0.25, 0.5)
"""Shares of the non-progressive cells that swim in tight circles, twitch, and beat on the spot."""

LEAST_PROGRESSIVE_UM_S = 5.0
"""Speed below which a cell is not progressive (WHO 2021)."""


@dataclass(frozen=True)
class Movement:
    """Parameters of one cell's movement.

    Attributes:
        speed_um_s: speed along the average path, without the side movement.
        turn_rad_s: constant rate of turning; 0 is a straight path.
        wander_rad: standard deviation of the direction after one second of random turning.
        shake_um: standard deviation of the position after one second of Brownian motion.
        beat_hz: frequency of the tail's wave, which also moves the head; 0 is a motionless tail.
        unsteady: irregularity of the beat; 0 is periodic, 1 is highly irregular.
        side_um: amplitude of the head's side movement.
        yaw_rad, tip_rad: amplitude of the wave's angle at the neck (which turns the head) and at the tip.
        stuck: whether the cell sticks to the glass, so that the flow does not carry it.
    """

    speed_um_s: float = 0.0
    turn_rad_s: float = 0.0
    wander_rad: float = 0.0
    shake_um: float = 0.0
    beat_hz: float = 0.0
    unsteady: float = 0.0
    side_um: float = 0.0
    yaw_rad: float = 0.0
    tip_rad: float = 0.0
    stuck: bool = False


def gait_of(kind: int, u: float) -> Gait:
    """Choose the gait of a cell of this kind (index into ``KINDS``); ``u`` is a uniform random number, 0-1."""
    if kind == 0:
        return "circling" if u < CIRCLING_SHARE else "straight"
    if kind == 1:
        tight, twitching, _ = np.cumsum(NON_PROGRESSIVE_SHARES)
        return "tight circles" if u < tight else "twitching" if u < twitching else "on the spot"
    return "still"


def draw_movement(gait: Gait, rng: np.random.Generator) -> Movement:
    """Draw the parameters of a gait. The number of random draws is the same for every gait."""
    return _DRAWN[gait](_Draws(rng.random(8), rng.standard_normal(4)))


@dataclass(frozen=True)
class _Draws:
    """Random numbers for one cell: uniform ``u`` and standard normal ``g``."""

    u: np.ndarray
    g: np.ndarray

    def between(self, k: int, low: float | int, high: float | int) -> float:
        return low + (high - low) * float(self.u[k])

    def around(self, k: int, median: float | int, sd: float, low: float, high: float | int) -> float:
        """Lognormal number with the standard deviation ``sd`` of its logarithm, clipped to the range."""
        return float(np.clip(median * np.exp(sd * self.g[k]), low, high))

    @property
    def side(self) -> int:
        return 1 if self.u[0] < 0.5 else -1


def _swims(draws: _Draws, *, radius_um: float | None) -> Movement:
    speed = draws.around(0, 17, 0.6, LEAST_PROGRESSIVE_UM_S, 55)
    return Movement(
        speed_um_s=speed,
        turn_rad_s=draws.side * speed / radius_um if radius_um else 0.12 * float(draws.g[1]),
        wander_rad=draws.around(2, 0.22, 0.4, 0.05, 0.8),
        shake_um=0.25,
        beat_hz=draws.between(1, 8, 14),
        unsteady=0.06,
        side_um=draws.around(3, 0.7, 0.15, 0.2, 1.2) * (0.75 + 0.012 * speed),
        yaw_rad=draws.between(2, 0.12, 0.26),
        tip_rad=draws.between(3, 0.55, 0.9),
    )


def _straight(draws: _Draws) -> Movement:
    return _swims(draws, radius_um=None)


def _circling(draws: _Draws) -> Movement:
    return _swims(draws, radius_um=20 * 4 ** draws.between(4, 0, 1))


def _tight_circles(draws: _Draws) -> Movement:
    speed = draws.between(1, 3, 10)
    return Movement(
        speed_um_s=speed,
        turn_rad_s=draws.side * speed / draws.between(2, 1.0, 2.4),
        wander_rad=0.5,
        shake_um=0.25,
        beat_hz=draws.between(3, 4, 10),
        unsteady=0.25,
        side_um=draws.between(4, 0.15, 0.5),
        yaw_rad=draws.between(5, 0.1, 0.25),
        tip_rad=draws.between(6, 0.4, 0.8),
    )


def _twitching(draws: _Draws) -> Movement:
    return Movement(
        speed_um_s=draws.between(1, 0, 2),
        turn_rad_s=0.4 * float(draws.g[1]),
        wander_rad=0.7,
        shake_um=0.3,
        beat_hz=draws.between(3, 2, 8),
        unsteady=0.8,
        side_um=draws.between(4, 0.15, 0.6),
        yaw_rad=draws.between(5, 0.1, 0.35),
        tip_rad=draws.between(6, 0.3, 0.8),
        stuck=bool(draws.u[7] < 0.4),
    )


def _on_the_spot(draws: _Draws) -> Movement:
    return Movement(
        wander_rad=0.05,
        shake_um=0.05,
        beat_hz=draws.between(3, 3, 10),
        unsteady=0.15,
        side_um=draws.between(4, 0.04, 0.2),
        yaw_rad=draws.between(5, 0.03, 0.15),
        tip_rad=draws.between(6, 0.35, 0.85),
        stuck=True,
    )


def _still(draws: _Draws) -> Movement:
    stuck = bool(draws.u[7] < 0.6)
    return Movement(
        wander_rad=0.0 if stuck else 0.12,
        shake_um=0.0 if stuck else 0.2,
        # A motionless tail has the shape of a wave, too, mostly of a smaller amplitude.
        yaw_rad=draws.between(5, 0.0, 0.15),
        tip_rad=draws.between(6, 0.05, 0.6),
        stuck=stuck,
    )


_DRAWN = {
    "straight": _straight,
    "circling": _circling,
    "tight circles": _tight_circles,
    "twitching": _twitching,
    "on the spot": _on_the_spot,
    "still": _still,
}
