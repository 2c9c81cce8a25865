from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motilens.errors import InputError
from motilens.tracking.kinematics import QUANTITIES, kinematics
from motilens.tracking.motility_classes import class_shares
from motilens.tracking.pieces import cut, measure
from tests.tracking.scenes import SCALE, straight, tracks_at


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 150), st.integers(1, 5), st.floats(0.1, 3), st.floats(0, 0.3), st.integers(0, 1000))
def test_pieces_make_up_their_track(n: int, cells: int, window_s: float, gaps: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    places = rng.uniform(0, 200, (n, cells, 2))
    places[1:-1][rng.random((n - 2, cells)) < gaps] = np.nan
    tracks = tracks_at(places)
    pieces = cut(tracks, window_s=window_s)
    assert (pieces.seconds > 0).all()
    assert np.bincount(pieces.track, pieces.seconds) == pytest.approx([(n - 1) / 50] * cells)
    whole = cut(tracks, window_s=1e6)
    expected = np.hypot(*((places[-1] - places[0]).T * SCALE.um_per_px)) / ((n - 1) / 50)
    assert whole.vsl_um_s == pytest.approx(expected)
    shares = class_shares(tracks)
    assert sum(shares.motility_pct) == pytest.approx(100)
    assert shares.cell_seconds == pytest.approx(cells * (n - 1) / 50)


def test_a_gap_longer_than_a_piece_loses_no_time() -> None:
    places = straight(100, [30])
    places[1:99] = np.nan
    pieces = cut(tracks_at(places), window_s=0.2)
    assert pieces.seconds.tolist() == [99 / 50] and pieces.vsl_um_s == pytest.approx([30])


def test_a_swimmer_that_passes_by_is_no_beat() -> None:
    tracks = tracks_at(straight(50, [0]))
    beat = np.ones(50)
    beat[10:20] = 30.0
    beat[0] = np.nan  # the first frame has none before it
    object.__setattr__(tracks, "beat", beat)
    assert cut(tracks, window_s=1.0).beat.tolist() == [1.0]


def test_a_window_of_no_length_is_refused() -> None:
    with pytest.raises(InputError, match="pieces of 0.0 s; allowed: above 0"):
        cut(tracks_at(straight(50, [0])), window_s=0.0)


def test_each_piece_is_measured_on_its_own() -> None:
    rng = np.random.default_rng(0)
    places = straight(101, [30, 10]) + rng.normal(0, 0.5, (101, 2, 2))
    tracks = tracks_at(places)
    pieces = cut(tracks, window_s=1.0)
    found = measure(tracks, pieces)
    assert pieces.track.tolist() == [0, 0, 1, 1]
    for k in range(4):
        part = places[50 * (k % 2) : 50 * (k % 2) + 51, k // 2 : k // 2 + 1] * SCALE.um_per_px
        alone = kinematics(part, fps_hz=SCALE.fps_hz)
        for name in QUANTITIES:
            assert getattr(found, name)[k] == pytest.approx(getattr(alone, name)[0])
    assert found.vsl_um_s == pytest.approx(pieces.vsl_um_s)


def test_missed_frames_and_drift_change_nothing_for_a_straight_swimmer() -> None:
    places = straight(51, [30])
    places[20:23] = np.nan
    drift_px = np.arange(51)[:, None] * [0.1, -0.2]
    drifting = replace(tracks_at(places + drift_px[:, None]), drift_px=drift_px)
    found = measure(drifting, cut(drifting, window_s=1.0))
    assert [getattr(found, name)[0] for name in QUANTITIES] == pytest.approx([30, 30, 30, 1, 1, 1, 0, 0], abs=1e-6)


def test_no_track_has_no_piece() -> None:
    none = tracks_at(np.full((50, 0, 2), np.nan))
    pieces = cut(none, window_s=1.0)
    assert len(pieces) == 0 and len(measure(none, pieces).vcl_um_s) == 0
