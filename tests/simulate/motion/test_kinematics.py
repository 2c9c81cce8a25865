"""VSL, VCL, VAP, LIN, ALH and BCF of paths that are worked out on paper."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from motilens.simulate.motion.kinematics import Kinematics, kinematics

FPS_HZ = 50.0


def one(heads_um: np.ndarray, centres_um: np.ndarray | None = None, fps_hz: float = FPS_HZ) -> Kinematics:
    """Measure one cell; without an average path it is its own."""
    centres = heads_um if centres_um is None else centres_um
    return kinematics(heads_um[:, None], centres[:, None], fps_hz=fps_hz)


def straight(speed_um_s: float, n_frames: int = 51, heading_rad: float = 0.0) -> np.ndarray:
    way = np.arange(n_frames) * speed_um_s / FPS_HZ
    return way[:, None] * [np.cos(heading_rad), np.sin(heading_rad)]


@pytest.mark.parametrize("heading_rad", [0.0, 0.7, np.pi / 2, 4.0])
def test_a_straight_line(heading_rad: float) -> None:
    """30 um in 1 s along a line: all three speeds are 30 um/s, nothing is aside of it."""
    found = one(straight(30, heading_rad=heading_rad))
    for speed in (found.vsl_um_s, found.vcl_um_s, found.vap_um_s):
        assert speed[0] == pytest.approx(30, rel=1e-9)
    assert found.lin[0] == pytest.approx(1, rel=1e-9)
    assert (found.alh_um[0], found.bcf_hz[0]) == (0, 0)


def test_a_whole_circle() -> None:
    """Radius 10 um, once round in 1 s at 50 fps: back at the start, VCL a 50-gon's 50 * 2 * 10 sin(pi/50)."""
    turn = 2 * np.pi * np.arange(51) / 50
    found = one(10 * np.stack([np.cos(turn), np.sin(turn)], axis=1))
    assert found.vsl_um_s[0] == pytest.approx(0, abs=1e-9)
    assert found.vcl_um_s[0] == pytest.approx(50 * 2 * 10 * np.sin(np.pi / 50), rel=1e-9)
    assert found.lin[0] == pytest.approx(0, abs=1e-9)


def test_a_half_circle() -> None:
    """Half of it: VSL is the diameter over half a second, LIN about 2 / pi."""
    turn = np.pi * np.arange(26) / 25
    found = one(10 * np.stack([np.cos(turn), np.sin(turn)], axis=1))
    assert found.vsl_um_s[0] == pytest.approx(20 / 0.5, rel=1e-9)
    assert found.lin[0] == pytest.approx(2 / np.pi, rel=2e-3)  # a polygon is that much shorter than its circle


def test_a_zigzag() -> None:
    """20 um/s along x, steps of 0.6 um aside: .3 .9 1.5 .9 .3 -.3 -.9 -1.5 -.9 -.3 and again, all exact.

    The way is 50 steps of hypot(20 / 50, 0.6) um; the largest deviations are 1.5 um, so ALH is 3 um; ten crossings.
    """
    aside = 1.5 - 0.6 * np.abs((np.arange(51) + 3) % 10 - 5)
    path = straight(20)
    found = one(path + aside[:, None] * [0, 1], path)
    assert found.vsl_um_s[0] == pytest.approx(20)
    assert found.vap_um_s[0] == pytest.approx(20)
    assert found.vcl_um_s[0] == pytest.approx(50 * np.hypot(0.4, 0.6))
    assert found.lin[0] == pytest.approx(0.4 / np.hypot(0.4, 0.6))
    assert found.alh_um[0] == pytest.approx(3)
    assert found.bcf_hz[0] == pytest.approx(10)


@pytest.mark.parametrize("beat_hz", [4.0, 9.0, 16.0])
@pytest.mark.parametrize("heading_rad", [0.0, 2.0])
def test_a_wave(beat_hz: float, heading_rad: float) -> None:
    """A sine of 1 um about a line crosses it twice a beat; its largest deviations are twice 1 um apart."""
    t = np.arange(101) / FPS_HZ
    path = straight(25, 101, heading_rad)
    aside = np.sin(2 * np.pi * beat_hz * t + 0.3)
    found = one(path + aside[:, None] * [-np.sin(heading_rad), np.cos(heading_rad)], path)
    assert found.bcf_hz[0] == pytest.approx(2 * beat_hz, abs=0.5)  # one crossing more or less in 2 s
    assert found.alh_um[0] == pytest.approx(2, rel=0.2)  # at 16 Hz frames miss the peaks by up to 16 %
    assert found.lin[0] < 1


def test_a_swing_on_the_spot() -> None:
    """Without a path the swing counts along its own direction: 0.5 um at 5 Hz, whatever way it points."""
    t = np.arange(101) / FPS_HZ
    swing = 0.5 * np.sin(2 * np.pi * 5 * t + 0.1)
    for angle in (0.0, 0.4, 1.2, 2.5):
        heads = swing[:, None] * [np.cos(angle), np.sin(angle)]
        found = one(heads, np.zeros((101, 2)))
        assert found.alh_um[0] == pytest.approx(1.0, rel=0.06)  # ten frames a swing miss its peak by up to 5 %
        assert found.bcf_hz[0] == pytest.approx(10, abs=0.5)
        assert found.vap_um_s[0] == 0


def test_a_cell_that_stands_has_nothing_but_zeros() -> None:
    found = one(np.full((51, 2), 7.0))
    for name in ("vsl_um_s", "vcl_um_s", "vap_um_s", "lin", "alh_um", "bcf_hz"):
        assert getattr(found, name)[0] == 0, name


def test_cells_are_measured_each_by_itself() -> None:
    paths = np.stack([straight(30), straight(10, heading_rad=1.0), np.zeros((51, 2))], axis=1)
    together = kinematics(paths, paths, fps_hz=FPS_HZ)
    np.testing.assert_allclose(together.vsl_um_s, [30, 10, 0], atol=1e-9)
    np.testing.assert_allclose(together.lin, [1, 1, 0], atol=1e-9)


def test_twice_the_frame_rate_of_the_same_places_is_twice_the_speed() -> None:
    path = straight(30) + np.sin(np.arange(51))[:, None] * [0, 1]
    slow, fast = one(path, straight(30), FPS_HZ), one(path, straight(30), 2 * FPS_HZ)
    for name in ("vsl_um_s", "vcl_um_s", "vap_um_s", "bcf_hz"):
        assert getattr(fast, name)[0] == pytest.approx(2 * getattr(slow, name)[0])
    assert (fast.lin[0], fast.alh_um[0]) == pytest.approx((slow.lin[0], slow.alh_um[0]))


@settings(deadline=None, max_examples=50)  # a shared machine may be slow for a moment
@given(arrays(np.float64, (12, 3, 2), elements=st.floats(-1e3, 1e3)))
def test_no_straight_way_is_longer_than_the_way_taken(heads_um: np.ndarray) -> None:
    found = kinematics(heads_um, heads_um * 0.5, fps_hz=FPS_HZ)
    assert (found.vsl_um_s <= found.vcl_um_s * (1 + 1e-9) + 1e-9).all()
    assert (found.lin >= 0).all() and (found.lin <= 1 + 1e-9).all()
    assert (found.alh_um >= 0).all() and (found.bcf_hz >= 0).all()
