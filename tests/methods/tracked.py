"""Participants by their tracks: shares of cells that swim straight, beat where they stand, or do nothing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from motilens.data.in_memory import InMemoryStacks
from motilens.methods.values import Assignment, Material
from motilens.tracks.values import Tracks
from tests.methods import scenes
from tests.tracks.scenes import SCALE, tracks_at

CELLS, FRAMES = 10, 120


def stretch(n_swim: int, n_beat: int, seed: int, *, n_cells: int = CELLS, n_frames: int = FRAMES) -> Tracks:
    """Cells of which some swim 40 um/s straight, each another way, and some beat; the rest do nothing."""
    chance = np.random.default_rng(seed)
    speed_px = np.where(np.arange(n_cells) < n_swim, 40 / SCALE.um_per_px / SCALE.fps_hz, 0.0)
    # Evenly in all directions: there is no drift that all have.
    angle = chance.uniform(0, 2 * np.pi) + 2 * np.pi * np.arange(n_cells) / max(1, n_swim)
    ways = np.arange(n_frames)[:, None, None] * (speed_px * np.stack([np.cos(angle), np.sin(angle)])).T
    places = chance.uniform(0, 600, (n_cells, 2)) + ways + chance.normal(0, 0.1, (n_frames, n_cells, 2))
    tracks = tracks_at(places)
    beats = (tracks.track >= n_swim) & (tracks.track < n_swim + n_beat)
    return replace(tracks, beat=np.where(beats, 2.0, 1.0))


@dataclass
class Crowd:
    """Participants, their tracks, and a list of whose tracks were asked for."""

    labels: dict[str, np.ndarray]
    stretches: dict[str, tuple[Tracks, ...]]
    asked: list[str] = field(default_factory=list)

    def tracks(self, participant: str) -> tuple[Tracks, ...]:
        """As a store would."""
        self.asked.append(participant)
        return self.stretches[participant]

    def material(self, folder: Path) -> Material:
        """What methods may look at."""
        no_stacks = InMemoryStacks({i: np.zeros((1, 18, 8, 8), np.uint8) for i in self.labels})
        return scenes.material(folder, source=no_stacks, tracks=self.tracks)

    def assignment(self, folder: Path, ids: tuple[str, ...], *, seed: int = 0) -> Assignment:
        """Labels of some."""
        return Assignment("motility", {i: self.labels[i] for i in ids}, seed, folder)

    def errors(self, predict: Callable[[str], np.ndarray], ids: tuple[str, ...]) -> Mapping[str, float]:
        """Mean absolute error of each."""
        return {i: float(np.abs(predict(i).mean(axis=0) - self.labels[i]).mean()) for i in ids}


def crowd(counts: list[tuple[int, int]], *, n_stretches: int = 2) -> Crowd:
    """Participants "0", "1", ... with so many of ten cells that swim, and that beat."""
    labels = {
        str(k): np.array([swim, beat, CELLS - swim - beat]) * 100 / CELLS for k, (swim, beat) in enumerate(counts)
    }
    stretches = {
        str(k): tuple(stretch(swim, beat, 100 * k + s) for s in range(n_stretches))
        for k, (swim, beat) in enumerate(counts)
    }
    return Crowd(labels, stretches)


def pure(n: int = 16) -> Crowd:
    """All cells of odd participants swim; none of the even ones moves."""
    return crowd([(CELLS * (k % 2), 0) for k in range(n)])


def mixed(n: int = 24) -> Crowd:
    """From none to all that swim, of the rest a part that beats."""
    chance = np.random.default_rng(0)
    counts = []
    for k in range(n):
        swim = k % (CELLS + 1)
        counts.append((swim, int(chance.integers(0, CELLS - swim + 1))))
    return crowd(counts)
