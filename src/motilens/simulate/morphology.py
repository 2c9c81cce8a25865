"""Draws the morphology of cells, with or without defects, and computes the shape of head, midpiece and tail.

Everything follows from the form that is drawn: ``phase_map`` computes the phase delay of light in head, midpiece and
droplet, ``tail_angles`` the resting shape of the tail or tails. Lengths are those of WHO 2021 (stained head
4.1 x 2.8 um, living ones are about a tenth larger; midpiece 4.0 um, tail 45 um). Defects are large enough to be visible
at half a micrometre a pixel.
"""

from dataclasses import dataclass
from typing import Literal, TypeVar, get_args

import numpy as np
from jaxtyping import Float

HeadForm = Literal["normal", "tapered", "round", "small", "large", "amorphous"]
MidpieceForm = Literal["normal", "bent", "thick", "droplet"]
TailForm = Literal["normal", "coiled", "short", "bent", "double"]

HEAD_FORMS: tuple[HeadForm, ...] = get_args(HeadForm)
MIDPIECE_FORMS: tuple[MidpieceForm, ...] = get_args(MidpieceForm)
TAIL_FORMS: tuple[TailForm, ...] = get_args(TailForm)

SEGMENTS = 16
"""Number of straight segments of a tail."""

SWIMMING_TAILS: tuple[TailForm, ...] = ("bent", "double")
BEATING_TAILS: tuple[TailForm, ...] = ("bent", "double", "short", "coiled")
"""Defects that the tail of a progressive and of a non-progressive cell can have; an immotile cell can have any."""

_SIZES_UM: dict[HeadForm, tuple[float, float]] = {
    "normal": (4.5, 3.0),
    "tapered": (6.0, 2.4),
    "round": (3.7, 3.6),
    "small": (3.1, 2.2),
    "large": (5.8, 4.1),
    "amorphous": (4.6, 3.4),
}
_MIDPIECE_UM = (4.0, 0.9)
_HEAD_PHASE_RAD = (1.9, 3.1)
_MARGIN_UM = 0.35
"""Width of the thin margin around the head, which looks dark."""

_REACH_UM = 5.0
"""Distance from the head's centre beyond which even the largest head, its lumps and margin included, has no phase."""

_HALF_SHARE, _DIM_HALF = 0.2, (0.15, 0.6)
"""Share of the heads of which one half delays light less (acrosome or postacrosomal region), and by which factor."""

_GROOVED_SHARE, _GROOVE, _GROOVE_UM = 0.22, 0.8, 0.22
"""Share of the heads with a dark line along their middle; depth and half width of the groove that causes it.

Real heads have that line when they are seen from the edge and act as cylindrical lenses. A phase map has no lenses: it
describes thin objects. A groove gives the same picture.
"""

_MIDPIECE_PHASE_RAD = (0.06, 0.16)

PhaseMap = Float[np.ndarray, "y x"]
Angles = Float[np.ndarray, "tail segment"]
_Form = TypeVar("_Form", HeadForm, MidpieceForm, TailForm)


@dataclass(frozen=True)
class Form:
    """Morphology of one cell.

    Attributes:
        head, midpiece, tail: form of each part.
        head_um: length and width of the head.
        taper: share by which the head is narrower towards the midpiece and wider in front.
        lumps: amplitude (as a share of the radius) and phase of the head's outline at two, three and four waves a turn.
        half_shares: phase of the front half and of the back half of the head, relative to ``head_phase_rad``.
        margin_rad: phase delay in the thin margin around the head.
        groove: depth of the groove along the head's middle, as a share of its phase; 0 is none.
        head_phase_rad, midpiece_phase_rad: phase delay of light through the centre of each, at 0.55 um.
        neck_bend_rad: angle between head and midpiece.
        midpiece_um: length and width of the midpiece.
        droplet_um: radius of the cytoplasmic droplet; 0 if there is none.
        droplet_side: side of the midpiece on which the droplet is, -1 or 1.
        tail_um: length of the tail.
        bend_rad: angle by which the resting tail turns from root to tip.
        kink: position of a sharp bend, as a share of the tail, and its angle.
    """

    head: HeadForm = "normal"
    midpiece: MidpieceForm = "normal"
    tail: TailForm = "normal"
    head_um: tuple[float, float] = (4.5, 3.0)
    taper: float = 0.1
    lumps: tuple[tuple[float, float], ...] = ()
    half_shares: tuple[float, float] = (1.0, 1.0)
    margin_rad: float = 0.28
    groove: float = 0.0
    head_phase_rad: float = 2.0
    midpiece_phase_rad: float = 0.4
    neck_bend_rad: float = 0.0
    midpiece_um: tuple[float, float] = _MIDPIECE_UM
    droplet_um: float = 0.0
    droplet_side: int = 1
    tail_um: float = 45.0
    bend_rad: float = 0.0
    kink: tuple[float, float] = (1.0, 0.0)

    @property
    def defects(self) -> tuple[bool, bool, bool]:
        """Whether head, midpiece and tail are defective."""
        return self.head != "normal", self.midpiece != "normal", self.tail != "normal"


