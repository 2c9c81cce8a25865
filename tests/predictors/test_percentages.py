import numpy as np
import pytest

from motilens.predictors.percentages import as_percentages


def test_motility_sums_to_100_and_morphology_does_not() -> None:
    raw = np.array([[110.0, -20.0, 10.0], [50.0, 20.0, 30.0], [-1.0, -2.0, -3.0]])
    motility = as_percentages(raw, "motility")
    assert motility == pytest.approx(np.array([[100 / 1.1, 0, 10 / 1.1], [50, 20, 30], [100 / 3] * 3]))
    assert as_percentages(raw, "morphology") == pytest.approx(np.clip(raw, 0, 100))
