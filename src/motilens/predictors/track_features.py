"""Eight features of a recording's tracks: shares of WHO's classes, cells in view, velocities, beat."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from motilens.config import ClassThresholds, MethodSettings
from motilens.errors import InputError
from motilens.predictors.segment_tracks import tracks_of_segments
from motilens.recordings.recording import Recording
from motilens.tracking.motility_classes import cell_seconds
from motilens.tracking.pieces import Pieces, cut

FEATURES = ("rapid", "slow", "non-progressive", "immotile", "log cells", "VSL", "VSL of moving cells", "beat")
"""Shares of cell-seconds in percent; log(cells in a frame + 1); mean straight-line velocities in um/s, weighted by
time; median beat of the standing pieces, or of all pieces if none stands."""


@dataclass(frozen=True)
class MeasuredTracks:
    """Pieces of all tracks of one or more recordings.

    Attributes:
        pieces: pieces of each segment between stage moves that has any.
        cells: mean number of tracked cells in a frame.
    """

    pieces: tuple[Pieces, ...]
    cells: float


def measure(recordings: Sequence[Recording], settings: MethodSettings) -> MeasuredTracks | None:
    """Cut tracks into pieces and measure them; None if no recording has a track.

    Args:
        recordings: recordings of one participant; their segments are pooled.
        settings: settings of tracking and of the pieces.

    Raises:
        InputError: a position that is not finite, or a piece along which no beat was measured.
        MismatchError: the width of a pixel is not known.
        VideoError: a recording cannot be used.
    """
    config, found, n_points, n_frames = settings.track_physics, [], 0, 0
    for recording in recordings:
        n_frames += sum(tracks.n_frames for tracks in recording.tracks(settings.tracking))
        for tracks in tracks_of_segments(recording, settings.tracking, drift=config.drift):
            pieces = cut(tracks, window_s=config.piece_s)
            if not np.isfinite(pieces.beat).all():
                raise InputError(
                    f"tracks of {recording.video_id} have a piece without a beat; allowed: tracks of heads that "
                    "find_heads found; track the video again"
                )
            n_points += len(tracks.track)
            found += [pieces] if len(pieces) else []
    return MeasuredTracks(tuple(found), n_points / n_frames) if found else None


def features_of(measured: MeasuredTracks, thresholds: ClassThresholds) -> Float[np.ndarray, " feature"]:
    """Compute the features listed in ``FEATURES``.

    Args:
        measured: tracks of one participant or one recording.
        thresholds: limits of the motility classes.
    """
    by_class = np.sum([cell_seconds(pieces, thresholds) for pieces in measured.pieces], axis=0)
    seconds, vsl, beat = (
        np.concatenate([getattr(pieces, name) for pieces in measured.pieces])
        for name in ("seconds", "vsl_um_s", "beat")
    )
    moves = vsl >= thresholds.progressive_um_s
    moving_um_s = float((seconds * vsl) @ moves / (seconds @ moves)) if moves.any() else 0.0
    standing = beat if moves.all() else beat[~moves]
    others = [np.log1p(measured.cells), seconds @ vsl / seconds.sum(), moving_um_s, np.median(standing)]
    return np.array([*(100 * by_class / by_class.sum()), *others], np.float64)
