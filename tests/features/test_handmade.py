import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from motilens.errors import InputError, MismatchError
from motilens.features.handmade import (
    HANDMADE,
    HANDMADE_NAMES,
    HandmadeName,
    dynamic_image,
    moments_image,
    rank_pooling_weights,
    raw_image,
)
from motilens.stacks.stack_batch import StackBatch

GREY = 255
ONE_ULP = 1e-6
"""float32 near 1, with some room."""


def batch_of(*stacks: np.ndarray) -> StackBatch:
    pixels = np.stack(stacks).astype(np.uint8)
    return StackBatch("7", pixels, np.tile(np.arange(pixels.shape[1]), (len(pixels), 1)), np.zeros(len(pixels)))


def over_time(values: list[int], size: int = 4) -> np.ndarray:
    """A stack whose pixels all have these values one after the other: (frame, size, size)."""
    return np.broadcast_to(np.array(values)[:, None, None], (len(values), size, size))


def moving_dot(n_frames: int) -> np.ndarray:
    """A bright dot in row 2 that moves one pixel a frame, over darkness: (n_frames, 5, n_frames)."""
    stack = np.zeros((n_frames, 5, n_frames), np.uint8)
    stack[np.arange(n_frames), 2, np.arange(n_frames)] = 200
    return stack


# --- moments


def test_a_still_stack_has_a_mean_and_nothing_else() -> None:
    still = np.broadcast_to(np.random.default_rng(0).integers(0, 256, (6, 7)), (18, 6, 7))
    images = moments_image(batch_of(still)).images
    assert images[0, 0] == pytest.approx(still[0] / GREY, abs=ONE_ULP)
    assert not images[0, 1:].any()


def test_moments_on_paper() -> None:
    images = moments_image(batch_of(over_time([0, 100, 0, 100]))).images
    assert images[0, :, 1, 1] * GREY == pytest.approx([50, 50, 100])
    images = moments_image(batch_of(over_time([0, 10, 40]))).images  # squares 1700 / 3, less 50 / 3 squared
    assert images[0, :, 1, 1] * GREY == pytest.approx([50 / 3, np.sqrt(2600) / 3, 20])


@settings(max_examples=30)
@given(arrays(np.uint8, st.tuples(st.integers(1, 3), st.integers(2, 20), st.just(3), st.just(4))))
def test_moments_are_those_of_numpy_and_deaf_to_the_direction_of_time(pixels: np.ndarray) -> None:
    images = moments_image(batch_of(*pixels)).images
    grey = pixels / GREY
    expected = [grey.mean(axis=1), grey.std(axis=1), np.abs(np.diff(grey, axis=1)).mean(axis=1)]
    assert images == pytest.approx(np.stack(expected, axis=1), abs=ONE_ULP)
    assert (moments_image(batch_of(*pixels[:, ::-1])).images == images).all()


# --- rank pooling


def test_weights_on_paper() -> None:
    assert rank_pooling_weights(1) == pytest.approx([0])
    assert rank_pooling_weights(2) == pytest.approx([-1 / 2, 1 / 2])
    # T = 3: H = 1, 3/2, 11/6; 6 - 4 x 11/6, 4 - 4 x 5/6, 2 - 4 x 1/3.
    assert rank_pooling_weights(3) == pytest.approx([-4 / 3, 2 / 3, 2 / 3])


@given(st.integers(1, 200))
def test_weights_are_those_of_the_definition_and_sum_to_nothing(n: int) -> None:
    # The score 2 i - T - 1 of each running mean, and a running mean is a 1/i share of every frame up to i.
    expected = np.zeros(n)
    for i in range(1, n + 1):
        expected[:i] += (2 * i - n - 1) / i
    weights = rank_pooling_weights(n)
    assert weights == pytest.approx(expected, abs=1e-9)
    assert weights.sum() == pytest.approx(0, abs=1e-9 * n)


def test_a_still_stack_has_no_dynamics() -> None:
    still = np.broadcast_to(np.random.default_rng(0).integers(0, 256, (6, 7)), (18, 6, 7))
    assert not dynamic_image(batch_of(still)).images.any()


def test_a_ramp_on_paper() -> None:
    # sum of alpha_t t over t = 1..T is T (T^2 - 1) / 12; a ramp of 5 a frame gives 5 times that, over the weights' sum.
    t = 9
    image = dynamic_image(batch_of(over_time([5 * k for k in range(t)]))).images[0, :, 0, 0] * GREY
    for channel, n in enumerate((5, 9, 5)):
        weights = rank_pooling_weights(n)
        assert image[channel] == pytest.approx(5 * n * (n**2 - 1) / 12 / weights[weights > 0].sum())
    assert (dynamic_image(batch_of(over_time([200 - 5 * k for k in range(t)]))).images < 0).all()


def test_a_moving_dot_leaves_a_trail_that_changes_its_sign_once() -> None:
    first, whole, second = dynamic_image(batch_of(moving_dot(18))).images[0]
    trail = np.sign(whole[2])
    assert trail[0] == -1 and trail[-1] == 1 and (np.diff(trail) != 0).sum() == 1
    assert not whole[[0, 1, 3, 4]].any()  # where the dot never was
    assert first[2, 9:].any() == second[2, :9].any() == False  # noqa: E712 - both halves see their own time alone
    assert first[2, :9] == pytest.approx(second[2, 9:])


@settings(max_examples=30)
@given(arrays(np.uint8, st.tuples(st.integers(3, 18), st.just(3), st.just(4))), st.integers(0, 60))
def test_dynamics_are_bounded_and_deaf_to_a_change_of_light(stack: np.ndarray, light: int) -> None:
    images = dynamic_image(batch_of(stack // 2)).images
    assert np.abs(images).max() <= 1
    assert (dynamic_image(batch_of(stack // 2 + light)).images == images).all()


# --- raw, and all of them


def test_a_raw_image_is_the_first_frame_three_times() -> None:
    stack = np.random.default_rng(0).integers(0, 256, (9, 6, 7))
    images = raw_image(batch_of(stack)).images
    for channel in images[0]:
        assert channel == pytest.approx(stack[0] / GREY, abs=ONE_ULP)


@pytest.mark.parametrize("name", HANDMADE_NAMES)
def test_every_image_keeps_size_frames_and_participant_and_each_stack_to_itself(name: HandmadeName) -> None:
    batch = batch_of(*np.random.default_rng(0).integers(0, 256, (4, 9, 6, 7)))
    made = HANDMADE[name](batch)
    assert made.images.shape == (4, 3, 6, 7) and made.images.dtype == np.float32
    assert made.video_id == "7" and (made.frame_idx == batch.frame_idx).all()
    assert (HANDMADE[name](batch[2:3]).images[0] == made.images[2]).all()


def test_the_names_are_those_of_the_functions() -> None:
    assert tuple(HANDMADE) == HANDMADE_NAMES


def test_what_has_too_little_time_is_refused() -> None:
    with pytest.raises(MismatchError, match="stacks of 7 have 1 frames, a moments image needs 2; extract .* I3 or I4"):
        moments_image(batch_of(over_time([3])))
    with pytest.raises(MismatchError, match="have 2 frames, a dynamic image needs 3"):
        dynamic_image(batch_of(over_time([3, 4])))
    with pytest.raises(InputError, match="rank pooling over 0 frames; allowed: at least 1"):
        rank_pooling_weights(0)
