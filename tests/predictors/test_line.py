import math
from dataclasses import replace

import numpy as np
import pytest

from motilens.errors import MismatchError, VideoError
from motilens.predictors.line import LinePredictor
from tests.predictors import made
from tests.recordings.fakes import FakeRecording


def line(regressor: str, slope_pct: tuple[float, float, float]) -> LinePredictor:
    return replace(made.line(regressor), slope_pct=np.array(slope_pct), intercept_pct=np.array([50.0, 20.0, 30.0]))


@pytest.mark.parametrize(("cells_seen", "x"), [(0, 0.0), (7, math.log(8))])
def test_a_line_on_the_cells_that_are_seen(cells_seen: int, x: float) -> None:
    predictor = line("log cells seen", (2.0, -1.0, -1.0))
    prediction = predictor.predict(FakeRecording("5_x", cells_seen=cells_seen))
    assert predictor.needs == ("stacks",)
    assert (prediction.video_id, prediction.target, prediction.part) == ("5_x", "motility", "recording")
    assert prediction.parts_pct == pytest.approx(np.array([[50 + 2 * x, 20 - x, 30 - x]]))


def test_a_line_on_the_laboratorys_concentration() -> None:
    predictor = line("log concentration", (2.0, -1.0, -1.0))
    assert predictor.needs == ("concentration",)
    # No stack and no cell is looked at.
    prediction = predictor.predict(FakeRecording(concentration=math.exp(3), reason="no video"))
    assert prediction.predicted_pct == pytest.approx([56, 17, 27])
    assert predictor.predict(FakeRecording(concentration=1.0)).predicted_pct == pytest.approx([50, 20, 30])


def test_predictions_are_cut_to_0_and_100() -> None:
    prediction = line("log concentration", (30.0, 0.0, -30.0)).predict(FakeRecording(concentration=math.exp(3)))
    assert prediction.predicted_pct.tolist() == [100, 20, 0]


@pytest.mark.parametrize(("concentration", "words"), [(None, "not known"), (0.0, "0.0"), (-1.0, "-1.0")])
def test_a_concentration_that_is_missing_is_said(concentration: float | None, words: str) -> None:
    recording = FakeRecording("5_x", concentration=concentration)
    with pytest.raises(
        MismatchError,
        match=rf"by hand needs the laboratory's concentration of 5_x\.avi, which is {words}; allowed: a number above "
        "0; give it with --concentration",
    ):
        line("log concentration", (1.0, 0.0, 0.0)).predict(recording)


def test_a_recording_without_stacks_has_no_cells_that_are_seen() -> None:
    with pytest.raises(VideoError, match="5 frames, 18 needed"):
        line("log cells seen", (1.0, 0.0, 0.0)).predict(FakeRecording(reason="5 frames, 18 needed"))
