import pytest

from motilens.predictors.predictor import ImagePredictor
from tests.predictors import made

MAKES_IMAGES = {"image-cnn", "counting"}


@pytest.mark.parametrize("name", made.PREDICTORS)
def test_which_predictors_make_images_of_stacks(name: str) -> None:
    predictor = made.PREDICTORS[name]()
    assert isinstance(predictor, ImagePredictor) == (predictor.kind in MAKES_IMAGES)
    if isinstance(predictor, ImagePredictor):
        batch = made.fake_recording().stacks(predictor.stacks)
        images = predictor.make_images(batch)
        assert images.shape[0] == len(batch) and images.shape[2:] == batch.pixels.shape[2:]
        assert predictor.input_type == "I3"
