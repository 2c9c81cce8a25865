from typing import Literal

import numpy as np
import pytest
import torch

import motilens.networks.counter
from motilens.config import FRAMES, InputType
from motilens.errors import MismatchError
from motilens.features.cell_maps import TILE_PX, cell_maps, counter_images
from motilens.networks.counter import Counter, prepared
from tests.networks.counters import averaging_counter, small_counter

ROUNDING = 1e-5
"""PyTorch sums in another order for another size."""


def assert_the_same(found: np.ndarray, expected: np.ndarray) -> None:
    np.testing.assert_allclose(found, expected, rtol=ROUNDING, atol=ROUNDING)


def noise(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


@pytest.mark.parametrize("stride", [4, 8])
@pytest.mark.parametrize(("height", "width"), [(96, 152), (101, 139), (60, 200)])
@pytest.mark.parametrize("tile_px", [8, 24, 64])
def test_tiles_change_nothing(stride: Literal[4, 8], height: int, width: int, tile_px: int) -> None:
    counter = small_counter("I1", stride)
    pixels = noise(1, 1, height, width)
    whole = cell_maps(counter, pixels)  # below TILE_PX, so without tiles
    assert max(height, width) <= TILE_PX
    assert whole.shape == (1, 6, height // stride, width // stride)
    assert whole.std() > 0.1  # not the same everywhere, as it is with an untrained head
    assert_the_same(cell_maps(counter, pixels, tile_px=tile_px), whole)


@pytest.mark.parametrize("stride", [4, 8])
def test_a_smaller_reach_would_not_be_enough(stride: Literal[4, 8], monkeypatch: pytest.MonkeyPatch) -> None:
    counter, pixels = averaging_counter(stride), noise(1, 1, 160, 160)
    reach_px = counter.reach_px
    assert reach_px is not None
    whole = cell_maps(counter, pixels)

    def greatest_error() -> float:
        return float(np.abs(cell_maps(counter, pixels, tile_px=40) / whole - 1).max())

    assert greatest_error() < 3e-6
    monkeypatch.setitem(motilens.networks.counter._SMALL_REACH_PX, stride, reach_px - 8)
    assert greatest_error() > 1e-5  # little, as the farthest pixels have little weight in a mean of means


@pytest.mark.parametrize("input_type", ["I1", "I3", "I4"])
def test_maps_and_images_are_those_of_the_network(input_type: InputType) -> None:
    counter = small_counter(input_type)
    pixels = noise(2, FRAMES[input_type], 32, 40)
    x = prepared(torch.from_numpy(pixels.astype(np.float32)) / 255)
    assert_the_same(cell_maps(counter, pixels), counter(x).numpy())
    assert_the_same(counter_images(counter, pixels), counter.encode(x).numpy())


def test_images_have_the_size_of_the_stacks_whatever_the_stride() -> None:
    assert counter_images(small_counter("I1", 8), noise(2, 1, 37, 46)).shape == (2, 3, 37, 46)


def test_the_counts_of_a_stack_do_not_depend_on_the_others() -> None:
    counter, pixels = small_counter("I3"), noise(3, 9, 32, 32)
    together = cell_maps(counter, pixels)
    for k in range(3):
        assert np.array_equal(cell_maps(counter, pixels[k : k + 1])[0], together[k])


def test_only_the_frames_that_the_network_sees_matter() -> None:
    counter, pixels = small_counter("I3"), noise(1, 18, 32, 32)
    assert np.array_equal(cell_maps(counter, pixels), cell_maps(counter, pixels[:, :9]))


@pytest.mark.parametrize("function", [cell_maps, counter_images])
def test_stacks_with_too_few_frames_are_refused(function: object) -> None:
    assert callable(function)
    counter: Counter = small_counter("I4")
    with pytest.raises(
        MismatchError, match="^the network sees 18 frames, these stacks have 9; extract stacks with --input I4$"
    ):
        function(counter, noise(1, 9, 32, 32))
