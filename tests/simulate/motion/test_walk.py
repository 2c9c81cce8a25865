"""Average paths and beats: known paths, known standard deviations of random parts, and no trace of the chunks."""

from dataclasses import fields, replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motilens.simulate.cells import Cell, Cells, joined_cells
from motilens.simulate.motion.gaits import Movement
from motilens.simulate.motion.walk import Walk, walks
from tests.simulate.scenes import FPS_HZ, even_optics, put, streams

SIDE_UM = 200.0
OPTICS = even_optics()


def cells_of(*moves: Movement, **others: float) -> Cells:
    cells: list[Cell] = []
    for k, each in enumerate(moves):
        cell = put(OPTICS, 80, 80, each, heading_rad=0.5 * k, phase_rad=0.3 * k)
        cells.append(replace(cell, **others))  # type: ignore[arg-type]
    return joined_cells(cells, width_um=SIDE_UM, height_um=SIDE_UM)


def whole(cells: Cells, n_frames: int, *, seed: int = 0, flow_um_s: tuple[float, float] = (0.0, 0.0)) -> Walk:
    rng = streams(len(cells), seed)
    (walk,) = walks(cells, rng, n_frames=n_frames, fps_hz=FPS_HZ, flow_um_s=flow_um_s, chunk=n_frames)
    return walk


@pytest.mark.parametrize("heading_rad", [0.0, 1.0, np.pi, 5.0])
def test_a_straight_swimmer(heading_rad: float) -> None:
    """30 um/s without turn, wander and shake: 30 um in 1 s, in even steps along its heading."""
    cells = cells_of(Movement(speed_um_s=30.0), heading_rad=heading_rad)
    walk = whole(cells, 50)
    way = walk.centre_um[:, 0] - walk.centre_um[0, 0]
    expected = np.arange(51)[:, None] * 30 / 50 * np.array([np.cos(heading_rad), np.sin(heading_rad)])
    np.testing.assert_allclose(way, expected, atol=1e-9)
    assert walk.n_frames == 50 and walk.present.all()


def test_a_cell_is_still_if_neither_head_nor_tail_moves() -> None:
    moves = (
        Movement(stuck=True, yaw_rad=0.1, tip_rad=0.5),
        Movement(stuck=True, beat_hz=5.0),
        Movement(stuck=True, wander_rad=0.1),
        Movement(),  # floats
    )
    assert whole(cells_of(*moves), 20, flow_um_s=(1.0, 0.0)).still.tolist() == [True, False, False, False]
    walk = whole(cells_of(moves[0]), 20)
    walk.present[5:] = False
    assert not replace(walk).still.any()  # a cell that goes is no part of the backdrop


def test_a_circling_swimmer_keeps_its_radius() -> None:
    """20 um/s turning by 2 rad/s go round a circle of 10 um; after half a turn the cell is a diameter away."""
    walk = whole(cells_of(Movement(speed_um_s=20.0, turn_rad_s=np.pi)), 100)  # a turn in 2 s
    centre = walk.centre_um[:-1, 0].mean(axis=0)
    radius = np.hypot(*(walk.centre_um[:, 0] - centre).T)
    # Steps are chords of the circle: as long as its arcs, so it is larger by a part in 6000 (0.0628^2 / 24).
    np.testing.assert_allclose(radius, 20 / np.pi, rtol=1e-3)
    np.testing.assert_allclose(walk.centre_um[100, 0], walk.centre_um[0, 0], atol=1e-9)


def test_a_beat_runs_like_a_clock() -> None:
    walk = whole(cells_of(Movement(beat_hz=8.0), Movement(beat_hz=0.0)), 50)
    np.testing.assert_allclose(walk.phase_rad[-1] - walk.phase_rad[0], [2 * np.pi * 8, 0], atol=1e-9)
    np.testing.assert_allclose(walk.effort, 1)


def test_an_unsteady_beat_keeps_its_mean_rate_and_effort() -> None:
    """200 cells over 10 s forget their mood 40 times each: 8000 moods, means right to within 5 standard errors."""
    walk = whole(cells_of(*[Movement(beat_hz=8.0, unsteady=0.3)] * 200), 500)
    rate_hz = (walk.phase_rad[-1] - walk.phase_rad[0]) / (2 * np.pi * 10)
    # Rate varies by 0.5 * 0.3; moods last 0.25 s, so 10 s hold 10 / (2 * 0.25) = 20 independent ones a cell.
    error = 8 * 0.5 * 0.3 / np.sqrt(20 * 200)
    assert rate_hz.mean() == pytest.approx(8, abs=5 * error)
    assert walk.effort.mean() == pytest.approx(1, abs=5 * 0.3 / np.sqrt(20 * 200))
    assert walk.effort.std() == pytest.approx(0.3, rel=0.1) and walk.effort.min() >= 0


def test_flow_carries_all_that_is_not_stuck() -> None:
    cells = cells_of(Movement(), Movement(stuck=True), Movement(speed_um_s=5.0))
    still, flowing = whole(cells, 50), whole(cells, 50, flow_um_s=(3.0, -4.0))
    carried = flowing.centre_um[-1] - still.centre_um[-1]
    np.testing.assert_allclose(carried, [[3, -4], [0, 0], [3, -4]], atol=1e-9)


def test_wandering_and_shaking_have_the_sd_that_they_say() -> None:
    """The sd of 600 directions and 1200 coordinates after 1 s; 5 standard errors of an sd are 5 / sqrt(2 n)."""
    walk = whole(cells_of(*[Movement(wander_rad=0.4, shake_um=0.3)] * 600), 50)
    turned = walk.direction_rad[-1] - walk.direction_rad[0]
    moved = walk.centre_um[-1] - walk.centre_um[0]
    assert turned.std() == pytest.approx(0.4, rel=5 / np.sqrt(2 * 600))
    assert moved.std() == pytest.approx(0.3, rel=5 / np.sqrt(2 * 1200))
    assert abs(moved.mean()) < 5 * 0.3 / np.sqrt(1200)


@settings(deadline=None, max_examples=25)
@given(chunk=st.integers(1, 90), n_frames=st.integers(1, 80))
def test_the_chunk_changes_no_number(chunk: int, n_frames: int) -> None:
    moves = Movement(speed_um_s=20.0, turn_rad_s=0.5, wander_rad=0.3, shake_um=0.2, beat_hz=9.0, unsteady=0.8)
    cells = cells_of(moves, moves)
    expected = whole(cells, n_frames, seed=3)
    parts = list(walks(cells, streams(2, 3), n_frames=n_frames, fps_hz=FPS_HZ, flow_um_s=(0.0, 0.0), chunk=chunk))
    assert sum(part.n_frames for part in parts) == n_frames
    for field in fields(Walk):
        rows = [getattr(part, field.name) for part in parts]
        for before, after in pairwise(rows):
            np.testing.assert_array_equal(before[-1], after[0], err_msg=field.name)
        joined = np.concatenate([row[:-1] for row in rows] + [rows[-1][-1:]])
        # Running sums begin anew in each chunk, so the last bits may differ.
        np.testing.assert_allclose(joined, getattr(expected, field.name), atol=1e-9, err_msg=field.name)


def test_one_more_cell_changes_no_other() -> None:
    moves = Movement(speed_um_s=20.0, wander_rad=0.3, shake_um=0.2, beat_hz=9.0, unsteady=0.8)
    two, three = whole(cells_of(moves, moves), 40), whole(cells_of(moves, moves, moves), 40)
    for field in fields(Walk):
        np.testing.assert_array_equal(getattr(two, field.name), getattr(three, field.name)[:, :2])
