"""Records the truth of a video while it is drawn: the cells in view, their kinematics, and a box for each head."""

import zipfile
from pathlib import Path

import numpy as np

from motilens.simulate.motion.gaits import KINDS
from motilens.simulate.motion.pose import heads
from motilens.simulate.motion.walk import Walk
from motilens.simulate.scene import Scene
from motilens.simulate.truth import CellTruth, FieldTruth, Percentages
from motilens.tracking.kinematics import QUANTITIES, kinematics

HALO_UM = 3.4
"""Distance from the head to the box on each side, as annotators draw boxes (their median width is 21 px)."""

CLASS_SPERM, CLASS_CLUSTER, CLASS_SMALL = 0, 1, 2
"""Numbers of VISEM-Tracking's classes: sperm, cluster, small or pinhead."""

_EPOCH = (1980, 1, 1, 0, 0, 0)  # a fixed date, so that the same seed gives the same bytes


class Recorder:
    """Receives each field's chunks in order and collects the truth of the video.

    Args:
        participant: the participant's ID.
        labels: the ZIP file to write boxes to.
        fps_hz: frame rate.
    """

    def __init__(self, participant: int, labels: Path, fps_hz: float) -> None:
        self.fields: list[FieldTruth] = []
        self.cells: list[CellTruth] = []
        self.stage_moves: list[tuple[int, int]] = []
        self._participant, self._fps_hz = participant, fps_hz
        self._zip = zipfile.ZipFile(labels, "w", zipfile.ZIP_DEFLATED, compresslevel=4)
        self._n_frames = self._n_tracks = 0
        self._weights = np.zeros((2, 3))
        self._total = 0
        self._field = _Field(0, 0)

    def __enter__(self) -> "Recorder":
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def open_field(self, scene: Scene, *, n_in: int = 0) -> None:
        """Begin a field; the stage still moves during its first ``n_in`` frames."""
        self._field = _Field(self._n_frames, len(scene.cells))
        if self.fields:
            self.stage_moves[-1] = (self.stage_moves[-1][0], self._n_frames + n_in + 1)

    def chunk(self, scene: Scene, walk: Walk, camera_px: np.ndarray) -> None:
        """Record the next chunk of the field; ``camera_px`` (frame, 2) is the position of the view in the domain."""
        field, cells = self._field, scene.cells
        at = [heads(cells, walk, k) for k in range(walk.n_frames)]
        places = np.stack([head for head, _ in at])
        view = np.array([scene.optics.width_px, scene.optics.height_px])
        seen_px = np.stack([scene.domain.in_view(p, (c[0], c[1])) for p, c in zip(places, camera_px, strict=True)])
        present = walk.present[:-1]
        seen = ((seen_px >= 0) & (seen_px < view)).all(axis=2) & present
        field.frames_in_view += seen.sum(axis=0)
        self._measure(places, walk.centre_um[:-1], present, seen)
        axes = np.stack([axis for _, axis in at])
        domain_um = np.array([scene.domain.width_um, scene.domain.height_um])
        self._boxes(scene, seen_px, axes, seen, np.floor(places / domain_um).astype(int))

    def close_field(self, scene: Scene, *, n_out: int = 0) -> None:
        """End the field; the stage moves during its last ``n_out`` frames."""
        if n_out:
            # From the first step on, each frame shows another place than the one before.
            self.stage_moves.append((self._n_frames - n_out, self._n_frames))
        field, cells = self._field, scene.cells
        n = self._n_frames - field.first
        self.fields.append(
            FieldTruth(
                first_frame=field.first,
                end_frame=self._n_frames,
                cells_in_view=float(field.frames_in_view.sum() / n),
                flow_um_s=scene.flow_um_s,
            )
        )
        for i in np.flatnonzero(field.frames_in_view):
            cell, frames = cells.cells[i], int(field.frames_in_view[i])
            self._weights[0, cell.kind] += frames
            self._weights[1] += frames * np.array(cell.form.defects)
            self._total += frames
            means = field.kinematics[:, i] / max(field.frames[i], 1)
            self.cells.append(
                CellTruth(
                    field=len(self.fields) - 1,
                    track=self._n_tracks + int(i),
                    kind=KINDS[cell.kind],
                    gait=cell.gait,
                    head=cell.form.head,
                    midpiece=cell.form.midpiece,
                    tail=cell.form.tail,
                    clustered=cell.clustered,
                    stuck=cell.movement.stuck,
                    frames_in_view=frames,
                    depth_um=cell.depth_um,
                    beat_hz=cell.movement.beat_hz,
                    **{name: float(value) for name, value in zip(QUANTITIES, means, strict=True)},
                )
            )
        self._n_tracks += len(cells) + len(field.further)

    def seen(self) -> Percentages:
        """Compute the percentages of the cells in view, weighted by the frames in which they are in view."""
        share = 100 * self._weights / max(self._total, 1)
        motility, morphology = ((float(a), float(b), float(c)) for a, b, c in share)
        return Percentages(motility_pct=motility, morphology_pct=morphology)

    def _measure(self, places: np.ndarray, centres: np.ndarray, present: np.ndarray, seen: np.ndarray) -> None:
        """Add the kinematics of the cells in view in a chunk, each over the frames in which it is present."""
        field = self._field
        first, stop = present.argmax(axis=0), len(present) - present[::-1].argmax(axis=0)
        wanted = seen.any(axis=0) & (stop - first > 1)
        for begin, end in sorted(set(zip(first[wanted].tolist(), stop[wanted].tolist(), strict=True))):
            who = np.flatnonzero(wanted & (first == begin) & (stop == end))
            found = kinematics(places[begin:end, who], average_um=centres[begin:end, who], fps_hz=self._fps_hz)
            field.frames[who] += end - begin
            for k, name in enumerate(QUANTITIES):
                field.kinematics[k, who] += (end - begin) * getattr(found, name)

    def _number(self, cell: int, lap: np.ndarray) -> int:
        """Number of a cell's track; a cell that crosses the boundary of the domain begins a new one."""
        field = self._field
        key = (cell, int(lap[0]), int(lap[1]))
        if field.first_lap.setdefault(cell, key) == key:
            return self._n_tracks + cell
        return field.further.setdefault(key, self._n_tracks + len(field.frames) + len(field.further))

    def _boxes(self, scene: Scene, seen_px: np.ndarray, axes: np.ndarray, seen: np.ndarray, laps: np.ndarray) -> None:
        view = np.array([scene.optics.width_px, scene.optics.height_px])
        size = np.array([cell.form.head_um for cell in scene.cells.cells]) / 2
        cos, sin = np.abs(np.cos(axes)), np.abs(np.sin(axes))
        wide = 2 * (np.hypot(size[:, 0] * cos, size[:, 1] * sin) + HALO_UM) / scene.domain.um_per_px / view[0]
        tall = 2 * (np.hypot(size[:, 0] * sin, size[:, 1] * cos) + HALO_UM) / scene.domain.um_per_px / view[1]
        centre = seen_px / view
        classes = [_class(cell.clustered, cell.form.head) for cell in scene.cells.cells]
        for k in range(len(seen)):
            lines = [
                f"{self._number(i, laps[k, i])} {classes[i]} {centre[k, i, 0]:.6f} {centre[k, i, 1]:.6f} "
                f"{wide[k, i]:.6f} {tall[k, i]:.6f}\n"
                for i in np.flatnonzero(seen[k]).tolist()
            ]
            name = f"{self._participant}/labels_ftid/{self._participant}_frame_{self._n_frames + k}_with_ftid.txt"
            self._zip.writestr(zipfile.ZipInfo(name, _EPOCH), "".join(lines), zipfile.ZIP_DEFLATED, 4)
        self._n_frames += len(seen)


class _Field:
    """Sums over the current field."""

    def __init__(self, first: int, n_cells: int) -> None:
        self.first = first
        self.frames_in_view = np.zeros(n_cells, int)
        self.frames = np.zeros(n_cells, int)
        self.first_lap: dict[int, tuple[int, int, int]] = {}
        self.further: dict[tuple[int, int, int], int] = {}
        self.kinematics = np.zeros((len(QUANTITIES), n_cells))


def _class(clustered: bool, head: str) -> int:
    return CLASS_CLUSTER if clustered else CLASS_SMALL if head == "small" else CLASS_SPERM
