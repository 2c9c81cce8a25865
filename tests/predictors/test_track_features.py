from dataclasses import replace

import numpy as np
import pytest

from motilens.config import ClassThresholds
from motilens.predictors.track_features import FEATURES, features_of, measure
from motilens.tracking.link import drift
from motilens.tracking.motility_classes import class_shares
from tests.methods.tracked import SETTINGS, recording, segment


def named(*recordings_segments: tuple, thresholds: ClassThresholds | None = None) -> dict[str, float]:
    measured = measure([recording(*segments) for segments in recordings_segments], SETTINGS)
    assert measured is not None
    return dict(zip(FEATURES, features_of(measured, thresholds or ClassThresholds()).tolist(), strict=True))


def test_what_ten_cells_do() -> None:
    found = named((segment(3, 4, 0),))
    assert [found[name] for name in FEATURES[:4]] == pytest.approx([30, 0, 40, 30])
    assert found["log cells"] == pytest.approx(np.log(11))
    assert found["VSL of moving cells"] == pytest.approx(40, abs=1) and found["VSL"] == pytest.approx(12, abs=1)
    assert found["beat"] == 2  # of seven standing cells four beat


def test_shares_are_those_of_the_tracking_package() -> None:
    tracks = segment(3, 4, 0)
    for thresholds in (
        ClassThresholds(least_beat=2.5),
        ClassThresholds(progressive_um_s=24.0),
        ClassThresholds(rapid_um_s=60.0),
    ):
        shares = class_shares(replace(tracks, drift_px=drift(tracks, "median")), thresholds)
        found = named((tracks,), thresholds=thresholds)
        expected = (shares.rapid_pct, shares.slow_pct, shares.non_progressive_pct, shares.immotile_pct)
        assert [found[name] for name in FEATURES[:4]] == pytest.approx(expected)


def test_where_all_or_none_move_every_number_is_finite() -> None:
    assert named((segment(10, 0, 0),))["beat"] == 1  # of all pieces, since none stands
    assert named((segment(0, 0, 0),))["VSL of moving cells"] == 0


def test_segments_and_recordings_are_put_together_by_cell_seconds() -> None:
    stand, swim = segment(0, 0, 0), segment(10, 0, 1)
    assert named((stand, swim, swim, swim))["rapid"] == pytest.approx(75)
    assert named((stand, swim), (swim, swim)) == named((stand, swim, swim, swim))


def test_a_segment_in_which_nothing_was_tracked_counts_as_empty_frames() -> None:
    tracks = segment(3, 4, 0)
    empty = tracks.without_stubs(1000)
    assert named((tracks, empty))["log cells"] == pytest.approx(np.log1p(5))
    assert measure([recording(empty), recording()], SETTINGS) is None
