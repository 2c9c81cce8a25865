"""Where names go beside the points of a figure, so that none covers another; pure.

Each name in turn takes the cheapest of some places around its point: near is cheap, covering another name or a point is
dear, covering a line costs a little. A few rounds let early ones move for late ones. The same points give the same
places.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_ANGLES_DEG = (
    0.0,
    180.0,
    35.0,
    -35.0,
    145.0,
    -145.0,
    90.0,
    -90.0,
    62.0,
    -62.0,
    118.0,
    -118.0,
    18.0,
    -18.0,
    162.0,
    -162.0,
)
_REACHES_PX = (7.0, 16.0, 28.0, 42.0, 58.0, 76.0, 96.0, 120.0)
_ROUNDS = 6
_ANY_PX = 5.0
"""That one covers another at all is as bad as so many pixels of it."""
_NAME_ON_NAME, _NAME_ON_POINT, _NAME_ON_LINE, _OUTSIDE = 60.0, 15.0, 1.5, 60.0


@dataclass(frozen=True)
class Box:
    """An upright rectangle in pixels; y grows upwards."""

    left: float
    bottom: float
    right: float
    top: float

    def overlap(self, other: "Box") -> float:
        """How far two rectangles reach into each other, the shorter way, in pixels; 0.0 where they don't."""
        across = min(self.right, other.right) - max(self.left, other.left)
        up = min(self.top, other.top) - max(self.bottom, other.bottom)
        return min(across, up) if across > 0 and up > 0 else 0.0

    def outside(self, frame: "Box") -> float:
        """How far it juts out of a frame, in pixels."""
        sides = (frame.left - self.left, frame.bottom - self.bottom, self.right - frame.right, self.top - frame.top)
        return sum(max(0.0, side) for side in sides)


@dataclass(frozen=True)
class Spot:
    """A point that wants a name.

    Attributes:
        x, y: the point, in pixels.
        width, height: of the name.
    """

    x: float
    y: float
    width: float
    height: float


def place(spots: Sequence[Spot], frame: Box, lines: Sequence[Box] = (), *, point_px: float = 5.0) -> tuple[Box, ...]:
    """Find a place for every name.

    Args:
        spots: points and the sizes of their names.
        frame: names stay inside.
        lines: what names should rather not cover, such as error bars.
        point_px: half the size of a point.

    Returns:
        The rectangle of each name, in the order of the spots.
    """
    points = [Box(s.x - point_px, s.y - point_px, s.x + point_px, s.y + point_px) for s in spots]
    candidates = [
        [(reach, _beside(spot, angle, reach)) for reach in _REACHES_PX for angle in _ANGLES_DEG] for spot in spots
    ]
    fixed = [
        [
            (
                reach
                + _NAME_ON_POINT * _covered(box, points)
                + _NAME_ON_LINE * _covered(box, lines)
                + _OUTSIDE * box.outside(frame),
                box,
            )
            for reach, box in of_spot
        ]
        for of_spot in candidates
    ]
    placed: list[Box | None] = [None] * len(spots)
    # Who has the most neighbours chooses first.
    order = sorted(range(len(spots)), key=lambda k: -sum(_near(spots[k], other) for other in spots))
    for _ in range(_ROUNDS):
        before = list(placed)
        for k in order:
            others = [box for j, box in enumerate(placed) if j != k]
            placed[k] = min(fixed[k], key=lambda c: c[0] + _NAME_ON_NAME * _covered(c[1], others))[1]
        if placed == before:
            break
    return tuple(box for box in placed if box is not None)


def _beside(spot: Spot, angle_deg: float, reach_px: float) -> Box:
    """The name's rectangle whose nearest part lies so far from the point, in a direction."""
    dx, dy = math.cos(math.radians(angle_deg)), math.sin(math.radians(angle_deg))
    # From the point outwards, then by half the name's own size the same way.
    x = spot.x + dx * reach_px + math.copysign(min(1.0, abs(dx) * 1.5), dx) * spot.width / 2
    y = spot.y + dy * reach_px + math.copysign(min(1.0, abs(dy) * 1.5), dy) * spot.height / 2
    return Box(x - spot.width / 2, y - spot.height / 2, x + spot.width / 2, y + spot.height / 2)


def _covered(box: Box, others: Iterable[Box | None]) -> float:
    """How much of others a name covers."""
    reaches = (box.overlap(other) for other in others if other is not None)
    return sum((reach + _ANY_PX for reach in reaches if reach > 0), 0.0)


def _near(spot: Spot, other: Spot) -> bool:
    return abs(spot.x - other.x) < 2 * spot.width and abs(spot.y - other.y) < 3 * spot.height
