"""Ways of moving: what each class may do, and in which shares; not how it looks."""

from collections import Counter
from typing import get_args

import numpy as np
import pytest

from motilens.simulate.motion.gaits import (
    CIRCLING_SHARE,
    KINDS,
    LEAST_PROGRESSIVE_UM_S,
    NON_PROGRESSIVE_SHARES,
    Gait,
    Movement,
    draw_movement,
    gait_of,
)

N = 400
SWIMMING: tuple[Gait, ...] = ("straight", "circling")
BEATING: tuple[Gait, ...] = ("tight circles", "twitching", "on the spot")


def many(gait: Gait) -> list[Movement]:
    return [draw_movement(gait, np.random.default_rng(seed)) for seed in range(N)]


def test_shares_of_the_gaits() -> None:
    """``u`` runs evenly through 0-1, so shares are right to within a step."""
    steps = (np.arange(2000) + 0.5) / 2000
    counts = [Counter(gait_of(kind, float(u)) for u in steps) for kind in range(3)]
    assert counts[0]["circling"] / 2000 == pytest.approx(CIRCLING_SHARE, abs=1e-3)
    assert set(counts[0]) == set(SWIMMING) and set(counts[2]) == {"still"}
    for gait, share in zip(BEATING, NON_PROGRESSIVE_SHARES, strict=True):
        assert counts[1][gait] / 2000 == pytest.approx(share, abs=1e-3)
    assert KINDS == ("progressive", "non-progressive", "immotile")


@pytest.mark.parametrize("gait", SWIMMING)
def test_progressive_cells_are_progressive(gait: Gait) -> None:
    """WHO: 5 um/s at least; reference: lognormal with median 17 um/s, cut at 55, beat 8-20 Hz."""
    moves = many(gait)
    speeds = np.array([m.speed_um_s for m in moves])
    assert speeds.min() >= LEAST_PROGRESSIVE_UM_S and speeds.max() <= 55
    assert np.median(speeds) == pytest.approx(17, rel=0.25)  # sd of 0.6 in ln, 400 cells: a standard error of 4 %
    assert all(8 <= m.beat_hz <= 20 for m in moves)
    assert not any(m.stuck for m in moves)


def test_circling_cells_go_both_ways_round_circles_of_20_to_80_um() -> None:
    moves = many("circling")
    radii = np.array([m.speed_um_s / m.turn_rad_s for m in moves])
    assert np.abs(radii).min() >= 20 - 1e-6 and np.abs(radii).max() <= 80 + 1e-6
    # Half of 400 to the left: 5 standard errors are 5 * sqrt(0.25 / 400).
    assert (radii > 0).mean() == pytest.approx(0.5, abs=5 * np.sqrt(0.25 / N))


@pytest.mark.parametrize("gait", BEATING)
def test_non_progressive_cells_beat_and_get_nowhere(gait: Gait) -> None:
    """Below WHO's 5 um/s net: slow, or round a circle so tight that it is less than 5 um across."""
    for m in many(gait):
        assert m.beat_hz > 0 and m.tip_rad > 0
        assert np.hypot(*_net_um(m)) < LEAST_PROGRESSIVE_UM_S


def _net_um(moves: Movement) -> np.ndarray:
    """Where a cell of this speed and turn is after one second, wandering left out."""
    t = np.linspace(0, 1, 1001)[:-1] + 0.0005
    return moves.speed_um_s * np.array([np.cos(moves.turn_rad_s * t).mean(), np.sin(moves.turn_rad_s * t).mean()])


def test_immotile_cells_have_no_beat_and_no_speed_but_a_tail_like_the_others() -> None:
    moves = many("still")
    for m in moves:
        assert (m.speed_um_s, m.beat_hz, m.side_um, m.turn_rad_s) == (0, 0, 0, 0)
        assert m.tip_rad > 0
        assert not m.stuck or (m.shake_um, m.wander_rad) == (0, 0)
    assert 0 < sum(m.stuck for m in moves) < N  # some float, some do not


@pytest.mark.parametrize("gait", get_args(Gait))
def test_every_gait_draws_as_often(gait: Gait) -> None:
    """So a cell's build does not change with the way it moves."""
    rng, other = np.random.default_rng(0), np.random.default_rng(0)
    draw_movement(gait, rng)
    draw_movement("straight", other)
    assert rng.bit_generator.state == other.bit_generator.state
