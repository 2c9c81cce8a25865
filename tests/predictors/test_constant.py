from pathlib import Path

import numpy as np
import pytest

from motilens.config import Target
from motilens.errors import MismatchError
from motilens.predictors.constant import ConstantPredictor
from motilens.recordings.recording import Recording
from tests.predictors import made


@pytest.mark.parametrize("target", ["motility", "morphology"])
def test_it_predicts_its_constant_for_a_file_that_it_does_not_open(target: Target, tmp_path: Path) -> None:
    predictor = made.constant(target)
    prediction = predictor.predict(Recording(tmp_path / "5_nowhere.avi"))
    assert predictor.needs == ()
    assert (prediction.video_id, prediction.target, prediction.part) == ("5_nowhere", target, "recording")
    assert prediction.parts_pct.tolist() == [[50, 20, 30]]
    assert (prediction.times_s, prediction.problems) == ((), ())


def test_another_origin_keeps_the_constant() -> None:
    predictor = made.constant().with_origin(made.origin("morphology", "median"))
    assert predictor.origin.method == "median"
    assert predictor.predict(made.fake_recording()).target == "morphology"
    assert np.array_equal(predictor.constant_pct, made.MEAN_PCT)


def test_without_a_target_there_is_nothing_to_predict() -> None:
    predictor = ConstantPredictor(made.origin(target=None), made.MEAN_PCT)
    with pytest.raises(MismatchError, match="makes feature-images only; train one with --target motility or"):
        predictor.predict(made.fake_recording())
