"""Tracks of a recording with the drift of each segment removed: the first step of all methods that use tracks."""

import numpy as np

from motilens.config import DriftName, TrackingConfig
from motilens.errors import InputError
from motilens.recordings.recording import Recording
from motilens.tracking.link import without_drift
from motilens.tracking.tracks import Tracks

NO_TRACKS = "no cell was tracked: predicted the mean of the training participants"
"""Problem reported for a recording without any track."""


def tracks_of_segments(recording: Recording, tracking: TrackingConfig, *, drift: DriftName) -> list[Tracks]:
    """Tracks of each segment between stage moves; segments without a track are left out.

    Args:
        recording: the recording; it is tracked if that has not been done yet.
        tracking: settings of tracking.
        drift: which drift is removed, separately for each segment.

    Raises:
        InputError: a position that is not finite.
        MismatchError: the width of a pixel is not known.
        VideoError: the recording cannot be used.
    """
    found = []
    for tracks in recording.tracks(tracking):
        if not (np.isfinite(tracks.x_px).all() and np.isfinite(tracks.y_px).all()):
            raise InputError(
                f"tracks of {recording.video_id} have a position that is not finite; allowed: tracks of heads that "
                "find_heads found; track the video again"
            )
        if len(tracks):
            found.append(without_drift(tracks, drift))
    return found
