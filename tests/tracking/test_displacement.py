import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motilens.errors import InputError
from motilens.tracking.displacement import MISSING, mean_squared_displacement, windows
from motilens.tracking.quiet_trackpy import quiet
from tests.tracking.scenes import SCALE, straight, tracks_at

LAGS = np.arange(1, 21)


def test_what_stands_has_none_and_what_swims_straight_grows_with_the_square() -> None:
    found = mean_squared_displacement(tracks_at(straight(60, [0, 5, 30])), n_lags=20)
    assert found == pytest.approx((np.array([[0], [5], [30]]) * LAGS / 50.0) ** 2, abs=1e-8)


def test_brownian_motion_grows_with_the_lag() -> None:
    # Steps of 0.3 px, 0.15 um: 2 x 0.15^2 um^2 a frame. 200 cells of 400 frames know that to about 1 %.
    places = 50 + np.cumsum(np.random.default_rng(0).normal(0, 0.3, (400, 200, 2)), axis=0)
    msd = mean_squared_displacement(tracks_at(places), n_lags=20).mean(axis=0)
    assert msd == pytest.approx(2 * 0.15**2 * LAGS, rel=0.04)
    slope, _ = np.polyfit(np.log(LAGS), np.log(msd), 1)
    assert slope == pytest.approx(1.0, abs=0.03)


def test_missing_lags_are_minus_one() -> None:
    places = straight(10, [10, 10, 10])
    places[4:, 0] = np.nan  # four places: three lags
    places[[1, 3, 5, 7, 9], 1] = np.nan  # every second: even lags alone
    found = mean_squared_displacement(tracks_at(places), n_lags=12)
    known = [[1, 2, 3], [2, 4, 6, 8], list(range(1, 10))]
    for row, lags in zip(found, known, strict=True):
        assert (np.flatnonzero(row != MISSING) + 1).tolist() == lags
        assert row[row != MISSING] == pytest.approx((10 * np.array(lags) / 50.0) ** 2)


@settings(max_examples=25, deadline=None)
@given(st.integers(2, 40), st.integers(1, 5), st.floats(0, 0.6), st.integers(0, 1000))
def test_it_is_the_definition_and_deaf_to_where_and_which_way(n: int, cells: int, gaps: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    places = rng.uniform(0, 600, (n, cells, 2))
    places[1:][rng.random((n - 1, cells)) < gaps] = np.nan
    found = mean_squared_displacement(tracks_at(places), n_lags=n + 2)
    for lag in range(1, n + 3):
        steps = (places[lag:] - places[:-lag]) * SCALE.um_per_px if lag < n else np.empty((0, cells, 2))
        squares = (steps**2).sum(axis=2)
        for k in range(cells):
            known = squares[np.isfinite(squares[:, k]), k]
            assert found[k, lag - 1] == pytest.approx(known.mean() if len(known) else MISSING, abs=1e-6)
    turned = mean_squared_displacement(tracks_at(places[..., ::-1] + 37), n_lags=n + 2)
    assert turned == pytest.approx(found, abs=1e-6)
    assert ((found >= 0) | (found == MISSING)).all()


def test_it_is_trackpys() -> None:
    places = np.cumsum(np.random.default_rng(1).normal(0, 1, (60, 5, 2)), axis=0)
    places[1:][np.random.default_rng(2).random((59, 5)) < 0.1] = np.nan
    tracks = tracks_at(places)
    with quiet():
        import pandas
        import trackpy

        table = pandas.DataFrame({"frame": tracks.frame, "particle": tracks.track, "x": tracks.x_px, "y": tracks.y_px})
        expected = trackpy.imsd(table, SCALE.um_per_px, SCALE.fps_hz, max_lagtime=20).to_numpy().T
    assert mean_squared_displacement(tracks, n_lags=20) == pytest.approx(expected)


def test_no_track_has_no_row() -> None:
    assert mean_squared_displacement(tracks_at(np.full((9, 0, 2), np.nan)), n_lags=5).shape == (0, 5)


def test_windows_on_paper() -> None:
    assert windows(1500, length=500, step=250).tolist() == [[k, k + 500] for k in (0, 250, 500, 750, 1000)]
    assert windows(999, length=500, step=250).tolist() == [[0, 500], [250, 750]]
    assert windows(300, length=500, step=250).tolist() == [[0, 300]]


def test_nothing_to_ask_for_is_refused() -> None:
    with pytest.raises(InputError, match="mean squared displacement at 0 lags; allowed: at least 1"):
        mean_squared_displacement(tracks_at(straight(5, [0])), n_lags=0)
    with pytest.raises(InputError, match="windows of 0 frames every 1 of 9; allowed: at least 1 each"):
        windows(9, length=0, step=1)
