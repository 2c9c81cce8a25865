"""Stacks joined with the laboratory's values: which rows of pixels are whose.

Rows are numbered over participants in natural order, then over each one's stacks in the order of the video::

    participant   1  1  1 | 2  2 | 10 10 10
    row           0  1  2 | 3  4 |  5  6  7

Pixels that fit a budget are kept in memory after their first reading, video by video; a copy that goes to a loader
process starts with nothing and reads stack by stack, so that no process is sent gigabytes.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import numpy as np

from motilens.arrays import StackPixels
from motilens.config import FRAMES, TARGET_NAMES, Target
from motilens.data.fold_sources import FoldRequest, choose_folds
from motilens.data.folds import Folds
from motilens.data.names import listed, parse_video_name
from motilens.data.values import LeftOut, Participant
from motilens.data.visem import ParticipantTable, assign_videos, read_participants
from motilens.errors import DataError, InputError
from motilens.files import digest_of
from motilens.stacks.record import VideoRecord
from motilens.stacks.store import StackStore

CACHE_BYTES = 2 << 30
"""Pixels of a data set up to this size are kept in memory."""


class Dataset:
    """Stacks of participants with laboratory values. Make one with ``open_dataset``.

    Args:
        store: stacks by video.
        table: participants.
        cache_bytes: keep the pixels in memory if all of them are no more than this; 0 always reads from the store.

    Raises:
        LabelError: two videos of one participant.
        DataError: no video belongs to a participant.
    """

    def __init__(self, store: StackStore, table: ParticipantTable, *, cache_bytes: int = CACHE_BYTES) -> None:
        records = store.records
        assignment = assign_videos(table, records)
        lost = {i: v for i, v in assignment.videos.items() if records[v].status != "extracted"}
        self._store, self._table, self._cache_bytes = store, table, cache_bytes
        self._records = {i: records[v] for i, v in assignment.videos.items() if i not in lost}
        self.left_out: tuple[LeftOut, ...] = (
            *(LeftOut(name=video, reason=f"no stacks: {records[video].reason}") for video in lost.values()),
            *(_with_extraction(line, records) for line in assignment.left_out),
        )
        """Videos and rows of the table that take no part, and why."""
        if not self._records:
            reasons = "; ".join(f"{line.name}: {line.reason}" for line in self.left_out[:3])
            raise DataError(
                f"none of {len(records)} videos can be used with {table.source}: {reasons or 'the store is empty'}; "
                "allowed: videos named as VISEM's, or named in videos.csv"
            )
        self.participants: tuple[str, ...] = tuple(self._records)
        """Everyone who has stacks and a row in the table, in natural order."""
        counts = [record.n_stacks for record in self._records.values()]
        self._starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        self.n_rows = int(self._starts[-1])
        """Number of stacks."""
        size_px = self._store.config.size_px
        self._shape = (FRAMES[self._store.config.input_type], size_px, size_px)
        self._pixels: np.ndarray | None = None
        self._loaded = np.zeros(len(counts), dtype=bool)

    def __repr__(self) -> str:
        return f"Dataset({len(self.participants)} participants, {self.n_rows} stacks, {len(self.left_out)} left out)"

    def __getstate__(self) -> dict[str, object]:
        return {
            **self.__dict__,
            "_pixels": None,
            "_loaded": np.zeros(len(self.participants), dtype=bool),
            "_cache_bytes": 0,
        }

    @property
    def summaries(self) -> tuple[Participant, ...]:
        """Videos, stacks, cells seen, assessor and concentration of each participant."""
        return tuple(
            Participant(
                participant=i,
                videos=(record.video_id,),
                n_stacks=record.n_stacks,
                cells_seen=float(np.mean(record.cells_seen)),
                assessor=parse_video_name(record.video_id).assessor,
                concentration=self._table.rows[i].concentration,
            )
            for i, record in self._records.items()
        )

    def labels(self, target: Target) -> dict[str, np.ndarray]:
        """Three percentages by participant, (3,) float64; participants without this target are not in it.

        Raises:
            LabelError: the table lacks one of the target's columns.
            DataError: no participant has this target.
        """
        known = self._table.labels(target)
        found = {i: np.array(known[i], dtype=np.float64) for i in self.participants if i in known}
        if not found:
            raise DataError(
                f"{self._table.source} has no {target} of any participant with a video; ask for the other target"
            )
        return found

    def unlabelled(self, target: Target) -> tuple[LeftOut, ...]:
        """Participants who take no part in a target alone: the table does not report it for them."""
        labels, names = self.labels(target), ", ".join(TARGET_NAMES[target])
        return tuple(
            LeftOut(name=f"participant {i}", reason=f"{target} not reported in {self._table.source} ({names})")
            for i in self.participants
            if i not in labels
        )

    def rows_of(self, ids: Sequence[str]) -> np.ndarray:
        """Row numbers of some participants' stacks, in the order of ``ids``: (n,) int64.

        Raises:
            InputError: someone who is not in the data set.
        """
        if strangers := [i for i in ids if i not in self._records]:
            raise InputError(f"no stacks of {listed(strangers)}; allowed: {listed(self.participants)}")
        positions = [self.participants.index(i) for i in ids]
        parts = [np.arange(self._starts[k], self._starts[k + 1]) for k in positions]
        return np.concatenate(parts) if parts else np.array([], dtype=np.int64)

    def read(self, rows: np.ndarray) -> StackPixels:
        """Pixels of some rows.

        Args:
            rows: (n,) row numbers, in any order.

        Returns:
            (n, frame, y, x), uint8, grey 0-255.

        Raises:
            InputError: a row that is not there.
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
            # Read in rising order and each once: a store is free to refuse anything else.
            stacks, back = np.unique(rows[mine] - self._starts[k], return_inverse=True)
            pixels[mine] = self._store.read(self._video(k), stacks).pixels[back]
        return pixels

    def _cached(self, needed: list[int]) -> np.ndarray:
        if self._pixels is None:
            self._pixels = np.empty((self.n_rows, *self._shape), dtype=np.uint8)
        for k in needed:
            if not self._loaded[k]:
                self._pixels[self._starts[k] : self._starts[k + 1]] = self._store.read(self._video(k)).pixels
                self._loaded[k] = True
        return self._pixels

    def _video(self, position: int) -> str:
        return self._records[self.participants[position]].video_id

    def choose_folds(self, data: Path, *, choice: str | None = None, n_folds: int = 3, seed: int = 0) -> Folds:
        """Folds over these participants; see ``fold_sources.choose_folds``."""
        order_by = {i: row.motility[0] if row.motility else math.nan for i, row in self._table.rows.items()}
        request = FoldRequest(self.participants, self._table.known_ids, self._table.participant_of, order_by)
        return choose_folds(request, data=data, choice=choice, n_folds=n_folds, seed=seed)

    def fingerprint(self, folds: Folds) -> str:
        """Hash over the videos' fingerprints, the laboratory's values and the folds; paths don't matter."""
        participants = [
            [i, record.video_id, record.fingerprint, row.motility, row.morphology, row.concentration]
            for i, record in self._records.items()
            for row in (self._table.rows[i],)
        ]
        return digest_of([participants, [fold.model_dump(mode="json") for fold in folds.folds]])


def _with_extraction(line: LeftOut, records: Mapping[str, VideoRecord]) -> LeftOut:
    """A video without a label that could not be extracted either says both."""
    record = records.get(line.name)
    if record is None or record.status == "extracted":
        return line
    return LeftOut(name=line.name, reason=f"{line.reason}; no stacks: {record.reason}")


def open_dataset(
    store: Path | StackStore, data: Path, *, exclude: Collection[str] = (), cache_bytes: int = CACHE_BYTES
) -> Dataset:
    """Join a stack store with the table that belongs to a folder of videos.

    Args:
        store: stacks, as ``motilens extract`` makes them.
        data: a folder in VISEM's format, or a table.
        exclude: IDs of participants to leave out.
        cache_bytes: as in ``Dataset``.

    Raises:
        MissingError: no store, no folder, or no table in it.
        LabelError: a row or column that cannot be right, or two videos of one participant.
        DataError: the store is damaged, or no video belongs to a participant.
        InputError: ``exclude`` names someone who is not in the table.
    """
    table = read_participants(data, exclude=exclude)
    return Dataset(store if isinstance(store, StackStore) else StackStore.open(store), table, cache_bytes=cache_bytes)
