"""Counts the cells of a video with a trained network, stack by stack, and keeps the counts.

The counts of a video depend on the network and on how the video is cut, but on no label. So they are computed once for
all folds and targets, and kept as an artefact.
"""

import time
from pathlib import Path
from typing import NamedTuple

import numpy as np

from motilens.config import Settings, StackConfig
from motilens.features.cell_maps import cell_maps
from motilens.files import digest_of, disk_name
from motilens.networks.counter import MAPS, Counter
from motilens.runs.artefacts import kept
from motilens.stacks.extract import extract_stacks
from motilens.video.source import VideoFile
from motilens.video.survey import Survey


class CellCounts(Settings):
    """The cells that a network counts in the stacks of one video."""

    counts: tuple[tuple[float, ...], ...]
    """For each stack the number of cells of each kind, in the order of ``networks.counter.MAPS``."""
    times_s: tuple[tuple[float, float], ...]
    """Start and end of each stack."""
    fields: tuple[int, ...]
    """For each stack the number of its field of view, from 0; the stage moves between fields."""
    um_per_px: float
    """Width of a pixel of the video."""
    cpu_s: float
    """CPU seconds for cutting the stacks and counting."""
    problems: tuple[str, ...]

    def array(self) -> np.ndarray:
        """Counts as (stack, 6)."""
        return np.array(self.counts, np.float64).reshape(-1, len(MAPS))


class CellJob(NamedTuple):
    """One video whose cells are to be counted.

    Attributes:
        video: the video.
        um_per_px: width of a pixel.
        config: settings of the stacks.
        counter: the network.
        folder: where counts are kept; None keeps nothing.
    """

    video: VideoFile
    um_per_px: float
    config: StackConfig
    counter: Counter
    folder: Path | None


def count_cells(job: CellJob, found: Survey) -> CellCounts:
    """Read the kept counts of a video, or count its cells and keep the counts.

    Args:
        job: the video.
        found: its survey.

    Raises:
        VideoError: no stack can be cut out of the video.
        StorageError: the counts cannot be written.
    """
    if job.folder is None:
        return _count(job, found)
    made_from = digest_of(
        [job.video.fingerprint, job.um_per_px, job.config.model_dump(mode="json"), job.counter.digest]
    )
    return kept(job.folder / f"{disk_name(job.video.video_id)}.json", CellCounts, made_from, lambda: _count(job, found))


def _count(job: CellJob, found: Survey) -> CellCounts:
    begin_s = time.process_time()
    batch, record = extract_stacks(job.video, job.config, um_per_px=job.um_per_px, found=found, read_ahead=False)
    counts = cell_maps(job.counter, batch.pixels).sum(axis=(2, 3), dtype=np.float64)
    return CellCounts(
        counts=tuple(tuple(row) for row in counts.round(4).tolist()),
        times_s=record.stack_times_s,
        fields=_fields(found, batch.frame_idx[:, 0]),
        um_per_px=job.um_per_px,
        cpu_s=round(time.process_time() - begin_s, 3),
        problems=record.problems,
    )


def _fields(found: Survey, first_frames: np.ndarray) -> tuple[int, ...]:
    """Number the fields of stacks, which begin with these frames."""
    moves_before = np.cumsum(found.moved)[np.searchsorted(found.number, first_frames)]
    return tuple(np.unique(moves_before, return_inverse=True)[1].tolist())
