import math

import numpy as np
import pytest

from motilens.errors import InputError
from motilens.validation.replicates import accepted_difference, replicates
from tests.validation.peak_flow import MINI, WRIGHT

WHO = (
    ((3, 4), 4),
    ((5, 7), 5),
    ((8, 11), 6),
    ((12, 16), 7),
    ((17, 23), 8),
    ((24, 34), 9),
    ((35, 65), 10),
    ((66, 76), 9),
    ((77, 83), 8),
    ((84, 88), 7),
    ((89, 92), 6),
    ((93, 95), 5),
    ((96, 97), 4),
)
"""Mean of two percentages from 200 cells each, and the difference accepted: WHO laboratory manual, 6th edition."""


@pytest.mark.parametrize(("means", "accepted"), WHO)
def test_the_accepted_difference_is_whos_to_less_than_a_point(means: tuple[int, int], accepted: int) -> None:
    for mean in means:
        assert accepted_difference(float(mean)) == pytest.approx(accepted, abs=0.75)


def test_at_one_half_two_counts_of_200_may_differ_by_ten_points() -> None:
    assert accepted_difference(50.0) == pytest.approx(1.96 * 5)
    assert accepted_difference(50.0, cells_counted=800) == pytest.approx(1.96 * 2.5)
    assert accepted_difference(0.0) == accepted_difference(100.0) == 0


def test_what_is_no_percentage() -> None:
    with pytest.raises(InputError, match="mean 101 % of 200 cells; allowed: 0 to 100, of at least 1"):
        accepted_difference(101.0)
    with pytest.raises(InputError, match="of 0 cells"):
        accepted_difference(50.0, cells_counted=0)


@pytest.mark.parametrize(("meter", "published"), [(WRIGHT, 43.2), (MINI, 56.4)], ids=["Wright", "mini Wright"])
def test_the_peak_flow_meters_have_the_published_repeatability(meter: np.ndarray, published: float) -> None:
    """Bland and Altman's coefficient of repeatability is twice the root mean square difference, where ours has 1.96."""
    found = replicates([[float(a) / 10, float(b) / 10] for a, b in meter.T])  # tenths: percentages end at 100
    assert found is not None
    assert found.samples == found.pairs == 17
    assert found.repeatability_pct.value == pytest.approx(published / 10 * 1.96 / 2, abs=0.015)


def test_duplicates_on_paper() -> None:
    found = replicates([[40.0, 44.0], [60.0], [50.0, 50.0, 53.0]])
    assert found is not None
    assert (found.samples, found.pairs) == (2, 1)
    # 8 with 1 degree of freedom, 6 with 2
    assert found.sd_pct.value == pytest.approx(math.sqrt(14 / 3))
    assert found.mean_pct == pytest.approx((42 + 51) / 2)
    assert found.cv_pct is not None
    assert found.cv_pct.value == pytest.approx(100 * math.sqrt(14 / 3) / 46.5)
    # chi-square with 3 degrees of freedom: 0.2158 and 9.348
    assert found.sd_pct.low == pytest.approx(math.sqrt(14 / 9.348), rel=1e-3)
    assert found.sd_pct.high == pytest.approx(math.sqrt(14 / 0.2158), rel=1e-3)


def test_pairs_farther_apart_than_counting_allows() -> None:
    found = replicates([[45.0, 55.5], [45.0, 54.0], [1.0, 4.0], [30.0, 30.0, 90.0]])
    assert found is not None and (found.pairs, found.pairs_too_far) == (3, 1 + 0 + 0)
    fewer = replicates([[45.0, 55.5]], cells_counted=100)
    assert fewer is not None and fewer.pairs_too_far == 0


def test_without_duplicates_there_is_nothing_to_say() -> None:
    assert replicates([[40.0], [50.0], []]) is None


def test_no_relative_deviation_from_nothing() -> None:
    found = replicates([[0.0, 0.0], [0.0, 0.0]])
    assert found is not None and found.cv_pct is None and found.sd_pct.high == 0
