"""Participants by their tracks: shares of cells that swim straight, beat where they stand, or do nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from motilens.config import BagOfWordsConfig, MethodSettings, Target, TrackingConfig, TrackPhysicsConfig, preset
from motilens.methods.method import Method, TrainingSet, Workspace
from motilens.predictors.predictor import Predictor
from motilens.recordings.recording import Recording
from motilens.tracking.track_file import TrackRecord
from motilens.tracking.tracks import Tracks
from tests.tracking.scenes import SCALE, tracks_at

CELLS, FRAMES = 10, 120
NOWHERE = Path("/nowhere")

DEFAULTS = preset("cpu")
SETTINGS = DEFAULTS.model_copy(
    update={
        "bag_of_words": BagOfWordsConfig(n_words=(10, 250), n_assignments=(1, 10), c=(3.0, 10.0, 100.0)),
        "track_physics": TrackPhysicsConfig(progressive_um_s=(5.0, 3.5), least_beats=(1.1, 1.25, 1.5)),
    }
)
"""Small grids, so that a fit takes no time."""


def segment(n_swim: int, n_beat: int, seed: int, *, n_cells: int = CELLS, n_frames: int = FRAMES) -> Tracks:
    """Cells of which some swim 40 um/s straight, each in another direction, and some beat; the rest do nothing."""
    rng = np.random.default_rng(seed)
    speed_px = np.where(np.arange(n_cells) < n_swim, 40 / SCALE.um_per_px / SCALE.fps_hz, 0.0)
    # Evenly in all directions: there is no drift that all have.
    angle = rng.uniform(0, 2 * np.pi) + 2 * np.pi * np.arange(n_cells) / max(1, n_swim)
    ways = np.arange(n_frames)[:, None, None] * (speed_px * np.stack([np.cos(angle), np.sin(angle)])).T
    places = rng.uniform(0, 600, (n_cells, 2)) + ways + rng.normal(0, 0.1, (n_frames, n_cells, 2))
    tracks = tracks_at(places)
    beats = (tracks.track >= n_swim) & (tracks.track < n_swim + n_beat)
    return replace(tracks, beat=np.where(beats, 2.0, 1.0))


class TrackedRecording(Recording):
    """A recording without a file, whose tracks are known."""

    def __init__(self, video_id: str, segments: tuple[Tracks, ...], *, problems: tuple[str, ...] = ()) -> None:
        super().__init__(NOWHERE / f"{video_id}.mp4")
        self.segments = segments
        self.problems = problems
        self.n_asked = 0

    def tracks(self, config: TrackingConfig) -> tuple[Tracks, ...]:
        """The known ones, whatever the settings."""
        self.n_asked += 1
        return self.segments

    def track_record(self, config: TrackingConfig) -> TrackRecord:
        """As far as predictors look at it."""
        return TrackRecord.model_construct(problems=self.problems)


def recording(*segments: Tracks, video_id: str = "0", problems: tuple[str, ...] = ()) -> Recording:
    """A recording of given tracks."""
    return TrackedRecording(video_id, segments, problems=problems)


@dataclass
class Crowd:
    """Participants with one recording each."""

    labels: dict[str, np.ndarray]
    recordings: dict[str, TrackedRecording]
    replicates: dict[str, tuple[TrackedRecording, ...]] = field(default_factory=dict)
    """Further recordings of some participants."""

    @property
    def asked(self) -> set[str]:
        """Participants whose tracks were asked for."""
        return {i for i, each in self.recordings.items() if each.n_asked}

    def training(
        self, ids: Sequence[str], *, target: Target = "motility", epoch_ids: tuple[str, ...] | None = None
    ) -> TrainingSet:
        """Recordings and labels of some."""
        recordings = {i: [self.recordings[i], *self.replicates.get(i, ())] for i in ids}
        return TrainingSet(target, recordings, {i: self.labels[i] for i in ids}, epoch_ids=epoch_ids)

    def fit(
        self,
        method: Method,
        ids: Sequence[str],
        *,
        settings: MethodSettings = SETTINGS,
        epoch_ids: tuple[str, ...] | None = None,
    ) -> Predictor:
        """Fit a method to some."""
        return method.fit(self.training(ids, epoch_ids=epoch_ids), settings, Workspace(NOWHERE))

    def predicted_pct(self, predictor: Predictor, participant: str) -> np.ndarray:
        """Prediction for one participant: (3,), percent."""
        return predictor.predict(self.recordings[participant]).predicted_pct

    def errors(self, predictor: Predictor, ids: Sequence[str]) -> list[float]:
        """Mean absolute error of each."""
        return [float(np.abs(self.predicted_pct(predictor, i) - self.labels[i]).mean()) for i in ids]

    def errors_of_mean(self, train: Sequence[str], ids: Sequence[str]) -> list[float]:
        """Mean absolute error of each, predicted by the mean of the training participants."""
        mean = np.mean([self.labels[i] for i in train], axis=0)
        return [float(np.abs(mean - self.labels[i]).mean()) for i in ids]


def people(first: int, stop: int) -> tuple[str, ...]:
    """Ids of participants ``first`` to ``stop - 1``."""
    return tuple(map(str, range(first, stop)))


def crowd(counts: list[tuple[int, int]], *, n_segments: int = 2) -> Crowd:
    """Participants "0", "1", ... with so many of ten cells that swim, and that beat."""
    labels = {
        str(k): np.array([swim, beat, CELLS - swim - beat]) * 100 / CELLS for k, (swim, beat) in enumerate(counts)
    }
    recordings = {
        str(k): TrackedRecording(f"video {k}", tuple(segment(swim, beat, 100 * k + s) for s in range(n_segments)))
        for k, (swim, beat) in enumerate(counts)
    }
    return Crowd(labels, recordings)


def pure(n: int = 16) -> Crowd:
    """All cells of odd participants swim; none of the even ones moves."""
    return crowd([(CELLS * (k % 2), 0) for k in range(n)])


def mixed(n: int = 24) -> Crowd:
    """From none to all that swim, of the rest a part that beats."""
    rng = np.random.default_rng(0)
    counts = []
    for k in range(n):
        swim = k % (CELLS + 1)
        counts.append((swim, int(rng.integers(0, CELLS - swim + 1))))
    return crowd(counts)
