import pytest

from motilens.config import TARGET_NAMES, TARGETS
from motilens.data.targets import COLUMNS, problem


def test_columns_follow_the_order_of_the_names() -> None:
    assert set(COLUMNS) == set(TARGETS) == set(TARGET_NAMES)
    for target in TARGETS:
        for (header, *_), name in zip(COLUMNS[target], TARGET_NAMES[target], strict=True):
            assert header.lower().startswith(name.replace("-", " "))


@pytest.mark.parametrize("values", [(11.0, 17.0, 72.0), (33.0, 33.0, 33.0), (34.0, 34.0, 33.0), (0.0, 0.0, 100.0)])
def test_motility_sums_to_a_hundred_within_rounding(values: tuple[float, ...]) -> None:
    assert problem("motility", values) is None


def test_morphology_need_not_sum_to_a_hundred() -> None:
    assert problem("morphology", (99.5, 30.5, 14.0)) is None


def test_what_is_wrong_is_said() -> None:
    assert problem("motility", (40.0, 30.0, 40.0)) == "motility 40 + 30 + 40 sums to 110 %; allowed: 100 +- 1"
    assert problem("motility", (33.0, 33.0, 32.9)) == "motility 33 + 33 + 32.9 sums to 98.9 %; allowed: 100 +- 1"
    assert problem("motility", (-5.0, 55.0, 50.0)) == "progressive is -5 %; allowed: 0 to 100"
    assert problem("morphology", (50.0, 20.0, 100.5)) == "tail defects is 100.5 %; allowed: 0 to 100"
    assert problem("morphology", (50.0, float("nan"), 10.0)) == "midpiece and neck defects is nan %; allowed: 0 to 100"
