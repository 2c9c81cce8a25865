"""Rows, crops and flips of each batch: drawn in the main process, read in any number of worker processes.

The main process draws a list of ``Sample`` for each batch from (seed, epoch); workers only read the samples. The
batches are therefore the same for any number of workers.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Protocol, runtime_checkable

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader

from motilens.config import FRAMES, InputType
from motilens.errors import InputError
from motilens.stacks.preprocess import to_input

READ_AT_ONCE = 32
"""Number of stacks or images read at once outside training; affects memory use, not results."""


@runtime_checkable
class StackSource(Protocol):
    """Rows of stacks that belong to participants."""

    @property
    def participants(self) -> tuple[str, ...]:
        """All participants, in the order of their rows."""
        ...

    def rows_of(self, ids: tuple[str, ...]) -> np.ndarray:
        """Row numbers of some participants' stacks."""
        ...

    def read(self, rows: np.ndarray) -> np.ndarray:
        """Pixels of some rows: (n, frame, y, x), uint8."""
        ...


@dataclass(frozen=True)
class Sample:
    """One item of a batch: a row, a crop's corner, and whether it is flipped."""

    row: int
    top: int = 0
    left: int = 0
    flip_y: bool = False
    flip_x: bool = False


Draw = Callable[[np.random.Generator, np.ndarray], list[Sample]]
"""Function that turns the shuffled rows of an epoch into samples; must be picklable."""


class EpochBatches:
    """A batch sampler whose batches are determined by (seed, epoch).

    Args:
        rows: the rows to train on.
        batch_size: samples per batch; the last batch of a pass may be smaller, but has at least two samples.
        steps: batches per epoch; None for one pass over the rows. Further passes are shuffled anew.
        draw: function that turns rows into samples (crops, flips).
        seed: seed of the training.
    """

    def __init__(self, rows: np.ndarray, *, batch_size: int, steps: int | None, draw: Draw, seed: int) -> None:
        self._rows, self._batch_size, self._draw, self._seed = rows, min(batch_size, len(rows)), draw, seed
        # A batch of one sample has no batch statistics: a remainder of one is dropped for this epoch.
        whole, rest = divmod(len(rows), self._batch_size)
        self.steps = steps if steps is not None else whole + (rest > 1)
        self._samples = self.steps * self._batch_size if steps is not None else len(rows) - (rest == 1)
        self.epoch = 1

    def __len__(self) -> int:
        return self.steps

    @property
    def sizes(self) -> list[int]:
        """Number of samples of each batch of an epoch."""
        return [min(self._batch_size, self._samples - start) for start in range(0, self._samples, self._batch_size)]

    def __iter__(self) -> Iterator[list[Sample]]:
        rng = np.random.default_rng([self._seed, self.epoch])
        passes = -(-self._samples // len(self._rows))
        order = np.concatenate([rng.permutation(self._rows) for _ in range(passes)])[: self._samples]
        samples = self._draw(rng, order)
        for start in range(0, len(samples), self._batch_size):
            yield samples[start : start + self._batch_size]


def draw_crops(size_px: int, crop_px: int | None) -> Draw:
    """Make a function that draws samples with random crops; whole frames if ``crop_px`` is None."""
    return partial(_draw_corners, 0 if crop_px is None else size_px - crop_px)


def _draw_corners(room_px: int, rng: np.random.Generator, rows: np.ndarray) -> list[Sample]:
    corners = rng.integers(0, room_px + 1, size=(len(rows), 2))
    return [Sample(int(row), int(y), int(x)) for row, (y, x) in zip(rows, corners, strict=True)]


class StackCrops(torch.utils.data.Dataset[Tensor]):
    """Reads the crops of a batch: (n, C, crop, crop), float32, grey 0-1."""

    def __init__(self, source: StackSource, input_type: InputType, crop_px: int | None) -> None:
        self._source, self._crop_px = source, crop_px
        self._input_type: InputType = input_type

    def __getitems__(self, samples: list[Sample]) -> tuple[Tensor]:
        """Read one batch; the loader calls this once per batch."""
        pixels = self._source.read(np.array([sample.row for sample in samples]))[:, : FRAMES[self._input_type]]
        if self._crop_px is not None:
            size = self._crop_px
            pixels = np.stack(
                [p[:, s.top : s.top + size, s.left : s.left + size] for p, s in zip(pixels, samples, strict=True)]
            )
        if FRAMES[self._input_type] > 1:
            # Move channels last while a pixel is still one byte: transposing floats takes twice as long.
            pixels = np.ascontiguousarray(pixels.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)
        return (torch.from_numpy(to_input(pixels, self._input_type)).contiguous(memory_format=torch.channels_last),)


class BatchShares:
    """The share of each batch that one of several training processes gets; the whole batch if there is one process.

    Batches that would leave a process with a single sample, which has no batch statistics, are skipped.

    Args:
        batches: batches of all processes together.
        rank: number of this process, from 0.
        n_processes: number of processes.

    Raises:
        InputError: no batch is large enough.
    """

    def __init__(self, batches: EpochBatches, *, rank: int = 0, n_processes: int = 1) -> None:
        self.batches, self._rank, self._n = batches, rank, n_processes
        self._least = 2 * n_processes if n_processes > 1 else 1
        self._steps = sum(size >= self._least for size in batches.sizes)
        if not self._steps:
            raise InputError(
                f"batches of at most {max(batches.sizes, default=0)} samples for {n_processes} devices; allowed: at "
                "least 2 a device; use fewer --devices or a larger batch_size"
            )

    def __len__(self) -> int:
        return self._steps

    def __iter__(self) -> Iterator[list[Sample]]:
        return (samples[self._rank :: self._n] for samples in self.batches if len(samples) >= self._least)


def as_read(batch: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """Return the batch as ``__getitems__`` made it, already collated."""
    return batch


def loader(
    dataset: torch.utils.data.Dataset[Tensor], shares: BatchShares, workers: int
) -> Callable[[int], Iterable[tuple[Tensor, ...]]]:
    """Make a function from an epoch to its batches.

    With ``workers`` 0 a thread reads one batch ahead: a large data set is read from disk while the network trains.
    """
    batches: Iterable[tuple[Tensor, ...]] = DataLoader(
        dataset,
        batch_sampler=shares,
        num_workers=workers,
        collate_fn=as_read,  # pyright: ignore[reportArgumentType] - __getitems__ made a batch, not a list of items
        persistent_workers=workers > 0,
        multiprocessing_context="spawn" if workers > 0 else None,
    )

    def of_epoch(epoch: int) -> Iterable[tuple[Tensor, ...]]:
        shares.batches.epoch = epoch
        return batches if workers > 0 else one_ahead(batches)

    return of_epoch


def one_ahead(batches: Iterable[tuple[Tensor, ...]]) -> Iterator[tuple[Tensor, ...]]:
    """Yield the same batches in the same order; a thread reads the next one while this one is used."""
    iterator = iter(batches)  # not in the thread: the loader draws from torch's generator when it starts, and only then
    with ThreadPoolExecutor(max_workers=1) as thread:
        ahead = thread.submit(next, iterator, None)
        while (batch := ahead.result()) is not None:
            ahead = thread.submit(next, iterator, None)
            yield batch
