"""Repair of time stamps, from stamps whose true times are known."""

import numpy as np
import pytest

from motilens.video.time_stamps import LEAP_S, repaired, without_leaps


@pytest.mark.parametrize("power", [31, 50, 62])
def test_stamps_that_leap_keep_their_intervals(power: int) -> None:
    near = without_leaps([0, 20, None, 40, 2**power, 2**power + 20, 2**power + 50], 0.001)
    leap = min(2**power - 40, int(LEAP_S * 1000))
    assert near == [0, 20, None, 40, 40 + leap, 60 + leap, 90 + leap]


def test_stamps_without_leaps_keep_their_differences_in_any_order() -> None:
    assert without_leaps([300, 100, 200, 100], 0.001) == [200, 0, 100, 0]
    assert without_leaps([None, None], 0.001) == [None, None]


@pytest.mark.parametrize("end", [[8, 7], [9, 7, 8], [12, 8, 7, 9, 11, 10]])
def test_the_last_frames_of_a_file_may_be_reordered(end: list[int]) -> None:
    stamps = np.array([0, 3, 1, 2, 6, 4, 5, *end], dtype=float)
    line = repaired(stamps / 25, interval_s=1 / 25)
    assert line.restarts == () and line.problems == ()
    np.testing.assert_allclose(line.times_s, np.sort(stamps) / 25)


@pytest.mark.parametrize("second", [[0, 1, 2, 3], [0.3, 1.3, 2.3], [-500, -499, -498]])
def test_a_clock_that_starts_again_shortly_before_the_end(second: list[float]) -> None:
    stamps = np.array([*range(40), *second], dtype=float)
    line = repaired(stamps / 25, interval_s=1 / 25)
    assert line.restarts == (40,)
    np.testing.assert_allclose(line.times_s, np.arange(len(stamps)) / 25)
