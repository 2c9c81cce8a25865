import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from motilens.errors import InputError
from motilens.tracking.tracks import Detections, Scale, Tracks
from tests.tracking.scenes import SCALE, heads_at, straight, tracks_at


def test_values_say_what_they_hold_and_not_their_numbers() -> None:
    assert repr(heads_at(straight(7, [0, 0]))) == "Detections(14 heads in 7 frames)"
    assert repr(tracks_at(straight(7, [0, 0]))) == (
        "Tracks(2 tracks, 14 points in 7 frames, Scale(um_per_px=0.5, fps_hz=50.0))"
    )
    assert len(tracks_at(np.full((7, 0, 2), np.nan))) == 0


def test_places_are_in_um_and_without_drift() -> None:
    tracks = tracks_at(np.array([[[10.0, 20.0]], [[13.0, 20.0]]]))
    drifted = Tracks(
        tracks.track, tracks.frame, tracks.x_px, tracks.y_px, tracks.beat, np.array([[0.0, 0.0], [3.0, -2.0]]), SCALE
    )
    assert drifted.places_um().tolist() == [[5.0, 10.0], [5.0, 11.0]]


@given(st.integers(0, 19), st.integers(1, 20), st.integers(2, 6), st.integers(0, 100))
def test_a_part_of_the_time_holds_the_points_of_that_time(start: int, length: int, least: int, seed: int) -> None:
    stop = min(20, start + length)
    places = np.random.default_rng(seed).uniform(0, 100, (20, 4, 2))
    places[np.random.default_rng(seed).random((20, 4)) < 0.3] = np.nan
    seen = np.isfinite(places[..., 0])
    whole = tracks_at(places[:, seen.any(axis=0)])
    part = whole.between(start, stop, least_frames=least)
    kept = seen[start:stop].sum(axis=0) >= least
    assert len(part) == kept.sum() and part.n_frames == stop - start
    assert len(part.track) == seen[start:stop, kept].sum()
    expected = tracks_at(places[start:stop, kept])
    assert (part.x_px == expected.x_px).all() and (part.frame == expected.frame).all()


def test_what_does_not_fit_together_is_refused() -> None:
    one, two = np.zeros(1), np.zeros(2)
    with pytest.raises(InputError, match="scale of 0.0 um a pixel and 50.0 frames/s; allowed: above 0"):
        Scale(0.0, 50.0)
    for frame in ([1, 0], [0, 3], [-1, 0]):
        with pytest.raises(InputError, match=r"heads of 3 frames: .* frames in order, from 0 to 2"):
            Detections(np.array(frame), two, two, two, two, n_frames=3)
    for track, frame in (([0, 2], [0, 0]), ([1, 1], [0, 1]), ([0, 0], [1, 1]), ([0, 0], [0, 3])):
        with pytest.raises(InputError, match="tracks of 3 frames: .* allowed: one length, tracks from 0 without gaps"):
            Tracks(np.array(track), np.array(frame), two, two, two, np.zeros((3, 2)), SCALE)
    tracks = Tracks(np.array([0]), np.array([0]), one, one, one, np.zeros((3, 2)), SCALE)
    for start, stop in ((-1, 2), (2, 2), (0, 4)):
        with pytest.raises(InputError, match=r"frames \[.*\) of tracks of 3 frames; allowed: a range within"):
            tracks.between(start, stop)
