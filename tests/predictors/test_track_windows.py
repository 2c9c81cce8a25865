import numpy as np
import pytest

from motilens.predictors.track_windows import displacements_at, windows_of
from motilens.tracking.displacement import MISSING
from motilens.tracking.tracks import Scale
from tests.methods.tracked import SETTINGS, recording, segment
from tests.tracking.scenes import straight, tracks_at


def test_windows_are_10_s_every_5_s_and_a_short_segment_is_one() -> None:
    found = windows_of(recording(*(segment(4, 0, 0, n_frames=n) for n in (60, 1100, 500))), SETTINGS)
    assert [w.n_frames for w in found] == [60, 500, 500, 500, 500]  # of 22 s: from 0, 5 and 10 s
    assert [len(w) for w in found] == [10] * 5


def test_a_segment_with_room_for_one_window_gives_no_more_than_the_window() -> None:
    (window,) = windows_of(recording(segment(4, 0, 0, n_frames=749)), SETTINGS)  # 14.98 s
    assert window.n_frames == 500 and window.frame.max() == 499


def test_settings_decide_length_and_step() -> None:
    config = SETTINGS.bag_of_words.model_copy(update={"window_s": 2.0, "step_s": 1.0})
    found = windows_of(recording(segment(4, 0, 0, n_frames=200)), SETTINGS.model_copy(update={"bag_of_words": config}))
    assert [w.n_frames for w in found] == [100, 100, 100]


def test_what_all_cells_do_alike_is_drift_and_is_removed() -> None:
    flowing = tracks_at(straight(100, [0.0] * 6) + np.arange(100)[:, None, None] * np.array([0.3, 0.1]))
    (window,) = windows_of(recording(flowing), SETTINGS)
    assert displacements_at(window, np.array([0.5, 1.0])) == pytest.approx(np.zeros((6, 2)), abs=1e-9)


def test_lags_are_times() -> None:
    lags_s = 3.0 * np.arange(1, 51) / 50
    slow, fast = Scale(0.5, 25.0), Scale(0.5, 50.0)
    one = tracks_at(straight(76, [20.0], scale=slow), scale=slow)
    other = tracks_at(straight(151, [20.0], scale=fast), scale=fast)
    # What swims straight has gone (speed * lag)^2; slow recordings have the nearest frame.
    assert displacements_at(other, lags_s)[0] == pytest.approx((20 * lags_s) ** 2)
    assert displacements_at(one, lags_s)[0] == pytest.approx((20 * lags_s) ** 2, abs=100)
    short = displacements_at(other.between(0, 50), lags_s)
    assert (short[0] == MISSING).tolist() == (np.rint(lags_s * 50) > 49).tolist()
