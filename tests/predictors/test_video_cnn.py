import numpy as np
import pytest

from motilens.errors import VideoError
from motilens.networks.video_cnn import predict_stacks
from tests.predictors import made
from tests.recordings.fakes import FakeRecording


def test_each_stack_is_predicted_from_its_frames() -> None:
    predictor, recording = made.video_cnn("motility"), made.fake_recording()
    prediction = predictor.predict(recording)
    assert predictor.needs == ("stacks",)
    assert (prediction.video_id, prediction.target, prediction.part) == ("1_a", "motility", "stack")
    assert prediction.times_s == ((0.0, 0.5), (1.0, 1.5))
    assert prediction.problems == ("dust",)
    assert np.array_equal(prediction.parts_pct, predict_stacks(predictor.network, recording.pixels))
    assert prediction.parts_pct.sum(axis=1) == pytest.approx(100, abs=1e-3)  # float32


def test_a_recording_without_stacks_is_refused() -> None:
    with pytest.raises(VideoError, match="too short"):
        made.video_cnn().predict(FakeRecording(reason="too short"))
