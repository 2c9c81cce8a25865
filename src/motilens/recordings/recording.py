"""A recording: one video with its facts, stacks, cell counts and tracks, which are computed on demand.

Everything is computed once. With a cache folder it is kept there, under the digest of the settings and with the
fingerprint of the video; without one it stays in memory. A recording has no label and no participant.
"""

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import numpy as np

from motilens.config import StackConfig, TrackingConfig
from motilens.errors import MismatchError, OverlookedError, VideoError
from motilens.files import digest_of
from motilens.networks.counter import Counter
from motilens.recordings.cell_counts import CellCounts, CellJob, count_cells
from motilens.recordings.scale import PixelWidth, estimated_width
from motilens.stacks.extract import extract_stacks
from motilens.stacks.extract_videos import extract_into
from motilens.stacks.record import VideoRecord
from motilens.stacks.stack_batch import StackBatch
from motilens.stacks.store import StackStore
from motilens.tracking.store import TrackJob, track_into
from motilens.tracking.track_file import TrackRecord
from motilens.tracking.tracks import Tracks
from motilens.video.info import VideoInfo
from motilens.video.source import VideoFile
from motilens.video.sparse import sparse_survey
from motilens.video.survey import Survey
from motilens.video.survey_file import surveyed

T = TypeVar("T")

KEEP_BYTES = 8 << 20
"""Stacks of a recording up to this size stay in memory once they have been read; larger ones are read each time."""


