"""The ways in which cells move, as numbers in um and s; one small function for each.

Speeds and beats follow VISEM-Tracking's annotated tracks and the literature: VSL lognormal with median 17 um/s, cut to
5-55; beat 8-14 Hz of progressive, 2-10 Hz and irregular of non-progressive cells, many of which stand and only beat.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

Kind = Literal["progressive", "non-progressive", "immotile"]
KINDS: tuple[Kind, Kind, Kind] = ("progressive", "non-progressive", "immotile")
"""In the order of the motility table."""

Gait = Literal["straight", "circling", "tight circles", "twitching", "on the spot", "still"]

CIRCLING_SHARE = 0.12
"""Of progressive cells."""

STANDING_SHARES: tuple[float, float, float] = (0.25, 0.25, 0.5)
"""Of non-progressive cells: tight circles, twitching, beating on the spot."""

LEAST_PROGRESSIVE_UM_S = 5.0
"""WHO 2021: below this a cell is not progressive."""


@dataclass(frozen=True)
class Moves:
    """How one cell moves.

    Attributes:
        speed_um_s: along the average path, without the side movement.
        turn_rad_s: steady change of direction; 0 swims straight.
        wander_rad: spread of the direction after one second by chance.
        shake_um: spread of the place after one second by Brownian motion.
        beat_hz: of the tail's wave, which moves the head too; 0 is frozen.
        unsteady: 0 beats like a clock, 1 in fits and starts.
        side_um: amplitude of the head's side movement.
        yaw_rad, tip_rad: amplitude of the wave's angle at the neck (which turns the head) and at the tip.
        stuck: sticks to the glass, so no flow carries it.
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
    """Which way of moving a cell of this kind (index into ``KINDS``) has; ``u`` is uniform in 0-1."""
    if kind == 0:
        return "circling" if u < CIRCLING_SHARE else "straight"
    if kind == 1:
        tight, twitching, _ = np.cumsum(STANDING_SHARES)
        return "tight circles" if u < tight else "twitching" if u < twitching else "on the spot"
    return "still"


def draw_moves(gait: Gait, rng: np.random.Generator) -> Moves:
    """Draw how one cell of this gait moves; always as many draws, whatever the gait."""
    return _DRAWN[gait](_Dice(rng.random(8), rng.standard_normal(4)))


@dataclass(frozen=True)
class _Dice:
    """Chance for one cell: uniform numbers ``u`` and normal ones ``g``."""

    u: np.ndarray
    g: np.ndarray

    def between(self, k: int, low: float | int, high: float | int) -> float:
        return low + (high - low) * float(self.u[k])

    def around(self, k: int, median: float | int, spread: float, low: float, high: float | int) -> float:
        """Lognormal, cut."""
        return float(np.clip(median * np.exp(spread * self.g[k]), low, high))

    @property
    def side(self) -> int:
        return 1 if self.u[0] < 0.5 else -1


def _swims(dice: _Dice, *, radius_um: float | None) -> Moves:
    speed = dice.around(0, 17, 0.6, LEAST_PROGRESSIVE_UM_S, 55)
    return Moves(
        speed_um_s=speed,
        turn_rad_s=dice.side * speed / radius_um if radius_um else 0.12 * float(dice.g[1]),
        wander_rad=dice.around(2, 0.22, 0.4, 0.05, 0.8),
        shake_um=0.25,
        beat_hz=dice.between(1, 8, 14),
        unsteady=0.06,
        side_um=dice.around(3, 0.7, 0.15, 0.2, 1.2) * (0.75 + 0.012 * speed),
        yaw_rad=dice.between(2, 0.12, 0.26),
        tip_rad=dice.between(3, 0.55, 0.9),
    )


def _straight(dice: _Dice) -> Moves:
    return _swims(dice, radius_um=None)


def _circling(dice: _Dice) -> Moves:
    return _swims(dice, radius_um=20 * 4 ** dice.between(4, 0, 1))


def _tight_circles(dice: _Dice) -> Moves:
    speed = dice.between(1, 3, 10)
    return Moves(
        speed_um_s=speed,
        turn_rad_s=dice.side * speed / dice.between(2, 1.0, 2.4),
        wander_rad=0.5,
        shake_um=0.25,
        beat_hz=dice.between(3, 4, 10),
        unsteady=0.25,
        side_um=dice.between(4, 0.15, 0.5),
        yaw_rad=dice.between(5, 0.1, 0.25),
        tip_rad=dice.between(6, 0.4, 0.8),
    )


def _twitching(dice: _Dice) -> Moves:
    return Moves(
        speed_um_s=dice.between(1, 0, 2),
        turn_rad_s=0.4 * float(dice.g[1]),
        wander_rad=0.7,
        shake_um=0.3,
        beat_hz=dice.between(3, 2, 8),
        unsteady=0.8,
        side_um=dice.between(4, 0.15, 0.6),
        yaw_rad=dice.between(5, 0.1, 0.35),
        tip_rad=dice.between(6, 0.3, 0.8),
        stuck=bool(dice.u[7] < 0.4),
    )


def _on_the_spot(dice: _Dice) -> Moves:
    return Moves(
        wander_rad=0.05,
        shake_um=0.05,
        beat_hz=dice.between(3, 3, 10),
        unsteady=0.15,
        side_um=dice.between(4, 0.04, 0.2),
        yaw_rad=dice.between(5, 0.03, 0.15),
        tip_rad=dice.between(6, 0.35, 0.85),
        stuck=True,
    )


def _still(dice: _Dice) -> Moves:
    stuck = bool(dice.u[7] < 0.6)
    return Moves(
        wander_rad=0.0 if stuck else 0.12,
        shake_um=0.0 if stuck else 0.2,
        # A frozen tail is a wave of the same make, mostly a flatter one.
        yaw_rad=dice.between(5, 0.0, 0.15),
        tip_rad=dice.between(6, 0.05, 0.6),
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
