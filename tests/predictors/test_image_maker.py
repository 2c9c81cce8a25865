import numpy as np
import pytest

from motilens.features.encode import encode
from motilens.features.flow import flow_image
from motilens.predictors.image_maker import IMAGE_KINDS, VECTORS, ImageKind, image_maker
from motilens.stacks.preprocess import to_input
from motilens.stacks.stack_batch import StackBatch
from tests.predictors import made

BATCH = made.fake_recording().stacks(made.SETTINGS.stacks)


def brightening(n_frames: int = 18) -> StackBatch:
    """One stack that is grey 0, 1, 2, ... all over."""
    pixels = np.broadcast_to(np.arange(n_frames, dtype=np.uint8)[None, :, None, None], (1, n_frames, 16, 16)).copy()
    return StackBatch("1_a", pixels, np.arange(n_frames)[None], np.array([0]))


@pytest.mark.parametrize("kind", IMAGE_KINDS)
def test_every_kind_makes_one_image_a_stack(kind: ImageKind) -> None:
    autoencoder = made.image_cnn().autoencoder
    images = image_maker(kind, autoencoder)(BATCH)
    n_channels = 5 if kind in VECTORS else 3
    assert (images.shape, images.dtype) == ((len(BATCH), n_channels, made.SIZE, made.SIZE), np.float32)
    # Each image is made of its own stack alone.
    assert np.allclose(image_maker(kind, autoencoder)(BATCH[1:]), images[1:], atol=1e-6)
    assert all(channel < n_channels for pair in VECTORS.get(kind, ()) for channel in pair)


def test_images_by_hand_on_paper() -> None:
    batch = brightening()
    assert image_maker("raw")(batch) == pytest.approx(0)
    mean, sd, change = image_maker("moments")(batch)[0] * 255
    assert mean == pytest.approx(8.5)
    assert sd == pytest.approx(np.arange(18).std())
    assert change == pytest.approx(1)
    assert (image_maker("dynamic")(batch) > 0).all()  # it became brighter


def test_images_of_an_autoencoder_are_of_the_input_that_it_is_for() -> None:
    autoencoder = made.image_cnn().autoencoder
    assert autoencoder is not None
    make = image_maker("autoencoder", autoencoder)
    assert np.array_equal(make(BATCH), encode(autoencoder, to_input(BATCH.pixels, "I3")))
    later = BATCH.pixels.copy()
    later[:, 9:] = 0  # I3 sees the first nine frames
    assert np.array_equal(make(StackBatch("1_a", later, BATCH.frame_idx, BATCH.cells_seen)), make(BATCH))


def test_both_flows_are_the_ones_that_they_are_named_after() -> None:
    assert np.array_equal(image_maker("dis flow")(BATCH), flow_image(BATCH, method="dis"))
    assert np.array_equal(image_maker("farneback flow")(BATCH), flow_image(BATCH, method="farneback"))