class Recording:
    """One video, and what is computed from it.

    Args:
        video: the video, or the path of one that stands alone.
        um_per_px: width of a pixel in um; None where it is not known, so that it is estimated where it is needed.
        concentration: the laboratory's concentration in 10^6 cells per mL; None where it is not known.
        cache: folder for what is made from the video; None keeps it in memory.
        read_ahead: decode a few frames ahead in a separate thread; faster if a processor core is free.
        sparse: survey a part of the frames where that is enough to cut stacks; see ``video.sparse``. With a cache all
            frames are surveyed, once for all that is made from the video.
    """

    def __init__(
        self,
        video: VideoFile | Path,
        *,
        um_per_px: float | None = None,
        concentration: float | None = None,
        cache: Path | None = None,
        read_ahead: bool = True,
        sparse: bool = False,
    ) -> None:
        self.video = VideoFile.of(video)
        self.um_per_px = um_per_px
        self.concentration = concentration
        self.cache = cache
        self._read_ahead = read_ahead
        self._sparse = sparse and cache is None
        self._stacks: dict[str, tuple[StackBatch | None, VideoRecord]] = {}
        self._tracks: dict[str, tuple[tuple[Tracks, ...], TrackRecord]] = {}
        self._cells: dict[str, CellCounts] = {}

    def __repr__(self) -> str:
        return f"Recording({str(self.video.path)!r})"

    def __getstate__(self) -> dict[str, object]:
        # A copy for another process starts empty, so that gigabytes are not sent.
        state: dict[str, object] = {**self.__dict__, "_stacks": {}, "_tracks": {}, "_cells": {}}
        state.pop("survey", None)
        state.pop("scale", None)
        return state

    @property
    def path(self) -> Path:
        """The video file."""
        return self.video.path

    @property
    def video_id(self) -> str:
        """Identifies the video among those of one command; see ``VideoFile``."""
        return self.video.video_id

    @property
    def fingerprint(self) -> str:
        """Identifies the file's content and how it is read. Raises MissingError if the file does not exist."""
        return self.video.fingerprint

    @cached_property
    def survey(self) -> Survey:
        """Which frames can be used, and what is wrong with the video.

        Raises:
            MissingError: the file does not exist.
            VideoError: the file is not a video.
            StorageError: the cache cannot be written.
        """
        found = sparse_survey(self.path, self.video.reading) if self._sparse else None
        return found or surveyed(self.video, self._surveys)

    def _with_survey(self, make: Callable[[], T]) -> T:
        """Make something by the survey; again by one of all frames if a sparse one has overlooked something."""
        try:
            return make()
        except OverlookedError:
            self._survey_all()
            return make()

    def _survey_all(self) -> None:
        """Replace a sparse survey, and what follows from it."""
        self._sparse = False
        self.__dict__.pop("survey", None)
        self.__dict__.pop("scale", None)

    @property
    def info(self) -> VideoInfo:
        """Codec, size and frame rate. Raises as ``survey`` does."""
        return self.survey.info

    @property
    def _surveys(self) -> Path | None:
        return None if self.cache is None else surveys_folder(self.cache)

    @cached_property
    def scale(self) -> PixelWidth:
        """Width of a pixel: as given, or estimated from the size of the heads.

        Raises:
            ScaleError: it is not known, and too few heads stand out to estimate it.
            MissingError, VideoError, StorageError: as ``survey``.
        """
        if self.um_per_px is not None:
            return PixelWidth(um_per_px=self.um_per_px)
        return estimated_width(self.survey)

    # --- stacks

    def stacks(self, config: StackConfig, rows: np.ndarray | None = None) -> StackBatch:
        """Read the stacks of the video; they are made first if necessary.

        Args:
            config: settings of the stacks.
            rows: numbers of the stacks to read; all if None.

        Raises:
            VideoError: the video cannot be decoded, is too short or has too low a frame rate.
            MissingError: the file does not exist.
            StorageError: the cache cannot be written.
        """
        batch, record = self._stacks_and_record(config)
        if record.status != "extracted":
            raise VideoError(record.reason)
        if batch is None:
            return self._store(config).read(self.video_id, rows)
        return batch if rows is None else batch[rows]

    def stack_record(self, config: StackConfig) -> VideoRecord:
        """Record of how the video was cut into stacks, or the reason why it cannot be used.

        Raises:
            MissingError: the file does not exist.
            StorageError: the cache cannot be written.
        """
        return self._stacks_and_record(config)[1]

    def cells_seen(self, config: StackConfig) -> float:
        """Mean number of heads counted in the first frames of the stacks. Raises as ``stacks`` does."""
        record = self.stack_record(config)
        if record.status != "extracted":
            raise VideoError(record.reason)
        return float(np.mean(record.cells_seen))

    def _stacks_and_record(self, config: StackConfig) -> tuple[StackBatch | None, VideoRecord]:
        key = digest_of(config.model_dump(mode="json"))
        if key not in self._stacks:
            self._stacks[key] = self._cut(config)
        return self._stacks[key]

    def _cut(self, config: StackConfig) -> tuple[StackBatch | None, VideoRecord]:
        try:
            if self.cache is None:
                return self._with_survey(lambda: self._extracted(config))
            um_per_px = self._width_for(config)
        except VideoError as error:
            return None, VideoRecord.left_out(self.video, config, str(error))
        store = self._store(config)
        record = extract_into(
            self.video, store, um_per_px=um_per_px, surveys=self._surveys, read_ahead=self._read_ahead
        )
        small = record.status == "extracted" and store.n_bytes(record) <= KEEP_BYTES
        return (store.read(self.video_id) if small else None), record

    def _extracted(self, config: StackConfig) -> tuple[StackBatch, VideoRecord]:
        um_per_px = self._width_for(config)
        return extract_stacks(self.video, config, um_per_px=um_per_px, found=self.survey, read_ahead=self._read_ahead)

    def _width_for(self, config: StackConfig) -> float | None:
        """Width of a pixel for stacks that need it."""
        return None if config.um_per_px is None else self.scale.um_per_px

    def _store(self, config: StackConfig) -> StackStore:
        assert self.cache is not None, "asked for with a cache only"
        return StackStore.create(stacks_folder(self.cache, config), config)

    # --- cells

    def cell_counts(self, counter: Counter, config: StackConfig) -> CellCounts:
        """Cells that a network counts in the stacks of the video.

        Args:
            counter: the trained network.
            config: settings of the stacks, with the width of a pixel that the network was trained for.

        Raises:
            VideoError: the video cannot be used, or the width of a pixel is not known and cannot be estimated.
            MissingError: the file does not exist.
            StorageError: the cache cannot be written.
        """
        key = digest_of([counter.digest, config.model_dump(mode="json")])
        if key not in self._cells:
            folder = None if self.cache is None else cells_folder(self.cache, key)
            found = self._with_survey(
                lambda: count_cells(CellJob(self.video, self.scale.um_per_px, config, counter, folder), self.survey)
            )
            problems = (*self.scale.problems, *found.problems)
            self._cells[key] = found.model_copy(update={"problems": problems})
        return self._cells[key]

    # --- tracks

    @property
    def known_um_per_px(self) -> float:
        """Width of a pixel. Raises MismatchError if it is not known."""
        if self.um_per_px is None:
            raise MismatchError(
                f"the width of a pixel of {self.video.name} is not known, and tracks are measured in um; give it with "
                "--um-per-px (motilitAI takes 0.351 for VISEM), or choose a method without tracks"
            )
        return self.um_per_px

    def tracks(self, config: TrackingConfig) -> tuple[Tracks, ...]:
        """Tracks of each tracked part of the video, in order of time, with drift 0; empty if nothing was tracked.

        Raises:
            MismatchError: the width of a pixel is not known.
            VideoError: the video cannot be used.
            MissingError: the file does not exist.
            StorageError: the cache cannot be written.
        """
        return self._tracks_and_record(config)[0]

    def track_record(self, config: TrackingConfig) -> TrackRecord:
        """Record of how the tracks were made. Raises as ``tracks`` does."""
        return self._tracks_and_record(config)[1]

    def _tracks_and_record(self, config: TrackingConfig) -> tuple[tuple[Tracks, ...], TrackRecord]:
        key = config.digest
        if key not in self._tracks:
            if self._sparse and self.survey.sparse:
                self._survey_all()  # cells are followed through many more frames than stacks have
            folder = None if self.cache is None else tracks_folder(self.cache, config)
            job = TrackJob(self.video, self.known_um_per_px, config, folder, self._surveys)
            self._tracks[key] = track_into(job, self.survey if self.cache is None else None)
        return self._tracks[key]


def surveys_folder(cache: Path) -> Path:
    """Folder of a cache for the surveys of videos."""
    return cache / "surveys"


def stacks_folder(cache: Path, config: StackConfig) -> Path:
    """Folder of a cache for the stacks of given settings."""
    return cache / f"stacks-{digest_of(config.model_dump(mode='json'))[:12]}"


def cells_folder(cache: Path, key: str) -> Path:
    """Folder of a cache for the cells that one network counts in stacks of given settings."""
    return cache / f"cells-{key[:12]}"


def tracks_folder(cache: Path, config: TrackingConfig) -> Path:
    """Folder of a cache for the tracks of given settings."""
    return cache / f"tracks-{config.digest[:12]}"
