import numpy as np
import pytest

from motilens.config.tracking import ClassThresholds
from motilens.errors import InputError, TrackError
from motilens.tracking.motility_classes import class_shares, cut
from tests.tracking.scenes import SCALE, film, followed, straight, tracks_at

# --- from frames


def test_all_that_swim_straight_and_fast_are_rapid() -> None:
    tracks = followed(film(straight(60, [30] * 8)))
    assert len(tracks) == 8
    shares = class_shares(tracks)
    assert (shares.rapid_pct, shares.motility_pct) == (100, (100, 0, 0))
    assert shares.cell_seconds == pytest.approx(8 * 59 / 50)
    assert cut(tracks, window_s=1.0).vsl_um_s == pytest.approx([30] * 8, abs=0.3)  # a quarter of a pixel at either end


def test_where_none_moves_all_are_immotile() -> None:
    shares = class_shares(followed(film(straight(60, [0] * 8))))
    assert shares.motility_pct == (0, 0, 100)


def test_what_stands_and_beats_is_non_progressive() -> None:
    shares = class_shares(followed(film(straight(60, [0] * 8), beating=range(8))))
    assert shares.motility_pct == (0, 100, 0)


def test_a_mixed_film_on_paper() -> None:
    # Two rapid, two slow, one that beats, three that do nothing; all seen all the time.
    shares = class_shares(followed(film(straight(60, [30, 30, 10, 10, 0, 0, 0, 0]), beating=[5])))
    assert (shares.rapid_pct, shares.slow_pct) == pytest.approx((25, 25))
    assert shares.motility_pct == pytest.approx((50, 12.5, 37.5))


# --- from tracks


def test_classes_begin_where_who_says() -> None:
    for speed, rapid, slow in ((25.01, 100, 0), (24.99, 0, 100), (5.01, 0, 100), (4.99, 0, 0)):
        shares = class_shares(tracks_at(straight(51, [speed])))
        assert (shares.rapid_pct, shares.slow_pct, shares.immotile_pct) == (rapid, slow, 100 - rapid - slow)
    beats = class_shares(tracks_at(straight(51, [4.99]), beat=2.0), ClassThresholds(least_beat=2.0))
    assert beats.motility_pct == (0, 100, 0)


def test_time_counts_and_not_tracks() -> None:
    # A fast cell that is lost and found four times over is five tracks of a fifth of the time.
    places = np.full((250, 6, 2), np.nan)
    places[:, 0] = straight(250, [0])[:, 0]
    for k in range(5):
        places[50 * k : 50 * (k + 1), k + 1] = straight(50, [30])[:, 0]
    shares = class_shares(tracks_at(places))
    assert shares.rapid_pct == pytest.approx(100 * 5 * 49 / (5 * 49 + 249))


def test_a_long_circle_is_measured_piece_by_piece() -> None:
    # Once round in four seconds at 30 um/s along the circle: whole, it went nowhere; a quarter is a chord of it.
    angle = 2 * np.pi * np.arange(201) / 200
    radius_um = 4 * 30 / (2 * np.pi)
    places = 100 + radius_um / SCALE.um_per_px * np.stack([np.cos(angle), np.sin(angle)], axis=1)[:, None]
    tracks = tracks_at(places)
    assert cut(tracks, window_s=1.0).vsl_um_s == pytest.approx([np.sqrt(2) * radius_um] * 4)
    assert cut(tracks, window_s=4.0).vsl_um_s == pytest.approx([0], abs=1e-9)
    assert class_shares(tracks).rapid_pct == 100


def test_what_cannot_be_classified_is_refused() -> None:
    with pytest.raises(TrackError, match="no track to classify; allowed: at least one; look for heads with a lower"):
        class_shares(tracks_at(np.full((50, 0, 2), np.nan)))
    with pytest.raises(InputError, match="tracks without a beat; allowed: tracks of heads that find_heads found"):
        class_shares(tracks_at(straight(50, [0]), beat=float("nan")))
