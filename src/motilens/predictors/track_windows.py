"""Windows of a recording's tracks, and the mean squared displacement of each track at a common set of lags.

Lags are seconds, so that recordings of different frame rates can be compared::

    window of 3 s at 50 Hz    frames 1 2 3 ........................... 149
    50 lags                        |     |     |     |            ...    |      each 2.98 frames, rounded
"""

import numpy as np
from jaxtyping import Float

from motilens.config import MethodSettings
from motilens.predictors.segment_tracks import tracks_of_segments
from motilens.recordings.recording import Recording
from motilens.tracking.displacement import Displacements, mean_squared_displacement, windows
from motilens.tracking.tracks import Tracks

Lags = Float[np.ndarray, " lag"]


def windows_of(recording: Recording, settings: MethodSettings) -> list[Tracks]:
    """Windows of a recording that contain tracks, with the drift removed.

    A window lies within one segment between stage moves. A segment that is shorter than a window is one window; the
    rest after the last whole window of a longer segment is not used.

    Raises:
        InputError: a position that is not finite.
        MismatchError: the width of a pixel is not known.
        VideoError: the recording cannot be used.
    """
    config = settings.bag_of_words
    found = []
    for tracks in tracks_of_segments(recording, settings.tracking, drift=config.drift):
        length, step = (max(1, round(s * tracks.scale.fps_hz)) for s in (config.window_s, config.step_s))
        ranges = windows(tracks.n_frames, length=length, step=step).tolist()
        found += [tracks.between(start, stop) for start, stop in ranges]
    return [window for window in found if len(window) and window.n_frames > 1]


def displacements_at(window: Tracks, lags_s: Lags) -> Displacements:
    """Mean squared displacement of a window's tracks: (track, lag), um^2, ``MISSING`` where a track is too short.

    Args:
        window: tracks of one window.
        lags_s: lags in seconds, ascending; each is rounded to whole frames, at least one.
    """
    frames = np.maximum(1, np.rint(lags_s * window.scale.fps_hz).astype(np.int64))
    return mean_squared_displacement(window, n_lags=int(frames[-1]))[:, frames - 1]