def draw_form(
    rng: np.random.Generator, defects_pct: tuple[float, float, float], *, tails: tuple[TailForm, ...] = TAIL_FORMS[1:]
) -> Form:
    """Draw the morphology of one cell.

    Args:
        rng: the cell's own stream; the number of draws is always the same.
        defects_pct: probabilities of a defect of head, midpiece and tail, in percent; the three are independent.
        tails: forms that a defective tail may have.
    """
    u = rng.random(20)
    g = rng.standard_normal(12)
    head = _pick(HEAD_FORMS, u[0] < defects_pct[0] / 100, u[1])
    midpiece = _pick(MIDPIECE_FORMS, u[2] < defects_pct[1] / 100, u[3])
    tail = _pick(("normal", *tails), u[4] < defects_pct[2] / 100, u[5])
    long_um, wide_um = _SIZES_UM[head]
    side = 1 if u[6] < 0.5 else -1
    lump = 0.16 if head == "amorphous" else 0.02
    return Form(
        head=head,
        midpiece=midpiece,
        tail=tail,
        head_um=(long_um * (1 + 0.05 * g[0]), wide_um * (1 + 0.05 * g[1])),
        taper=0.38 if head == "tapered" else float(np.clip(0.1 + 0.05 * g[2], -0.1, 0.25)),
        lumps=tuple((lump * (0.4 + u[7 + k]), 2 * np.pi * u[10 + k]) for k in range(3)),
        half_shares=_half_shares(*u[17:19]),
        groove=_GROOVE if u[17] > 1 - _GROOVED_SHARE else 0.0,
        head_phase_rad=_between(_HEAD_PHASE_RAD, u[13]),
        midpiece_phase_rad=_between(_MIDPIECE_PHASE_RAD, u[16]),
        neck_bend_rad=side * float(0.7 + 0.8 * u[14]) if midpiece == "bent" else 0.08 * float(g[3]),
        midpiece_um=(_MIDPIECE_UM[0] * (1 + 0.06 * g[4]), 2.0 if midpiece == "thick" else _MIDPIECE_UM[1]),
        droplet_um=float(1.3 + 0.6 * u[15]) if midpiece == "droplet" else 0.0,
        droplet_side=side,
        tail_um=float(8 + 10 * u[14]) if tail == "short" else float(np.clip(43 + 3.5 * g[5], 34, 52)),
        bend_rad=0.6 * float(g[6]),
        kink=(float(0.2 + 0.3 * u[15]), side * float(1.7 + 0.9 * u[14])) if tail == "bent" else (1.0, 0.0),
    )


def _between(ends: tuple[float, float], share: float) -> float:
    return float(ends[0] + (ends[1] - ends[0]) * share)


def _pick(forms: tuple[_Form, ...], defective: bool | np.bool, u: float) -> _Form:
    """Choose the first form, or with a defect one of the others by ``u``, 0-1."""
    return forms[1 + int(u * (len(forms) - 1))] if defective else forms[0]


def phase_map(form: Form, *, um_per_px: float, size: int) -> PhaseMap:
    """Compute the phase delay of light in head, midpiece and droplet.

    Args:
        form: the cell's morphology.
        um_per_px: width of a pixel of the result in um.
        size: height and width of the result; the head is in its centre and points along x.

    Returns:
        (y, x), radians at 0.55 um; 0 outside the cell.
    """
    at = (np.arange(size) - (size - 1) / 2) * um_per_px
    x, y = np.meshgrid(at, at)
    phase = _midpiece(form, x, y)
    near = slice(*np.searchsorted(at, (-_REACH_UM, _REACH_UM)))
    phase[near, near] = np.maximum(phase[near, near], _head(form, x[near, near], y[near, near]))
    return phase + _droplet(form, x, y) if form.droplet_um else phase


