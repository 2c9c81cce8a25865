"""Heads and tracks as values: positions always come with their frame, and tracks with their scale."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int

from motilens.errors import InputError

PerDetection = Float[np.ndarray, " detection"]
PerPoint = Float[np.ndarray, " point"]
PlacesUm = Float[np.ndarray, "point 2"]


@dataclass(frozen=True)
class Scale:
    """Width of a pixel and frame rate.

    Attributes:
        um_per_px: width of a pixel. VISEM publishes none: motilitAI takes 100/285. Simulated data sets record theirs.
        fps_hz: frame rate.

    Raises:
        InputError: a value that is not above 0.
    """

    um_per_px: float
    fps_hz: float

    def __post_init__(self) -> None:
        if not (0 < self.um_per_px < np.inf and 0 < self.fps_hz < np.inf):
            raise InputError(f"scale of {self.um_per_px} um a pixel and {self.fps_hz} frames/s; allowed: above 0")


@dataclass(frozen=True)
class Detections:
    """Heads found in consecutive frames, in the order of frames.

    Attributes:
        frame: number of the frame that each was found in, from 0.
        x_px, y_px: position, in pixels from the centre of the upper left pixel.
        mass: summed brightness above the surround, in grey levels.
        beat: change of the ring around it since the frame before, relative to that of the background; NaN in the first
            frame.
        n_frames: number of frames that were searched.

    Raises:
        InputError: lengths that do not agree, or frames out of order or range.
    """

    frame: Int[np.ndarray, " detection"]
    x_px: PerDetection
    y_px: PerDetection
    mass: PerDetection
    beat: PerDetection
    n_frames: int

    def __post_init__(self) -> None:
        lengths = {len(a) for a in (self.frame, self.x_px, self.y_px, self.mass, self.beat)}
        in_order = bool((np.diff(self.frame) >= 0).all())
        if len(lengths) != 1 or not in_order or not _within(self.frame, self.n_frames):
            raise InputError(
                f"heads of {self.n_frames} frames: arrays of {sorted(lengths)}; allowed: one length, frames in order, "
                f"from 0 to {self.n_frames - 1}"
            )

    def __len__(self) -> int:
        return len(self.frame)

    def __repr__(self) -> str:
        return f"Detections({len(self)} heads in {self.n_frames} frames)"


@dataclass(frozen=True)
class Tracks:
    """Heads linked from frame to frame. Points are sorted by track, and within a track by frame.

    Attributes:
        track: number of the track that each point belongs to, from 0 without gaps.
        frame: number of its frame, from 0; a track may miss frames.
        x_px, y_px: position of the head in the picture.
        beat: as in ``Detections``.
        drift_px: (frame, 2), how far everything had drifted since the first frame, x and y.
        scale: width of a pixel and frame rate.

    Raises:
        InputError: lengths that do not agree, or points out of order or range.
    """

    track: Int[np.ndarray, " point"]
    frame: Int[np.ndarray, " point"]
    x_px: PerPoint
    y_px: PerPoint
    beat: PerPoint
    drift_px: Float[np.ndarray, "frame 2"]
    scale: Scale

    def __post_init__(self) -> None:
        lengths = {len(a) for a in (self.track, self.frame, self.x_px, self.y_px, self.beat)}
        step = np.diff(self.track)
        in_order = bool(np.isin(step, (0, 1)).all() and (np.diff(self.frame)[step == 0] > 0).all())
        from_0 = not len(self.track) or self.track[0] == 0
        if len(lengths) != 1 or not in_order or not from_0 or not _within(self.frame, self.n_frames):
            raise InputError(
                f"tracks of {self.n_frames} frames: arrays of {sorted(lengths)}; allowed: one length, tracks from 0 "
                f"without gaps, each with rising frames from 0 to {self.n_frames - 1}"
            )

    def __len__(self) -> int:
        """Number of tracks."""
        return int(self.track[-1]) + 1 if len(self.track) else 0

    def __repr__(self) -> str:
        return f"Tracks({len(self)} tracks, {len(self.track)} points in {self.n_frames} frames, {self.scale})"

    @property
    def n_frames(self) -> int:
        """Number of frames that were searched for heads."""
        return len(self.drift_px)

    @property
    def starts(self) -> Int[np.ndarray, " track"]:
        """Number of the first point of each track."""
        return np.searchsorted(self.track, np.arange(len(self)))

    def places_um(self) -> PlacesUm:
        """Position of each point, x and y in um, without the drift."""
        places_px = np.stack([self.x_px, self.y_px], axis=1) - self.drift_px[self.frame]
        return places_px * self.scale.um_per_px

    def between(self, start: int, stop: int, *, least_frames: int = 2) -> "Tracks":
        """The tracks within frames [start, stop), with frames counted from ``start`` and tracks numbered anew.

        Args:
            start: first frame.
            stop: one past the last frame.
            least_frames: tracks with fewer points in these frames are left out.

        Raises:
            InputError: not a range of frames of these tracks.
        """
        if not 0 <= start < stop <= self.n_frames:
            raise InputError(f"frames [{start}, {stop}) of tracks of {self.n_frames} frames; allowed: a range within")
        inside = (self.frame >= start) & (self.frame < stop)
        return replace(self._kept(inside, least_frames, start), drift_px=self.drift_px[start:stop])

    def without_stubs(self, least_frames: int) -> "Tracks":
        """The tracks of at least ``least_frames`` points, numbered anew."""
        return self._kept(np.ones(len(self.track), bool), least_frames, 0)

    def _kept(self, chosen: np.ndarray, least_frames: int, first: int) -> "Tracks":
        enough = np.bincount(self.track[chosen], minlength=len(self)) >= least_frames
        chosen = chosen & enough[self.track]
        number = np.cumsum(enough) - 1
        return Tracks(
            track=number[self.track[chosen]],
            frame=self.frame[chosen] - first,
            x_px=self.x_px[chosen],
            y_px=self.y_px[chosen],
            beat=self.beat[chosen],
            drift_px=self.drift_px[first:],
            scale=self.scale,
        )


def _within(frame: np.ndarray, n_frames: int) -> bool:
    return not len(frame) or (int(frame.min()) >= 0 and int(frame.max()) < n_frames)
