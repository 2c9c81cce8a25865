"""Kinematics of paths that are worked out on paper."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from motilens.errors import InputError
from motilens.tracking.kinematics import QUANTITIES, kinematics

FPS_HZ = 50.0


def one(heads_um: np.ndarray, average_um: np.ndarray | None = None, fps_hz: float = FPS_HZ) -> dict[str, float]:
    """Values of a single cell by name."""
    average = None if average_um is None else average_um[:, None]
    found = kinematics(heads_um[:, None], fps_hz=fps_hz, average_um=average)
    return {name: float(getattr(found, name)[0]) for name in QUANTITIES}


def straight(speed_um_s: float, n_frames: int = 51, heading_rad: float = 0.0, fps_hz: float = FPS_HZ) -> np.ndarray:
    way = np.arange(n_frames) * speed_um_s / fps_hz
    return way[:, None] * [np.cos(heading_rad), np.sin(heading_rad)]


def wave(beat_hz: float, amplitude_um: float, n_frames: int, heading_rad: float = 0.0) -> np.ndarray:
    """25 um/s along a line, swinging to both sides of it."""
    aside = amplitude_um * np.sin(2 * np.pi * beat_hz * np.arange(n_frames) / FPS_HZ + 0.3)
    across = np.array([-np.sin(heading_rad), np.cos(heading_rad)])
    return straight(25, n_frames, heading_rad) + aside[:, None] * across


# --- the average path smoothed from the positions, as for tracks


@pytest.mark.parametrize("fps_hz", [10.0, 50.0, 60.0, 200.0])
@pytest.mark.parametrize("heading_rad", [0.0, 0.7, np.pi / 2, 4.0])
def test_a_straight_swimmer(fps_hz: float, heading_rad: float) -> None:
    found = one(straight(30, heading_rad=heading_rad, fps_hz=fps_hz), fps_hz=fps_hz)
    assert [found[name] for name in ("vcl_um_s", "vsl_um_s", "vap_um_s")] == pytest.approx([30] * 3)
    assert [found[name] for name in ("lin", "str", "wob")] == pytest.approx([1] * 3)
    assert (found["alh_um"], found["bcf_hz"]) == (0, 0)


def test_a_cell_that_stands() -> None:
    assert one(np.full((51, 2), 7.3)) == dict.fromkeys(QUANTITIES, 0)


def test_a_whole_circle() -> None:
    """Radius 10 um, once round in 1 s at 50 frames/s: VCL is the 50-gon's, VAP that of the circle of five-point means.

    The mean of five neighbours lies nearer to the centre by sin(5 h) / (5 sin h), h half the angle between two.
    """
    turn = 2 * np.pi * np.arange(51) / 50
    found = one(10 * np.stack([np.cos(turn), np.sin(turn)], axis=1))
    polygon = 50 * 2 * 10 * np.sin(np.pi / 50)
    assert found["vcl_um_s"] == pytest.approx(polygon)
    assert found["vap_um_s"] == pytest.approx(polygon * np.sin(5 * np.pi / 50) / (5 * np.sin(np.pi / 50)), rel=2e-3)
    assert [found[name] for name in ("vsl_um_s", "lin", "str")] == pytest.approx([0] * 3, abs=1e-9)
    assert found["wob"] == pytest.approx(found["vap_um_s"] / found["vcl_um_s"])


def test_a_half_circle() -> None:
    """VSL is the diameter over half a second, LIN about 2 / pi."""
    turn = np.pi * np.arange(26) / 25
    found = one(10 * np.stack([np.cos(turn), np.sin(turn)], axis=1))
    assert found["vsl_um_s"] == pytest.approx(20 / 0.5)
    assert found["lin"] == pytest.approx(2 / np.pi, rel=2e-3)  # a polygon is that much shorter than its circle


@pytest.mark.parametrize("heading_rad", [0.0, 2.0])
def test_a_wave_whose_beat_the_average_takes_out(heading_rad: float) -> None:
    """10 Hz are five frames at 50 frames/s, so the average path is the line; ALH is 2 um, and a beat crosses twice."""
    found = one(wave(10.0, 1.0, 101, heading_rad))
    peaks = np.abs(np.sin(2 * np.pi * np.arange(5) / 5 + 0.3))  # frames miss the peaks
    assert found["alh_um"] == pytest.approx(2 * (peaks[1] + peaks[[3, 4]].max()) / 2)
    assert found["bcf_hz"] == pytest.approx(20, abs=0.5)
    assert found["vap_um_s"] == pytest.approx(25, rel=0.05)  # the ends are smoothed less
    assert found["str"] == pytest.approx(1, rel=0.05) and found["lin"] < 0.6


def test_a_slow_wave_is_partly_followed_by_the_average() -> None:
    """At 4 Hz the five-point mean keeps sin(5 h) / (5 sin h) of the swing, h = 4 pi / 50; ALH has the rest."""
    h = 4 * np.pi / 50
    found = one(wave(4.0, 2.0, 201))
    assert found["alh_um"] == pytest.approx(2 * 2 * (1 - np.sin(5 * h) / (5 * np.sin(h))), rel=0.05)
    assert found["bcf_hz"] == pytest.approx(8, abs=0.5)


def test_paths_as_short_as_can_be() -> None:
    assert one(np.array([[0.0, 0], [3, 4]]))["vcl_um_s"] == pytest.approx(250)
    assert one(np.array([[0.0, 0], [3, 4], [0, 0]]))["vsl_um_s"] == 0
    with pytest.raises(InputError, match="kinematics of 1 frames; allowed: at least 2"):
        one(np.zeros((1, 2)))


@settings(deadline=None, max_examples=50)  # a shared machine may be slow for a moment
@given(arrays(np.float64, st.tuples(st.integers(2, 40), st.just(3), st.just(2)), elements=st.floats(-1e3, 1e3)))
def test_straight_average_and_curvilinear_velocities_are_in_order(heads_um: np.ndarray) -> None:
    found = kinematics(heads_um, fps_hz=FPS_HZ)
    slack = 1 + 1e-9
    assert (found.vsl_um_s <= found.vap_um_s * slack + 1e-6).all()
    assert (found.vap_um_s <= found.vcl_um_s * slack + 1e-6).all()
    assert (found.lin >= 0).all() and (found.alh_um >= 0).all() and (found.bcf_hz >= 0).all()


def test_cells_are_measured_each_by_itself() -> None:
    paths = np.stack([straight(30), wave(10.0, 1.0, 51), np.zeros((51, 2))], axis=1)
    together = kinematics(paths, fps_hz=FPS_HZ)
    for k in range(3):
        alone = one(paths[:, k])
        assert [getattr(together, name)[k] for name in QUANTITIES] == pytest.approx(list(alone.values()))


def test_twice_the_frame_rate_of_the_same_positions_is_twice_the_speed() -> None:
    path = wave(10.0, 1.0, 51)
    slow, fast = one(path, straight(25), FPS_HZ), one(path, straight(25), 2 * FPS_HZ)
    for name in QUANTITIES:
        assert fast[name] == pytest.approx((2 if name.endswith(("_um_s", "_hz")) else 1) * slow[name])


# --- the average path given, as in a simulation


def test_a_zigzag() -> None:
    """20 um/s along x, steps of 0.6 um aside: .3 .9 1.5 .9 .3 -.3 -.9 -1.5 -.9 -.3 and again, all exact.

    The path is 50 steps of hypot(20 / 50, 0.6) um; the largest deviations are 1.5 um, so ALH is 3 um; ten crossings.
    """
    aside = 1.5 - 0.6 * np.abs((np.arange(51) + 3) % 10 - 5)
    path = straight(20)
    found = one(path + aside[:, None] * [0, 1], path)
    vcl = 50 * np.hypot(0.4, 0.6)
    assert list(found.values()) == pytest.approx([vcl, 20, 20, 20 / vcl, 1, 20 / vcl, 3, 10])


@pytest.mark.parametrize("beat_hz", [4.0, 9.0, 16.0])
@pytest.mark.parametrize("heading_rad", [0.0, 2.0])
def test_a_wave_about_a_known_path(beat_hz: float, heading_rad: float) -> None:
    found = one(wave(beat_hz, 1.0, 101, heading_rad), straight(25, 101, heading_rad))
    assert found["bcf_hz"] == pytest.approx(2 * beat_hz, abs=0.5)  # one crossing more or less in 2 s
    assert found["alh_um"] == pytest.approx(2, rel=0.2)  # at 16 Hz frames miss the peaks by up to 16 %
    assert found["lin"] < 1


def test_a_swing_on_the_spot() -> None:
    """Without a path the swing counts along its own direction: 0.5 um at 5 Hz, whatever way it points."""
    swing = 0.5 * np.sin(2 * np.pi * 5 * np.arange(101) / FPS_HZ + 0.1)
    for angle in (0.0, 0.4, 1.2, 2.5):
        found = one(swing[:, None] * [np.cos(angle), np.sin(angle)], np.zeros((101, 2)))
        assert found["alh_um"] == pytest.approx(1.0, rel=0.06)  # ten frames a swing miss its peak by up to 5 %
        assert found["bcf_hz"] == pytest.approx(10, abs=0.5)
        assert (found["vap_um_s"], found["str"], found["wob"]) == (0, 0, 0)
