"""Windows of a participant's tracks, each track as its mean squared displacement at the same lags for everybody.

Lags are seconds, so that videos of different rates speak of the same::

    window of 3 s at 50 Hz    frames 1 2 3 ........................... 149
    50 lags                        |     |     |     |            ...    |      each 2.98 frames, rounded
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from motilens.errors import InputError
from motilens.methods.from_tracks import without_drift
from motilens.methods.values import Material
from motilens.tracks.displacement import Displacements, mean_squared_displacement, windows
from motilens.tracks.values import Tracks

WINDOW_S, STEP_S = 10.0, 5.0
"""Length of a window, and from one to the next, as published."""

N_LAGS = 50

Lags = Float[np.ndarray, " lag"]


def windows_of(material: Material, participant: str) -> tuple[Tracks, ...]:
    """Windows of a participant's video that have any track, the mean drift taken off.

    A stretch between stage moves that is shorter than a window is one.
    """
    found = []
    for tracks in without_drift(material, participant, "mean"):
        length, step = (max(1, round(s * tracks.scale.fps_hz)) for s in (WINDOW_S, STEP_S))
        ranges = windows(tracks.n_frames, length=length, step=step).tolist()
        found += [tracks] if len(ranges) == 1 else [tracks.between(start, stop) for start, stop in ranges]
    return tuple(window for window in found if len(window) and window.n_frames > 1)


def lags_for(seen: Sequence[Tracks]) -> Lags:
    """Lags in seconds, evenly up to the longest of some windows; at most ``N_LAGS``, a frame apart at least."""
    longest_s, frames = max(((w.n_frames - 1) / w.scale.fps_hz, w.n_frames - 1) for w in seen)
    n = min(N_LAGS, frames)
    return longest_s * np.arange(1, n + 1) / n


def displacements_at(window: Tracks, lags_s: Lags, *, participant: str) -> Displacements:
    """Mean squared displacement of a window's tracks: (track, lag), um^2, ``MISSING`` where a track is too short.

    Args:
        window: tracks.
        lags_s: in seconds, ascending; the nearest frame counts.
        participant: whose they are, for the message.

    Raises:
        InputError: places that are no numbers.
    """
    frames = np.maximum(1, np.rint(lags_s * window.scale.fps_hz).astype(np.int64))
    found = mean_squared_displacement(window, n_lags=int(frames[-1]))[:, frames - 1]
    if not np.isfinite(found).all():
        raise InputError(
            f"tracks of participant {participant} have a place that is not a number; allowed: those of heads that "
            "find_heads found; track the video again"
        )
    return found
