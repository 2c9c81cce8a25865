"""Recordings whose stacks, cells and tracks are given, so that no video has to be decoded."""

from functools import cached_property
from pathlib import Path

import numpy as np

from motilens.config import StackConfig, TrackingConfig
from motilens.features.cell_maps import cell_maps
from motilens.networks.counter import Counter
from motilens.recordings.cell_counts import CellCounts
from motilens.recordings.recording import Recording
from motilens.stacks.record import VideoRecord
from motilens.stacks.stack_batch import StackBatch
from motilens.tracking.track_file import TrackRecord
from motilens.tracking.tracks import Tracks
from motilens.video.source import VideoFile
from motilens.video.survey import Survey
from tests.video.surveys import make_survey


class FakeVideo(VideoFile):
    """A video without a file."""

    @cached_property
    def content(self) -> str:
        """Follows from its id."""
        return f"content of {self.video_id}"

    @cached_property
    def fingerprint(self) -> str:
        """Follows from its id and how it is read."""
        return f"print of {self.video_id} {self.reading.fps_hz}"


class FakeRecording(Recording):
    """A recording without a file; asked for its stacks, cells or tracks with any settings, it gives what it was given.

    Args:
        video_id: its name; its fingerprint follows from it.
        pixels: (stack, frame, y, x), uint8; stack ``k`` is said to last from ``k`` to ``k + 0.5`` seconds.
        cells_seen: heads counted in every stack.
        tracks: of each segment.
        counts: (stack, 6), cells that any network counts; those that the given one counts in ``pixels`` if None.
        problem: said of the stacks, of the cells and of the tracks.
        reason: why there are no stacks.
        um_per_px, concentration: as of any recording.
    """

    def __init__(
        self,
        video_id: str = "1_a",
        pixels: np.ndarray | None = None,
        *,
        cells_seen: int = 3,
        tracks: tuple[Tracks, ...] = (),
        counts: np.ndarray | None = None,
        problem: str = "",
        reason: str = "",
        um_per_px: float | None = None,
        concentration: float | None = None,
    ) -> None:
        video = FakeVideo(Path(f"{video_id}.avi"), video_id, f"{video_id}.avi")
        super().__init__(video, um_per_px=um_per_px, concentration=concentration)
        self.pixels = np.zeros((1, 9, 16, 16), np.uint8) if pixels is None else pixels
        self.given_cells_seen, self.given_tracks, self.given_counts = cells_seen, tracks, counts
        self.problems, self.reason = (problem,) if problem else (), reason

    def _stacks_and_record(self, config: StackConfig) -> tuple[StackBatch | None, VideoRecord]:
        if self.reason:
            return None, VideoRecord.left_out(self.video, config, self.reason)
        n_stacks, n_frames = self.pixels.shape[:2]
        frame_idx = np.arange(n_stacks * n_frames).reshape(n_stacks, n_frames)
        record = VideoRecord(
            video_id=self.video_id,
            file=self.path.name,
            fingerprint=self.fingerprint,
            status="extracted",
            problems=self.problems,
            stacks_wanted=n_stacks,
            frame_idx=tuple((int(row[0]), int(row[-1])) for row in frame_idx),
            cells_seen=(self.given_cells_seen,) * n_stacks,
            stack_times_s=tuple((float(k), k + 0.5) for k in range(n_stacks)),
        )
        return StackBatch(self.video_id, self.pixels, frame_idx, np.array(record.cells_seen)), record

    def cell_counts(self, counter: Counter, config: StackConfig) -> CellCounts:
        counts = self.given_counts
        if counts is None:
            counts = cell_maps(counter, self.pixels).sum(axis=(2, 3), dtype=np.float64)
        return CellCounts(
            counts=tuple(tuple(row) for row in counts.tolist()),
            times_s=tuple((float(k), k + 0.5) for k in range(len(counts))),
            fields=(0,) * len(counts),
            um_per_px=self.um_per_px or 1.0,
            cpu_s=0.0,
            problems=self.problems,
        )

    @cached_property
    def survey(self) -> Survey:
        """A second of usable frames."""
        return make_survey(np.arange(50) / 50, 50.0)

    def _tracks_and_record(self, config: TrackingConfig) -> tuple[tuple[Tracks, ...], TrackRecord]:
        um_per_px, fps_hz = self.um_per_px or 1.0, self.given_tracks[0].scale.fps_hz if self.given_tracks else 50.0
        record = TrackRecord(
            video_id=self.video_id,
            file=self.path.name,
            fingerprint=self.fingerprint,
            config_digest=config.digest,
            um_per_px=um_per_px,
            fps_hz=fps_hz,
            least_mass=None,
            mass_how=None,
            tracked=tuple((0, tracks.n_frames) for tracks in self.given_tracks),
            n_segments=len(self.given_tracks),
            n_short=0,
            n_tracks=sum(map(len, self.given_tracks)),
            cpu_s=0.0,
            problems=self.problems,
        )
        return self.given_tracks, record