def _head(form: Form, x: PhaseMap, y: PhaseMap) -> PhaseMap:
    half_long, half_wide = form.head_um[0] / 2, form.head_um[1] / 2
    u = x / half_long
    v = y / (half_wide * np.maximum(1 + form.taper * u, 0.2))
    outline = np.ones_like(u)
    turn = np.arctan2(v, u)
    for waves, (amplitude, phase) in enumerate(form.lumps, start=2):
        outline += amplitude * np.cos(waves * turn + phase)
    inside = np.clip(1 - (u**2 + v**2) / outline**2, 0, None)
    front, back = form.half_shares
    halves = back + (front - back) / (1 + np.exp(-np.clip(u / 0.12, -60, 60)))
    groove = 1 - form.groove * np.exp(-((y / _GROOVE_UM) ** 2) / 2)
    dense = form.head_phase_rad * np.sqrt(inside) * halves * groove
    wider = (u / (1 + _MARGIN_UM / half_long)) ** 2 + (v / (1 + _MARGIN_UM / half_wide)) ** 2
    margin = form.margin_rad * np.clip(1 - wider / outline**2, 0, None) ** 0.25
    return np.maximum(dense, margin)


def _half_shares(which: float, u: float) -> tuple[float, float]:
    """Choose the relative phases of the head's halves by two uniform random numbers, 0-1."""
    dim = _between(_DIM_HALF, u)
    return (dim, 1.0) if which < 0.6 * _HALF_SHARE else (1.0, dim) if which < _HALF_SHARE else (1.0, 1.0)


def root_um(form: Form) -> tuple[float, float]:
    """Compute where the tail begins: x and y relative to the centre of the head, which points along x."""
    back = form.head_um[0] / 2 - 0.3
    reach = form.midpiece_um[0]
    return -back - reach * float(np.cos(form.neck_bend_rad)), -reach * float(np.sin(form.neck_bend_rad))


def _midpiece(form: Form, x: PhaseMap, y: PhaseMap) -> PhaseMap:
    neck_x = -(form.head_um[0] / 2 - 0.3)
    root_x, root_y = root_um(form)
    dx, dy = root_x - neck_x, root_y
    along = np.clip(((x - neck_x) * dx + y * dy) / (dx**2 + dy**2), 0, 1)
    away = np.hypot(x - neck_x - along * dx, y - along * dy) / (form.midpiece_um[1] / 2)
    thicker = form.midpiece_um[1] / _MIDPIECE_UM[1]
    return form.midpiece_phase_rad * thicker * np.sqrt(np.clip(1 - away**2, 0, None))


def _droplet(form: Form, x: PhaseMap, y: PhaseMap) -> PhaseMap:
    root_x, root_y = root_um(form)
    middle_x, middle_y = 0.45 * root_x - 0.9, 0.45 * root_y + 0.9 * form.droplet_um * form.droplet_side
    away = np.hypot(x - middle_x, y - middle_y) / form.droplet_um
    return 0.75 * form.droplet_um / 1.5 * np.sqrt(np.clip(1 - away**2, 0, None))


def tail_angles(form: Form) -> Angles:
    """Compute the resting shape of the tail: the direction of each segment, in radians from straight back.

    Returns:
        (tail, segment), from root to tip; two rows for a double tail, one for all others.
    """
    share = (np.arange(SEGMENTS) + 0.5) / SEGMENTS
    angles = form.neck_bend_rad + form.bend_rad * share
    if form.tail == "coiled":  # a spiral with a radius of 2.3 um at the root and of 4 um at the tip
        turns_um = 2.3 + 1.7 * share
        angles = angles + np.cumsum(form.tail_um / SEGMENTS / turns_um) * (1 if form.bend_rad >= 0 else -1)
    angles = angles + np.where(share > form.kink[0], form.kink[1], 0.0)
    if form.tail == "double":
        apart = 0.16 + 0.5 * share
        return np.stack([angles + apart, angles - apart])
    return angles[None]
