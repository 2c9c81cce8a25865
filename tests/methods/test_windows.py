from pathlib import Path

import numpy as np
import pytest

from motilens.methods.windows import N_LAGS, displacements_at, lags_for, windows_of
from motilens.tracks.displacement import MISSING
from motilens.tracks.values import Scale
from tests.methods.tracked import Crowd, stretch
from tests.tracks.scenes import straight, tracks_at


def of(*n_frames: int) -> Crowd:
    return Crowd({"0": np.zeros(3)}, {"0": tuple(stretch(4, 0, 0, n_frames=n) for n in n_frames)})


def test_windows_are_10_s_every_5_s_and_a_short_stretch_is_one(tmp_path: Path) -> None:
    found = windows_of(of(60, 1100, 500).material(tmp_path), "0")
    assert [w.n_frames for w in found] == [60, 500, 500, 500, 500]  # of 22 s: from 0, 5 and 10 s
    assert [len(w) for w in found] == [10] * 5


def test_lags_are_times(tmp_path: Path) -> None:
    slow, fast = Scale(0.5, 25.0), Scale(0.5, 50.0)
    one = tracks_at(straight(76, [20.0], scale=slow), scale=slow)
    other = tracks_at(straight(151, [20.0], scale=fast), scale=fast)
    lags_s = lags_for([one, tracks_at(straight(30, [0.0], scale=slow), scale=slow)])
    assert len(lags_s) == N_LAGS and lags_s[[0, -1]] == pytest.approx([0.06, 3.0])
    # What swims straight has gone (speed * lag)^2; slow videos have the nearest frame.
    assert displacements_at(other, lags_s, participant="0")[0] == pytest.approx((20 * lags_s) ** 2)
    assert displacements_at(one, lags_s, participant="0")[0] == pytest.approx((20 * lags_s) ** 2, abs=100)
    short = displacements_at(other.between(0, 50), lags_s, participant="0")
    assert (short[0] == MISSING).tolist() == (np.rint(lags_s * 50) > 49).tolist()


def test_few_frames_have_a_lag_each() -> None:
    assert lags_for([tracks_at(straight(6, [20.0]))]) == pytest.approx(np.arange(1, 6) / 50)
