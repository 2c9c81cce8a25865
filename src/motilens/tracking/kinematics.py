"""Measures how cells move, in the terms of computer-assisted sperm analysis (CASA).

The only implementation: tracks, the simulator's truth and the realism benchmark are measured with it. The terms are
WHO's (laboratory manual for the examination and processing of human semen, 6th edition, 2021, section on CASA):

==== ====================================================================================== ====
VCL  curvilinear velocity: length of the path through all positions, over time              um/s
VSL  straight-line velocity: distance from the first to the last position, over time        um/s
VAP  average-path velocity: length of the average path, over time                           um/s
LIN  linearity, VSL / VCL                                                                   0-1
STR  straightness, VSL / VAP                                                                0-1
WOB  wobble, VAP / VCL                                                                      0-1
ALH  amplitude of lateral head displacement: twice the mean of the largest deviations from
     the average path, one between each two crossings                                       um
BCF  beat-cross frequency: crossings of the average path, over time; a beat has two         Hz
==== ====================================================================================== ====

WHO leaves two things to each instrument. The average path is here a moving average over about ``SMOOTHING_S``, an odd
number of positions (5 at 50 or 60 frames/s). Towards the ends of a path the average takes fewer positions, always as
many before as after, so that it begins and ends where the path does and VSL <= VAP <= VCL; ALH and BCF leave these ends
out. ALH can be a mean or a maximum; instruments differ, and so do their values (Alquezar-Baeta et al. 2019, doi
10.1371/journal.pcbi.1006691, reports both). Here it is the mean, which a single misplaced position moves less.

Compare values only at one frame rate: a slower camera cuts corners and misses crossings, so that VCL, ALH and BCF come
out too small (Bompart et al. 2018, doi 10.1071/RD17551). That is so at VISEM's 50 frames/s, too; 60 are widely held to
be the minimum. A cell that does not move has the ALH and BCF of the noise in its positions.
"""

from dataclasses import dataclass, fields

import numpy as np
from jaxtyping import Float

from motilens.errors import InputError

SMOOTHING_S = 0.1
"""Length of the moving average: about one beat of a human sperm cell, whose side-to-side movement it takes out."""

PerCell = Float[np.ndarray, " cell"]
Paths = Float[np.ndarray, "frame cell 2"]


@dataclass(frozen=True)
class Kinematics:
    """How each cell moves along its path; see the table of the module. Ratios are 0 where the cell does not move."""

    vcl_um_s: PerCell
    vsl_um_s: PerCell
    vap_um_s: PerCell
    lin: PerCell
    str: PerCell
    wob: PerCell
    alh_um: PerCell
    bcf_hz: PerCell


QUANTITIES = tuple(field.name for field in fields(Kinematics))
"""Names of the values of ``Kinematics``, in the order of every table."""


def kinematics(heads_um: Paths, *, fps_hz: float, average_um: Paths | None = None) -> Kinematics:
    """Measure the paths of several cells over the same frames.

    Args:
        heads_um: x and y of each head, one position for each frame.
        fps_hz: frame rate.
        average_um: positions on the average paths where they are known, as in a simulation; STR and WOB may then exceed
            1 for cells that hardly move. None smooths ``heads_um``.

    Raises:
        InputError: fewer than two frames.
    """
    if len(heads_um) < 2:
        raise InputError(f"kinematics of {len(heads_um)} frames; allowed: at least 2")
    reach = 0
    if average_um is None:
        reach = min(_reach(fps_hz), (len(heads_um) - 2) // 2)
        average_um = _moving_average(heads_um, reach)
    seconds = (len(heads_um) - 1) / fps_hz
    vcl, vap = _length(heads_um) / seconds, _length(average_um) / seconds
    vsl = straight_line_um_s(heads_um[0], heads_um[-1], seconds)
    whole = slice(reach, len(heads_um) - reach)
    lateral = _lateral(heads_um[whole], average_um[whole])
    alh, crossings = np.array([_swings(cell) for cell in lateral.T]).reshape(-1, 2).T
    return Kinematics(
        vcl_um_s=vcl,
        vsl_um_s=vsl,
        vap_um_s=vap,
        lin=_ratio(vsl, vcl),
        str=_ratio(vsl, vap),
        wob=_ratio(vap, vcl),
        alh_um=alh,
        bcf_hz=crossings * fps_hz / (len(lateral) - 1),
    )


def straight_line_um_s(
    first_um: Float[np.ndarray, "cell 2"], last_um: Float[np.ndarray, "cell 2"], seconds: float | PerCell
) -> PerCell:
    """VSL from the first and the last position of each path, and the time between them."""
    return np.hypot(*(last_um - first_um).T) / seconds


def _reach(fps_hz: float) -> int:
    """Positions that the moving average takes on either side."""
    return max(1, round((SMOOTHING_S * fps_hz - 1) / 2))


def _moving_average(paths_um: Paths, reach: int) -> Paths:
    k = np.arange(len(paths_um))
    r = np.minimum(reach, np.minimum(k, k[::-1]))
    # Counted from the first position, so that a cell that stands has an average path that stands.
    sums = np.concatenate([np.zeros((1, *paths_um.shape[1:])), np.cumsum(paths_um - paths_um[:1], axis=0)])
    return paths_um[:1] + (sums[k + r + 1] - sums[k - r]) / (2 * r + 1)[:, None, None]


def _length(paths_um: Paths) -> PerCell:
    return np.hypot(*np.moveaxis(np.diff(paths_um, axis=0), 2, 0)).sum(axis=0)


def _ratio(part: PerCell, whole: PerCell) -> PerCell:
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)


def _lateral(heads_um: Paths, average_um: Paths) -> Float[np.ndarray, "frame cell"]:
    """Deviation to one side of the average path where that has a direction; else along the main direction of swing."""
    deviation = heads_um - average_um
    along = np.gradient(average_um, axis=0)
    length = np.hypot(along[..., 0], along[..., 1])
    moves = length > 1e-9
    safe = np.where(moves, length, 1.0)
    across = (deviation[..., 1] * along[..., 0] - deviation[..., 0] * along[..., 1]) / safe
    # An average path that stands has no sides: the swing is along the longer axis of the deviations.
    x, y = deviation[..., 0], deviation[..., 1]
    turn = np.arctan2(2 * (x * y).sum(axis=0), (x**2 - y**2).sum(axis=0)) / 2
    swing = x * np.cos(turn) + y * np.sin(turn)
    return np.where(moves.all(axis=0), across, swing)


def _swings(lateral_um: Float[np.ndarray, " frame"]) -> tuple[float, float]:
    """ALH of one cell, and how often it crosses its average path."""
    if np.abs(lateral_um).max() < 1e-9:
        return 0.0, 0.0
    sign = np.where(lateral_um >= 0, 1, -1)
    crossings = np.flatnonzero(np.diff(sign)) + 1
    parts = np.split(np.abs(lateral_um), crossings)
    whole = parts[1:-1] or parts  # the first and the last swing are cut off by the ends of the path
    return 2 * float(np.mean([part.max() for part in whole])), float(len(crossings))
