"""The figures that CASA takes from a track, here from places that are exactly known.

Terms and definitions are WHO's (laboratory manual, 6th edition, 2021, section on CASA), for one window of a track:

- VSL: distance from the first to the last place, over time;
- VCL: length of the way through all places, over time; it grows with the frame rate, as it does in CASA;
- VAP: length of the average path, over time; here the path itself is known, no smoothing stands in for it;
- LIN: VSL / VCL;
- ALH: twice the mean of the largest deviations from the average path, one between each two crossings;
- BCF: crossings of the average path, over time. A beat crosses it twice.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from motilens.simulate.cells import PerCell

Places = Float[np.ndarray, "frame cell 2"]


@dataclass(frozen=True)
class Kinematics:
    """Figures of each cell over one window; speeds in um/s, ALH in um, BCF in Hz, LIN 0-1 (0 for what stands)."""

    vsl_um_s: PerCell
    vcl_um_s: PerCell
    vap_um_s: PerCell
    lin: PerCell
    alh_um: PerCell
    bcf_hz: PerCell


def kinematics(heads_um: Places, centres_um: Places, *, fps_hz: float) -> Kinematics:
    """Measure all cells over the whole of a window.

    Args:
        heads_um: places of the heads, at least two frames.
        centres_um: places on the average path, of the same frames.
        fps_hz: frames a second.
    """
    length_s = (len(heads_um) - 1) / fps_hz
    vsl = np.hypot(*np.moveaxis(heads_um[-1] - heads_um[0], 1, 0)) / length_s
    vcl = _way(heads_um) / length_s
    aside = _aside(heads_um, centres_um)
    alh, crossings = np.array([_swings(cell) for cell in aside.T]).T
    return Kinematics(
        vsl_um_s=vsl,
        vcl_um_s=vcl,
        vap_um_s=_way(centres_um) / length_s,
        lin=np.divide(vsl, vcl, out=np.zeros_like(vsl), where=vcl > 0),
        alh_um=alh,
        bcf_hz=crossings / length_s,
    )


def _way(places: Places) -> PerCell:
    return np.hypot(*np.moveaxis(np.diff(places, axis=0), 2, 0)).sum(axis=0)


def _aside(heads_um: Places, centres_um: Places) -> Float[np.ndarray, "frame cell"]:
    """Deviation to the left of the average path, where that has a direction; else along the mean direction of swing."""
    deviation = heads_um - centres_um
    along = np.gradient(centres_um, axis=0)
    length = np.hypot(along[..., 0], along[..., 1])
    moves = length > 1e-9
    safe = np.where(moves, length, 1.0)
    across = (deviation[..., 1] * along[..., 0] - deviation[..., 0] * along[..., 1]) / safe
    # A cell that stands has no path to be left of: its swing is along the longer axis of its own deviations.
    turn = np.arctan2(2 * (deviation[..., 0] * deviation[..., 1]).sum(axis=0), _difference(deviation)) / 2
    swing = deviation[..., 0] * np.cos(turn) + deviation[..., 1] * np.sin(turn)
    return np.where(moves.all(axis=0), across, swing)


def _difference(deviation: Places) -> PerCell:
    return (deviation[..., 0] ** 2 - deviation[..., 1] ** 2).sum(axis=0)


def _swings(aside_um: Float[np.ndarray, " frame"]) -> tuple[float, float]:
    """ALH and number of crossings of one cell."""
    if np.abs(aside_um).max() < 1e-9:
        return 0.0, 0.0
    sign = np.where(aside_um >= 0, 1, -1)
    crossings = np.flatnonzero(np.diff(sign)) + 1
    parts = np.split(np.abs(aside_um), crossings)
    whole = parts[1:-1] or parts  # the first and the last swing are cut off by the window
    return 2 * float(np.mean([part.max() for part in whole])), float(len(crossings))
