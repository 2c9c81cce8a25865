"""Cells on given tracks: smoothing keeps what is straight, directions are those of the way."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motilens.simulate.motion.follow import Track, directions, follow, smoothed
from motilens.simulate.motion.gaits import Movement
from tests.simulate.scenes import arrays, even_optics, put, streams

FPS_HZ = 50.0


def line(n_frames: int, speed_um_s: float, heading_rad: float, start: tuple[float, float] = (50.0, 60.0)) -> np.ndarray:
    way = np.arange(n_frames)[:, None] * speed_um_s / FPS_HZ
    return np.array(start) + way * [np.cos(heading_rad), np.sin(heading_rad)]


@settings(deadline=None, max_examples=40)
@given(n=st.integers(1, 80), speed=st.floats(0, 60), heading=st.floats(0, 6.2))
def test_smoothing_leaves_a_straight_way_as_it_is(n: int, speed: float, heading: float) -> None:
    way = line(n, speed, heading)
    np.testing.assert_allclose(smoothed(way, FPS_HZ), way, atol=1e-8)


def test_smoothing_keeps_the_ends_and_takes_the_jitter() -> None:
    way = line(100, 20, 0.3)
    jitter = np.random.default_rng(0).normal(0, 1, way.shape)
    calm = smoothed(way + jitter, FPS_HZ)
    np.testing.assert_allclose(calm[[0, -1]], (way + jitter)[[0, -1]], atol=1e-9)
    # A Gaussian of 6 frames leaves 1 / sqrt(2 sqrt(pi) 6) = 0.22 of white noise; the ends less smoothed.
    assert (calm - way)[20:-20].std() == pytest.approx(0.22, abs=0.08)


def test_a_cell_heads_where_it_goes_and_keeps_its_heading_when_it_stops() -> None:
    goes = line(50, 20, 2.5)
    stops = np.concatenate([goes, np.repeat(goes[-1:], 50, axis=0)])
    heading = directions(stops, FPS_HZ, at_rest_rad=9.0)
    np.testing.assert_allclose(heading, 2.5, atol=1e-9)
    np.testing.assert_array_equal(directions(goes[:1], FPS_HZ, at_rest_rad=0.4), [0.4])
    np.testing.assert_array_equal(directions(np.full((30, 2), 5.0), FPS_HZ, at_rest_rad=0.4), np.full(30, 0.4))


def test_a_direction_never_jumps_by_a_turn() -> None:
    """Twice round a circle: the heading grows by 4 pi, without a jump at pi."""
    turn = 4 * np.pi * np.arange(201) / 200
    heading = directions(10 * np.stack([np.cos(turn), np.sin(turn)], axis=1), FPS_HZ, at_rest_rad=0.0)
    assert heading[-1] - heading[0] == pytest.approx(4 * np.pi, rel=0.02)  # the ends are one-sided differences
    assert np.abs(np.diff(heading)).max() < 0.1


@pytest.mark.parametrize("fps_hz", [50.0, 12.0])
def test_cells_are_on_their_tracks_and_nowhere_else(fps_hz: float) -> None:
    optics = even_optics()
    tracks = [Track(0, line(130, 10, 0.0)), Track(30, line(60, 15, 1.0)), Track(129, line(1, 0, 0.0))]
    cells = arrays(optics, [put(optics, 80, 80, Movement(beat_hz=9.0, speed_um_s=99.0))] * 3)
    walks = list(follow(cells, tracks, streams(3), n_frames=130, fps_hz=fps_hz))
    assert sum(walk.n_frames for walk in walks) == 130
    centre = np.concatenate([walk.centre_um[:-1] for walk in walks])
    present = np.concatenate([walk.present[:-1] for walk in walks])
    phase = np.concatenate([walk.phase_rad[:-1] for walk in walks])
    for k, track in enumerate(tracks):
        frames = np.arange(track.first_frame, track.end_frame)
        np.testing.assert_array_equal(np.flatnonzero(present[:, k]), frames)
        np.testing.assert_allclose(centre[frames, k], track.places_um)
    np.testing.assert_allclose(np.diff(phase[:, 0]), 2 * np.pi * 9 / fps_hz)  # the beat is the cell's own
