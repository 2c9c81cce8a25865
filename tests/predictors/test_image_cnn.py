from dataclasses import replace

import numpy as np
import pytest

from motilens.errors import MismatchError, VideoError
from motilens.networks.regressor import predict_images
from tests.predictors import made
from tests.recordings.fakes import FakeRecording


def test_each_stack_is_predicted_from_its_own_image() -> None:
    predictor, recording = made.image_cnn("moments"), made.fake_recording()
    prediction = predictor.predict(recording)
    assert predictor.needs == ("stacks",)
    assert (prediction.video_id, prediction.target, prediction.part) == ("1_a", "motility", "stack")
    assert prediction.times_s == ((0.0, 0.5), (1.0, 1.5))
    assert prediction.problems == ("dust",)
    assert prediction.parts_pct.sum(axis=1) == pytest.approx(100, abs=1e-3)  # float32
    images = predictor.make_images(recording.stacks(made.SETTINGS.stacks))
    assert predictor.regressor is not None
    assert np.array_equal(prediction.parts_pct, predict_images(predictor.regressor, [images]))
    assert not np.allclose(prediction.parts_pct[0], prediction.parts_pct[1])


def test_the_images_decide_the_prediction() -> None:
    moments = made.image_cnn("moments")
    one, other = (each.predict(made.fake_recording()).parts_pct for each in (moments, replace(moments, images="raw")))
    assert not np.allclose(one, other)


def test_a_recording_without_stacks_is_refused() -> None:
    with pytest.raises(VideoError, match="too short"):
        made.image_cnn().predict(FakeRecording(reason="too short"))


def test_feature_images_alone_are_no_prediction() -> None:
    images_only = made.image_cnn(target=None)
    with pytest.raises(MismatchError, match="makes feature-images only; train one with --target motility or"):
        images_only.predict(made.fake_recording())
    with pytest.raises(MismatchError, match="has no regressor; train one with --target motility or morphology"):
        images_only.with_origin(made.origin("motility")).predict(made.fake_recording())
