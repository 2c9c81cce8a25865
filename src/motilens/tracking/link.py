"""Links heads into tracks with trackpy, leaves out tracks that are too short, and removes drift.

Fluid that flows, or a stage that creeps, carries all cells alike. Drift is their common step from frame to frame,
summed over frames. motilitAI takes the ``mean`` step of all heads. Swimmers that happen to go the same way shift it:
with few cells part of their swimming is removed, of a single cell all of it. A minority does not shift the ``median``,
which counts only in frames with enough heads.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise

import numpy as np
from jaxtyping import Float

from motilens.config.tracking import DriftName, LinkConfig
from motilens.errors import TrackError
from motilens.tracking.quiet_trackpy import quiet
from motilens.tracking.tracks import Detections, Scale, Tracks

LEAST_FOR_MEDIAN = 5
"""With fewer heads than this the median step is taken as 0: it would be the step of a single cell."""

Steps = Float[np.ndarray, "step 2"]


def link_heads(heads: Detections, *, scale: Scale, config: LinkConfig | None = None) -> Tracks:
    """Link heads from frame to frame.

    Args:
        heads: of consecutive frames.
        scale: width of a pixel and frame rate.
        config: settings.

    Returns:
        Tracks of at least ``least_frames`` points, in the order in which they begin; perhaps none. Their drift is not
        yet known (``without_drift``).

    Raises:
        TrackError: heads so many and so close to each other that trackpy cannot link them.
    """
    config = config or LinkConfig()
    number = _linked(heads, config)
    # trackpy numbers tracks that begin in the same frame in any order.
    _, first, inverse = np.unique(number, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.lexsort((heads.x_px[first], heads.y_px[first], heads.frame[first]))] = np.arange(len(first))
    track = rank[inverse]
    order = np.lexsort((heads.frame, track))
    return Tracks(
        track=track[order],
        frame=heads.frame[order],
        x_px=heads.x_px[order],
        y_px=heads.y_px[order],
        beat=heads.beat[order],
        drift_px=np.zeros((heads.n_frames, 2)),
        scale=scale,
    ).without_stubs(config.least_frames)


def drift(tracks: Tracks, name: DriftName) -> Float[np.ndarray, "frame 2"]:
    """Compute how far everything had drifted by each frame since the first, x and y in pixels.

    Args:
        tracks: steps across missing frames do not count.
        name: which common step is summed, by its name in ``DRIFTS``.
    """
    return np.cumsum(_common_steps(tracks, DRIFTS[name]), axis=0)


def without_drift(tracks: Tracks, name: DriftName) -> Tracks:
    """Give the same tracks with their drift set, so that positions in um are free of it."""
    return replace(tracks, drift_px=drift(tracks, name))


def _mean(steps: Steps) -> Float[np.ndarray, "2"]:
    return steps.mean(axis=0)


def _median(steps: Steps) -> Float[np.ndarray, "2"]:
    return np.median(steps, axis=0) if len(steps) >= LEAST_FOR_MEDIAN else np.zeros(2)


def _none(steps: Steps) -> Float[np.ndarray, "2"]:
    return np.zeros(2)


DRIFTS: dict[DriftName, Callable[[Steps], Float[np.ndarray, "2"]]] = {"mean": _mean, "median": _median, "none": _none}
"""Common step of all heads into one frame, from the step of each."""


def _common_steps(tracks: Tracks, common: Callable[[Steps], Float[np.ndarray, "2"]]) -> Float[np.ndarray, "frame 2"]:
    found = np.zeros((tracks.n_frames, 2))
    consecutive = (np.diff(tracks.track) == 0) & (np.diff(tracks.frame) == 1)
    steps = np.diff(np.stack([tracks.x_px, tracks.y_px], axis=1), axis=0)[consecutive]
    into = tracks.frame[1:][consecutive]
    order = np.argsort(into, kind="stable")
    frames, begin = np.unique(into[order], return_index=True)
    for frame, of_frame in zip(frames, np.split(steps[order], begin[1:]), strict=False):
        found[frame] = common(of_frame)
    return found


def _linked(heads: Detections, config: LinkConfig) -> np.ndarray:
    """Trackpy's number of the track of each head."""
    if not len(heads):
        return np.empty(0, np.int64)
    numbers = []
    done = 0
    with quiet():
        from trackpy.linking import link_iter
        from trackpy.linking.utils import SubnetOversizeException

        try:
            for _, ids in link_iter(_levels(heads), config.search_range_px, memory=config.memory_frames):
                numbers.extend(ids)
                done = len(numbers)
        except SubnetOversizeException as error:
            raise TrackError(
                f"too many heads within {config.search_range_px:g} pixels of each other to be linked in frame "
                f"{heads.frame[done]} ({len(heads) / heads.n_frames:.0f} heads a frame); ask for a higher least_mass "
                "or a smaller search_range_px"
            ) from error
    return np.array(numbers, np.int64)


def _levels(heads: Detections) -> Iterator[tuple[int, np.ndarray]]:
    """Yield frame by frame, from the first with a head: its number, and its heads (n, 2), y and x."""
    places = np.stack([heads.y_px, heads.x_px], axis=1)
    first = int(heads.frame[0])
    bounds = np.searchsorted(heads.frame, np.arange(first, heads.n_frames + 1))
    for k, (begin, end) in enumerate(pairwise(bounds), start=first):
        yield k, places[begin:end]
