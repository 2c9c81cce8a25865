"""Tracks: heads linked from frame to frame, and how they move.

trackpy links heads within 5.5 px at 50 frames a second (and as many micrometres a second at another rate), over at most
3 missing frames. Definitions, over each whole second of each track (missing points interpolated),
the same for every source:

- VCL: length of the path through every point, over time.
- VAP: length of the average path, a moving average over 0.1 s (5 points at 50 frames a second); points nearer than half
  of that to the ends are left out of the path, and its length is divided by the time it spans.
- VSL: distance from the first to the last point, over time.
- LIN: VSL / VCL.
- ALH: twice the greatest distance of a point from the average path's point of the same moment.

A second is progressive if VSL >= 5 um/s (WHO 2021), still if its net displacement is below 1.5 um.
"""

import logging
from dataclasses import dataclass

import numpy as np
from trackpy.linking import link_iter

RANGE_PX_50HZ = 5.5
MEMORY_FRAMES = 3
LEAST_POINTS = 25
WINDOW_S = 1.0
SMOOTH_S = 0.1
PROGRESSIVE_UM_S = 5.0
STILL_UM = 1.5
QUANTITIES = ("vcl_um_s", "vsl_um_s", "vap_um_s", "lin", "alh_um")


@dataclass(frozen=True)
class Track:
    """One head over time.

    Attributes:
        frame_idx: (n,), increasing; may have gaps.
        at_px: (n, 2), x and y.
    """

    frame_idx: np.ndarray
    at_px: np.ndarray


def link(heads: list[np.ndarray], fps_hz: float) -> list[Track]:
    """Join heads to tracks.

    Args:
        heads: for each frame (n, 2), x and y.
        fps_hz: frames a second.
    """
    logging.getLogger("trackpy").setLevel(logging.ERROR)
    frames: dict[int, list[int]] = {}
    points: dict[int, list[np.ndarray]] = {}
    levels = ((number, found) for number, found in enumerate(heads))
    for number, ids in link_iter(levels, RANGE_PX_50HZ * 50 / fps_hz, memory=MEMORY_FRAMES):
        for track, head in zip(ids, heads[number], strict=True):
            frames.setdefault(track, []).append(number)
            points.setdefault(track, []).append(head)
    return [
        Track(np.array(when), np.array(points[track])) for track, when in frames.items() if len(when) >= LEAST_POINTS
    ]


@dataclass(frozen=True)
class Seconds:
    """How heads moved in each whole second of each track.

    Attributes:
        second: (n,), whole seconds from the clip's start to the window's middle.
        values: for each of ``QUANTITIES`` (n,).
    """

    second: np.ndarray
    values: dict[str, np.ndarray]

    @property
    def progressive(self) -> np.ndarray:
        """(n,), True where VSL reaches 5 um/s."""
        return self.values["vsl_um_s"] >= PROGRESSIVE_UM_S

    @property
    def still(self) -> np.ndarray:
        """(n,), True where the net displacement is below 1.5 um."""
        return self.values["vsl_um_s"] * WINDOW_S < STILL_UM

    def shares_pct(self, chosen: np.ndarray) -> np.ndarray:
        """Share of the chosen windows in each second of the clip, in percent."""
        return np.array([chosen[self.second == each].mean() * 100 for each in np.unique(self.second)])


def seconds_of(tracks: list[Track], fps_hz: float, um_per_px: float) -> Seconds:
    """Measure every whole second of every track."""
    steps = round(WINDOW_S * fps_hz)
    reach = max(1, round((SMOOTH_S * fps_hz - 1) / 2))
    rows, when = [], []
    for track in tracks:
        start, stop = int(track.frame_idx[0]), int(track.frame_idx[-1])
        every = np.arange(start, stop + 1)
        path = np.stack([np.interp(every, track.frame_idx, track.at_px[:, axis]) for axis in (0, 1)], axis=1)
        for first in range(0, len(path) - steps, steps):
            rows.append(kinematics(path[first : first + steps + 1] * um_per_px, fps_hz, reach))
            when.append(int((start + first + steps / 2) / fps_hz))
    table = np.array(rows).reshape(-1, len(QUANTITIES))
    return Seconds(np.array(when, int), dict(zip(QUANTITIES, table.T, strict=True)))


def kinematics(path_um: np.ndarray, fps_hz: float, reach: int) -> tuple[float, float, float, float, float]:
    """VCL, VSL, VAP (um/s), LIN and ALH (um) of one path.

    Args:
        path_um: (n, 2), x and y, a point each frame.
        fps_hz: frames a second.
        reach: points on either side that the average path averages over.
    """
    time_s = (len(path_um) - 1) / fps_hz
    vcl = _length(path_um) / time_s
    vsl = float(np.linalg.norm(path_um[-1] - path_um[0])) / time_s
    width = 2 * reach + 1
    sums = np.cumsum(np.concatenate([np.zeros((1, 2)), path_um]), axis=0)
    average = (sums[width:] - sums[:-width]) / width
    vap = _length(average) / ((len(average) - 1) / fps_hz)
    off = np.linalg.norm(path_um[reach:-reach] - average, axis=1)
    return vcl, vsl, vap, vsl / vcl if vcl > 0 else 0.0, 2 * float(off.max())


def _length(path: np.ndarray) -> float:
    return float(np.linalg.norm(np.diff(path, axis=0), axis=1).sum())
