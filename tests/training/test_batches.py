"""Batches: the same for one reader ahead as for none, and laid out as the networks want them."""

from collections.abc import Iterator
from typing import get_args

import numpy as np
import pytest
import torch
from torch import Tensor

from motilens.config import InputType
from motilens.errors import DataError, InputError
from motilens.stacks.preprocess import to_input
from motilens.training.augment import apply_flips, draw_flips
from motilens.training.batches import BatchShares, EpochBatches, Sample, StackCrops, draw_crops, loader, one_ahead
from motilens.training.in_memory import InMemoryStacks

CROP = 8


@pytest.fixture
def stacks() -> InMemoryStacks:
    """Ten stacks of noise, 18 frames of 16 x 16."""
    return InMemoryStacks({"1": np.random.default_rng(0).integers(0, 256, (10, 18, 16, 16), dtype=np.uint8)})


@pytest.mark.parametrize("input_type", get_args(InputType))
def test_crops_are_what_to_input_gives_with_channels_last(stacks: InMemoryStacks, input_type: InputType) -> None:
    samples = [Sample(3, 1, 4), Sample(0, 8, 0), Sample(3, 0, 0)]
    (found,) = StackCrops(stacks, input_type, CROP).__getitems__(samples)
    pixels = stacks.read(np.array([3, 0, 3]))
    wanted = [
        to_input(p[None, :, s.top : s.top + CROP, s.left : s.left + CROP], input_type)
        for p, s in zip(pixels, samples, strict=True)
    ]
    assert torch.equal(found, torch.from_numpy(np.concatenate(wanted)))
    assert found.is_contiguous(memory_format=torch.channels_last)


def test_a_loader_gives_the_batches_of_its_sampler_and_touches_chance_as_without_a_thread(
    stacks: InMemoryStacks,
) -> None:
    sampler = EpochBatches(np.arange(10), batch_size=4, steps=None, draw=draw_crops(16, CROP), seed=1)
    crops = StackCrops(stacks, "I4", CROP)
    of_epoch = loader(crops, BatchShares(sampler), 0)
    for epoch in (1, 2):
        torch.manual_seed(epoch)
        found = list(of_epoch(epoch))
        after = torch.random.get_rng_state()
        torch.manual_seed(epoch)
        torch.empty((), dtype=torch.int64).random_()  # what PyTorch's loader draws when it starts
        assert torch.equal(after, torch.random.get_rng_state())
        wanted = [crops.__getitems__(samples) for samples in sampler]
        assert len(found) == len(wanted) == 3
        assert all(torch.equal(a[0], b[0]) for a, b in zip(found, wanted, strict=True))


def test_one_is_read_ahead_and_no_more() -> None:
    read: list[int] = []

    def batches() -> Iterator[tuple[Tensor, ...]]:
        for k in range(5):
            read.append(k)
            yield (torch.tensor(k),)

    ahead = one_ahead(batches())
    for k in range(3):
        assert int(next(ahead)[0]) == k
    ahead.close()  # type: ignore[attr-defined]  # training that stops early leaves no thread behind
    assert read == [0, 1, 2, 3]


def test_an_error_of_reading_comes_out_of_the_loop() -> None:
    def batches() -> Iterator[tuple[Tensor, ...]]:
        yield (torch.tensor(0),)
        raise DataError("the stacks of '3' are damaged")

    found = []
    with pytest.raises(DataError, match="the stacks of '3' are damaged"):
        for (value,) in one_ahead(batches()):
            found.append(int(value))
    assert found == [0]


def test_mirroring_turns_the_channels_that_are_vectors() -> None:
    image = np.arange(5 * 2 * 3, dtype=np.float32).reshape(5, 2, 3)
    vectors = ((1, 2), (3, 4))
    both = apply_flips(image, Sample(0, flip_y=True, flip_x=True), vectors)
    np.testing.assert_array_equal(both[0], image[0, ::-1, ::-1])
    np.testing.assert_array_equal(both[1:], -image[1:, ::-1, ::-1])
    left_right = apply_flips(image, Sample(0, flip_x=True), vectors)
    np.testing.assert_array_equal(left_right[[1, 3]], -image[[1, 3]][:, :, ::-1])
    np.testing.assert_array_equal(left_right[[2, 4]], image[[2, 4]][:, :, ::-1])
    np.testing.assert_array_equal(apply_flips(image, Sample(0), vectors), image)
    assert image[1, 0, 0] == 6  # the image itself is as it was


def test_batches_follow_from_seed_and_epoch() -> None:
    def drawn(epoch: int, seed: int) -> list[list[Sample]]:
        sampler = EpochBatches(np.arange(10), batch_size=4, steps=5, draw=draw_crops(16, 8), seed=seed)
        sampler.epoch = epoch
        return list(sampler)

    assert drawn(1, 0) == drawn(1, 0)
    assert drawn(1, 0) != drawn(2, 0)
    assert drawn(1, 0) != drawn(1, 1)
    assert [len(batch) for batch in drawn(1, 0)] == [4] * 5
    assert {sample.row for batch in drawn(1, 0)[:2] for sample in batch} <= set(range(10))
    assert all(0 <= s.top <= 8 and 0 <= s.left <= 8 for batch in drawn(3, 2) for s in batch)


@pytest.mark.parametrize(("rows", "expected"), [(8, [4, 4]), (10, [4, 4, 2]), (9, [4, 4]), (3, [3])])
def test_one_pass_sees_each_row_once_but_for_a_lonely_rest(rows: int, expected: list[int]) -> None:
    sampler = EpochBatches(np.arange(rows), batch_size=4, steps=None, draw=draw_crops(8, None), seed=0)
    batches = list(sampler)
    assert [len(batch) for batch in batches] == expected
    seen = [sample.row for batch in batches for sample in batch]
    assert len(seen) == len(set(seen))


def test_flips_mirror() -> None:
    image = np.arange(12.0).reshape(1, 3, 4)
    assert np.array_equal(apply_flips(image, Sample(0, flip_y=True)), image[:, ::-1])
    assert np.array_equal(apply_flips(image, Sample(0, flip_x=True)), image[:, :, ::-1])
    samples = draw_flips(np.random.default_rng(0), np.zeros(400, int))
    assert 150 < sum(s.flip_x for s in samples) < 250
    assert 150 < sum(s.flip_y for s in samples) < 250


def test_processes_share_each_batch_out() -> None:
    sampler = EpochBatches(np.arange(21), batch_size=6, steps=None, draw=draw_crops(8, None), seed=0)
    assert sampler.sizes == [6, 6, 6, 3]
    shares = [BatchShares(sampler, rank=rank, n_processes=2) for rank in range(2)]
    assert [len(batch) for batch in shares[0]] == [len(batch) for batch in shares[1]] == [3, 3, 3]  # 3 are too few
    assert len(shares[0]) == 3
    for whole, first, second in zip(sampler, *shares, strict=False):
        assert {s.row for s in whole} == {s.row for s in first} | {s.row for s in second}
    assert list(BatchShares(sampler)) == list(sampler)


def test_batches_too_small_to_share() -> None:
    sampler = EpochBatches(np.arange(12), batch_size=6, steps=None, draw=draw_crops(8, None), seed=0)
    with pytest.raises(InputError, match="batches of at most 6 samples for 4 devices; allowed: at least 2 a device"):
        BatchShares(sampler, n_processes=4)
