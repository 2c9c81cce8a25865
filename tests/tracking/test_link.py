import numpy as np
import pytest

from motilens.config import DriftName
from motilens.errors import TrackError
from motilens.tracking.link import DRIFTS, drift, link_heads, without_drift
from motilens.tracking.quiet_trackpy import quiet
from tests.tracking.scenes import SCALE, heads_at, straight, tracks_at


def moving(n_frames: int = 40, speeds: tuple[float, ...] = (0.0, 10.0, 30.0, 60.0)) -> np.ndarray:
    return straight(n_frames, speeds)


def test_each_cell_is_one_track_in_the_order_of_their_places() -> None:
    places = moving()
    tracks = link_heads(heads_at(places), scale=SCALE)
    assert len(tracks) == 4
    for k in range(4):
        of_track = tracks.track == k
        assert tracks.frame[of_track].tolist() == list(range(40))
        assert tracks.x_px[of_track] == pytest.approx(places[:, k, 0])
        assert tracks.y_px[of_track] == pytest.approx(places[:, k, 1])


def test_places_and_not_the_order_of_the_heads_decide() -> None:
    places = moving()
    shuffled = np.random.default_rng(0).permuted(np.arange(4)[None].repeat(40, axis=0), axis=1)
    one = link_heads(heads_at(places), scale=SCALE)
    other = link_heads(heads_at(np.take_along_axis(places, shuffled[..., None], axis=1)), scale=SCALE)
    for name in ("track", "frame", "x_px", "y_px"):
        assert getattr(one, name) == pytest.approx(getattr(other, name))


@pytest.mark.parametrize(("lost", "n_tracks"), [(3, 1), (4, 2)])
def test_a_head_may_be_lost_for_three_frames(lost: int, n_tracks: int) -> None:
    places = moving(80, (0.0,))
    places[35 : 35 + lost] = np.nan
    tracks = link_heads(heads_at(places), scale=SCALE)
    assert len(tracks) == n_tracks and len(tracks.track) == 80 - lost


@pytest.mark.parametrize(("speed_px", "n_tracks"), [(4.9, 1), (5.1, 0)])
def test_a_head_moves_five_pixels_at_most(speed_px: float, n_tracks: int) -> None:
    places = moving(30, (speed_px * SCALE.um_per_px * SCALE.fps_hz,))
    assert len(link_heads(heads_at(places), scale=SCALE)) == n_tracks


@pytest.mark.parametrize(("n_frames", "n_tracks"), [(24, 0), (25, 1)])
def test_stubs_are_left_out(n_frames: int, n_tracks: int) -> None:
    places = moving(40, (0.0,))
    places[n_frames:] = np.nan
    tracks = link_heads(heads_at(places), scale=SCALE)
    assert len(tracks) == n_tracks and tracks.n_frames == 40


def test_frames_before_the_first_head_and_none_at_all_are_fine() -> None:
    places = moving(60)
    places[:10] = np.nan
    assert link_heads(heads_at(places), scale=SCALE).frame.min() == 10
    places[:] = np.nan
    empty = link_heads(heads_at(places), scale=SCALE)
    assert len(empty) == 0 and empty.n_frames == 60 and not empty.drift_px.any()


# --- drift


@pytest.mark.parametrize("name", ["mean", "median"])
def test_what_carries_everything_is_removed(name: DriftName) -> None:
    still = moving(30, (0.0,) * 6)
    flow = np.cumsum(np.random.default_rng(0).normal(0.2, 0.3, (30, 1, 2)), axis=0)
    tracks = without_drift(link_heads(heads_at(still + flow), scale=SCALE), name)
    assert tracks.drift_px == pytest.approx((flow - flow[0])[:, 0])
    assert np.ptp(tracks.places_um()[tracks.track == 2], axis=0) == pytest.approx([0, 0], abs=1e-9)
    assert tracks.x_px[:3] == pytest.approx((still + flow)[:3, 0, 0])  # places in the picture stay


def test_the_mean_follows_a_swimmer_and_the_median_does_not() -> None:
    tracks = tracks_at(moving(50, (30.0, 0, 0, 0, 0)))
    assert drift(tracks, "mean")[-1] == pytest.approx([49 * 1.2 / 5, 0])
    assert drift(tracks, "median")[-1] == pytest.approx([0, 0])
    assert drift(tracks, "none").tolist() == [[0, 0]] * 50
    alone = tracks_at(moving(50, (30.0,)))
    assert drift(alone, "mean")[-1] == pytest.approx([49 * 1.2, 0])  # all of it
    assert drift(alone, "median")[-1] == pytest.approx([0, 0])
    assert set(DRIFTS) == {"mean", "median", "none"}


def test_steps_over_a_gap_do_not_count() -> None:
    places = moving(6, (25.0, 0.0))  # 1 px a frame, and none
    places[3, 0] = np.nan
    # Into frames 3 and 4 the standing cell alone has a step.
    assert drift(tracks_at(places), "mean")[:, 0] == pytest.approx([0, 0.5, 1.0, 1.0, 1.0, 1.5])


def test_the_mean_is_trackpys() -> None:
    places = np.cumsum(np.random.default_rng(1).normal(0, 1, (30, 7, 2)), axis=0)
    places[np.random.default_rng(2).random((30, 7)) < 0.1] = np.nan
    tracks = tracks_at(places)
    with quiet():
        import pandas
        import trackpy

        table = pandas.DataFrame({"frame": tracks.frame, "particle": tracks.track, "x": tracks.x_px, "y": tracks.y_px})
        expected = trackpy.compute_drift(table)[["x", "y"]]
    assert drift(tracks, "mean")[expected.index] == pytest.approx(expected.to_numpy())


# --- too many


def test_heads_that_are_too_close_to_be_linked_are_one_line() -> None:
    grid = np.stack(np.meshgrid(np.arange(20), np.arange(20)), axis=2).reshape(1, 400, 2) * 3.0
    crowd = np.concatenate([grid, grid + 1.5])
    message = r"too many heads within 5 pixels of each other to be linked in frame 1 \(400 heads a frame\); ask for"
    with pytest.raises(TrackError, match=message) as told:
        link_heads(heads_at(crowd), scale=SCALE)
    assert "\n" not in str(told.value)
    assert isinstance(told.value, ValueError)
