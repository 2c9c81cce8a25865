"""Heads and tails: one beat moves both, and what joins stays joined."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motilens.simulate.cells import Cells, draw_cell
from motilens.simulate.morphology import Form
from motilens.simulate.motion.gaits import Movement
from motilens.simulate.motion.pose import heads, pose
from motilens.simulate.motion.walk import Walk
from tests.simulate.scenes import FPS_HZ, arrays, even_optics, even_scene, put, strongest_hz, walk_of

OPTICS = even_optics()
PLAIN = Form(head_um=(4.1, 2.8), tail_um=45.0)
BEATING = Movement(beat_hz=6.0, side_um=0.8, yaw_rad=0.2, tip_rad=0.7, stuck=True)


def beating(moves: Movement = BEATING, n_frames: int = 200, form: Form = PLAIN) -> tuple[Cells, Walk]:
    scene = even_scene(OPTICS, put(OPTICS, 80, 80, moves, form=form))
    return scene.cells, walk_of(scene, n_frames)


def test_a_still_straight_cell_lies_along_its_heading() -> None:
    """Head at its place, tail straight back from the root: 2.05 - 0.3 + 4 um behind the middle, and 45 um long."""
    cells, walk = beating(Movement(stuck=True), 2)
    at = pose(cells, walk, 0)
    np.testing.assert_allclose(at.head_um, walk.centre_um[0])
    np.testing.assert_allclose(at.axis_rad, 0)
    tail = at.tails_um[0] - at.head_um[0]
    np.testing.assert_allclose(tail[:, 1], 0, atol=1e-9)
    assert tail[0, 0] == pytest.approx(-(4.1 / 2 - 0.3 + cells.cells[0].form.midpiece_um[0]))
    assert tail[-1, 0] == pytest.approx(tail[0, 0] - 45)


@pytest.mark.parametrize("beat_hz", [3.0, 8.5, 19.0])
def test_head_and_tail_have_the_beats_frequency(beat_hz: float) -> None:
    """4 s tell frequencies to within a step of 1/4 Hz."""
    cells, walk = beating(replace(BEATING, beat_hz=beat_hz))
    poses = [pose(cells, walk, k) for k in range(200)]
    signals = {
        "yaw": [at.axis_rad[0] for at in poses],
        "side": [at.head_um[0, 1] for at in poses],
        "middle of the tail": [at.tails_um[0, 8, 1] for at in poses],
        "tip": [at.tails_um[0, -1, 1] for at in poses],
    }
    for name, signal in signals.items():
        assert strongest_hz(np.array(signal)) == pytest.approx(beat_hz, abs=1 / 4), name


def test_the_head_swings_as_far_as_it_says_a_quarter_of_a_beat_after_it_points() -> None:
    """Side movement -a cos(phase), yaw b sin(phase): the side is the yaw of a quarter of a beat before."""
    cells, walk = beating(replace(BEATING, beat_hz=5.0), 40)  # 10 frames a beat
    yaw = np.array([heads(cells, walk, k / 2)[1][0] for k in range(80)])
    side = np.array([heads(cells, walk, k / 2)[0][0, 1] for k in range(80)]) - walk.centre_um[0, 0, 1]
    assert np.ptp(yaw) == pytest.approx(2 * 0.2, rel=0.02)
    assert np.ptp(side) == pytest.approx(2 * 0.8, rel=0.02)
    np.testing.assert_allclose(side[5:] / 0.8, yaw[:-5] / 0.2, atol=1e-6)


def test_a_frozen_tail_is_bent_as_a_beating_one_and_stays() -> None:
    cells, walk = beating(replace(BEATING, beat_hz=0.0), 10)
    first, last = pose(cells, walk, 0), pose(cells, walk, 9)
    np.testing.assert_array_equal(first.tails_um, last.tails_um)
    assert np.ptp(first.tails_um[0, :, 1]) > 3
    np.testing.assert_allclose(first.head_um, walk.centre_um[0])  # no beat, no side movement


def test_the_wave_grows_to_the_tip() -> None:
    cells, walk = beating()
    points = np.stack([pose(cells, walk, k).tails_um[0] for k in range(100)])
    swing = np.ptp(points[:, :, 1], axis=0)
    assert swing[-1] > swing[len(swing) // 2] > swing[0]


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 10_000), moment=st.floats(0, 20))
def test_what_joins_stays_joined(seed: int, moment: float) -> None:
    """The root of each tail is fixed to the head, and the tail is as long as it is, whoever moves however."""
    rng = np.random.default_rng(seed)
    drawn = [draw_cell(rng, (50.0, 30.0, 20.0), (60.0, 50.0, 50.0)) for _ in range(6)]
    scene = even_scene(OPTICS, put(OPTICS, 80, 80))
    cells = arrays(OPTICS, drawn)
    walk = walk_of(replace(scene, cells=cells), 20)
    at = pose(cells, walk, moment)
    for k, i in enumerate(cells.tail_of):
        turn = at.axis_rad[i]
        from_head = at.tails_um[k, 0] - at.head_um[i]
        back = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]) @ from_head
        np.testing.assert_allclose(back, cells.root_um[k], atol=1e-9)
        pieces = np.hypot(*np.diff(at.tails_um[k], axis=0).T)
        assert pieces.sum() == pytest.approx(cells.tail_um[k], rel=1e-9)


def test_the_tail_leaves_the_neck_in_the_direction_of_the_head() -> None:
    """The first piece's middle is 1/32 of the tail behind the neck, where the wave is late by 2 pi / (32 * 0.65)."""
    cells, walk = beating()
    late = 2 * np.pi / (32 * 0.65)
    for k in range(0, 50, 3):
        at = pose(cells, walk, k)
        dx, dy = at.tails_um[0, 1] - at.tails_um[0, 0]
        apart = np.angle(np.exp(1j * (np.arctan2(dy, dx) - np.pi - at.axis_rad[0])))
        # Late by that phase, and grown a little towards the tip's 0.7 rad.
        assert abs(apart) < 0.2 * late + (0.7 - 0.2) * (1 / 32) ** 0.7 + 1e-9


def test_between_frames_lies_between() -> None:
    """A swimmer without a beat is half-way at half time, and a moment before the next frame is almost there."""
    cells, walk = beating(Movement(speed_um_s=40.0), 10)
    before, half, after = (pose(cells, walk, k).head_um for k in (3, 3.5, 4))
    np.testing.assert_allclose(half, (before + after) / 2, atol=1e-9)
    np.testing.assert_allclose(pose(cells, walk, 4 - 1e-9).tails_um, pose(cells, walk, 4).tails_um, atol=1e-6)
    end = pose(cells, walk, walk.n_frames).head_um  # the row that belongs to the next chunk
    np.testing.assert_allclose(end, walk.centre_um[-1])


def test_the_strobe_is_no_beat() -> None:
    """Every frame of a beat at the frame rate looks the same: what the camera cannot tell the pose must not invent."""
    cells, walk = beating(replace(BEATING, beat_hz=FPS_HZ), 5)
    first = pose(cells, walk, 0)
    for k in range(1, 5):
        np.testing.assert_allclose(pose(cells, walk, k).tails_um, first.tails_um, atol=1e-6)
