"""Stacks of participants as numbered rows, as trainings read them.

Rows are numbered over participants in the order given, over each one's recordings, then over their stacks in time::

    participant   1  1  1 | 2  2 | 10 10 10
    row           0  1  2 | 3  4 |  5  6  7

If all pixels fit into a memory budget, those of a recording are kept once they have been read. A copy sent to a loader
process starts without pixels and reads stack by stack, so that gigabytes are never sent between processes.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate

import numpy as np

from motilens.config import FRAMES, StackConfig
from motilens.errors import FoldError, InputError
from motilens.files import digest_of
from motilens.recordings.recording import Recording
from motilens.shapes import StackPixels
from motilens.stacks.stack_batch import StackBatch
from motilens.training.batches import READ_AT_ONCE

CACHE_BYTES = 2 << 30
"""Pixels up to this size are kept in memory."""


class StackRows:
    """Rows of stacks that belong to participants.

    Args:
        recordings: recordings by participant; all usable with ``config``.
        config: settings of the stacks.
        cache_bytes: keep the pixels in memory if all of them are no more than this.

    Raises:
        FoldError: a participant without a stack.
    """

    def __init__(
        self, recordings: Mapping[str, Sequence[Recording]], config: StackConfig, *, cache_bytes: int = CACHE_BYTES
    ) -> None:
        self.participants: tuple[str, ...] = tuple(recordings)
        self._config = config
        self._recordings = [recording for own in recordings.values() for recording in own]
        counts = [recording.stack_record(config).n_stacks for recording in self._recordings]
        self._starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        ends = list(accumulate(len(own) for own in recordings.values()))
        self._first: dict[str, int] = dict(zip(recordings, [0, *ends], strict=False))
        self._stop: dict[str, int] = dict(zip(recordings, ends, strict=True))
        for i in self.participants:
            if not len(self.rows_of((i,))):
                raise FoldError(
                    f"training participant {i} has no stack; extract the stacks of its video, or leave it out"
                )
        self._shape = (FRAMES[config.input_type], config.size_px, config.size_px)
        self._cache_bytes = cache_bytes
        self._pixels: np.ndarray | None = None
        self._loaded = np.zeros(len(counts), dtype=bool)

    def __getstate__(self) -> dict[str, object]:
        empty = np.zeros(len(self._recordings), dtype=bool)
        return {**self.__dict__, "_pixels": None, "_loaded": empty, "_cache_bytes": 0}

    @property
    def n_rows(self) -> int:
        """Number of stacks."""
        return int(self._starts[-1])

    @property
    def digest(self) -> str:
        """Hash that identifies the stacks: the same videos, cut with the same settings, in the same order."""
        own = [[i, self._fingerprints(i)] for i in self.participants]
        return digest_of([own, self._config.model_dump(mode="json")])

    def rows_of(self, ids: Sequence[str]) -> np.ndarray:
        """Row numbers of some participants' stacks, in the order of ``ids``: (n,) int64. Others raise InputError."""
        if strangers := [i for i in ids if i not in self._first]:
            raise InputError(f"no stacks of {', '.join(strangers)}; allowed: {', '.join(self.participants)}")
        parts = [np.arange(self._starts[self._first[i]], self._starts[self._stop[i]]) for i in ids]
        return np.concatenate(parts) if parts else np.array([], dtype=np.int64)

    def read(self, rows: np.ndarray) -> StackPixels:
        """Pixels of some rows, in any order: (n, frame, y, x), uint8.

        Raises:
            InputError: a row does not exist.
            DataError: the store is damaged.
        """
        rows = np.asarray(rows, dtype=np.int64)
        if len(rows) and not (rows.min() >= 0 and rows.max() < self.n_rows):
            raise InputError(f"rows from {rows.min()} to {rows.max()} asked for; allowed: 0 to {self.n_rows - 1}")
        owners = np.searchsorted(self._starts, rows, side="right") - 1
        needed = [int(k) for k in np.unique(owners)]
        if self.n_rows * math.prod(self._shape) <= self._cache_bytes:
            return self._cached(needed)[rows]
        pixels = np.empty((len(rows), *self._shape), dtype=np.uint8)
        for k in needed:
            mine = owners == k
            # A store may require rows in ascending order and each only once.
            stacks, back = np.unique(rows[mine] - self._starts[k], return_inverse=True)
            pixels[mine] = self._recordings[k].stacks(self._config, stacks).pixels[back]
        return pixels

    def batches(self) -> Iterator[StackBatch]:
        """All stacks in the order of rows, a few at a time and never of two recordings."""
        for k, recording in enumerate(self._recordings):
            for start in range(0, int(self._starts[k + 1] - self._starts[k]), READ_AT_ONCE):
                stop = min(start + READ_AT_ONCE, int(self._starts[k + 1] - self._starts[k]))
                yield recording.stacks(self._config, np.arange(start, stop))

    def _cached(self, needed: Sequence[int]) -> np.ndarray:
        if self._pixels is None:
            self._pixels = np.empty((self.n_rows, *self._shape), dtype=np.uint8)
        for k in needed:
            if not self._loaded[k]:
                own = self._recordings[k].stacks(self._config).pixels
                self._pixels[self._starts[k] : self._starts[k + 1]] = own
                self._loaded[k] = True
        return self._pixels

    def _fingerprints(self, participant: str) -> list[str]:
        return [r.fingerprint for r in self._recordings[self._first[participant] : self._stop[participant]]]
