"""Finds where the stage moved to another field, frame by frame, from thumbnails of the frames so far.

Cells move each in its own way and by little in a fiftieth of a second; a stage move shifts or replaces the whole
picture at once. Two signs are watched on thumbnails (about 40 x 30) freed of uneven light and with equal contrast
everywhere, so that one bright speck of dirt does not outweigh the cells:

- *likeness*: the correlation with the picture before falls far out of what the last second showed;
- *shift*: the one displacement that best explains the whole change is larger than any flow.

The decision for frame ``t`` uses frames up to ``t`` alone, so stacks can be cut in one pass.

What it cannot tell: a slide of less than about 4 of 640 pixels a frame counts as drift, not as a move; a flow that
carries all cells faster than that counts as a move; moves between fields of some ten cells or fewer may be seen in part
or not at all where dirt on the camera stays in the picture.
"""

import math
from collections import deque
from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

import cv2
import numpy as np

from motilens.errors import InputError

SHIFT_SHARE = 0.0078
"""A shift of the whole picture by this share of its longer side from one frame to the next is a move: 5 of 640 pixels,
for all cells at once some 100 um/s."""

END_SHARE = 0.0047
"""A move has ended when the picture shifts by less than this share."""

AGREEMENT = 0.5
"""A shift counts if it explains at least this share of what a displacement of each tile by its own would explain."""

LIKENESS_FALL = 0.15
"""A likeness must fall by at least this below the usual one."""

LIKENESS_SPREADS = 6.0
"""And by at least this many of its usual spreads."""

FIRST_FALL = 0.3
"""A likeness must fall by this much while too few frames are known to tell what is usual."""

CHANGE_FLOOR_GREY = 0.6
"""Root mean square change of the thumbnail below which nothing is a move: key frames and noise of empty fields."""

USUAL_FRAMES = 50
"""How many frames make the usual."""

SURE_FRAMES = 10
"""From so many frames on the usual is known with its spread."""

SETTLED_FRAMES = 50
"""So many frames that are steadily like each other are a field, though less like each other than the last field's."""

LEAST_SETTLED = 0.25
"""Below this likeness nothing settles: a long fast slide is steady too."""

_CONTRAST_FLOOR_GREY = 2.0
_TILE_PX = 10
_FLAT = 0.5
"""Keeps tiles without gradients from having any displacement."""

_Sums: TypeAlias = np.ndarray | np.floating


class MoveDetector:
    """Watches thumbnails one after another and says which belong to a stage move."""

    def __init__(self) -> None:
        self._before: _Picture | None = None
        self._usual: deque[float] = deque(maxlen=USUAL_FRAMES)
        self._in_move: deque[float] = deque(maxlen=SETTLED_FRAMES)
        self._unlike, self._suspect = -1.0, 1.0  # the first pair has nothing to be compared with
        self._n_fed = 0

    def skip(self) -> None:
        """Frames are left out here: the next is compared with none before it. What is usual stays known."""
        self._before = None

    def feed(self, thumbnail: np.ndarray) -> bool:
        """Take the next frame's thumbnail: ``feed_many`` for one."""
        return self.feed_many([thumbnail])[0]

    def feed_many(self, thumbnails: Sequence[np.ndarray]) -> list[bool]:
        """Take the next frames' thumbnails. Several at once are cheaper, and are decided as one by one.

        Args:
            thumbnails: each (y, x), uint8 grey, all of one size, about 40 x 30 (``Frame.thumbnail``).

        Returns:
            For each, True if its picture is in another place than the one before: a stack must not hold both.

        Raises:
            InputError: a thumbnail has another size than those before.
        """
        shapes = {thumbnail.shape for thumbnail in thumbnails} | ({self._before.even.shape} if self._before else set())
        if len(shapes) > 1:
            raise InputError(f"thumbnails of the sizes {sorted(shapes)} came; use one detector a video")
        return [self._feed(picture) for picture in _prepared(thumbnails)] if thumbnails else []

    def _feed(self, picture: "_Picture") -> bool:
        before, self._before = self._before, picture
        if before is None:
            return False
        likeness = _likeness(before, picture)
        if (likeness <= self._suspect or self._in_move) and self._moved(before, picture, likeness):
            self._in_move.append(likeness)
            return True
        self._in_move.clear()
        self._usual.append(likeness)
        self._n_fed += 1
        if self._n_fed <= SURE_FRAMES or self._n_fed % SURE_FRAMES == 0:
            self._learn()
        return False

    def _moved(self, before: "_Picture", picture: "_Picture", likeness: float) -> bool:
        if cv2.norm(before.levelled, picture.levelled, cv2.NORM_L2) < CHANGE_FLOOR_GREY * np.sqrt(picture.even.size):
            return False
        least_px = (END_SHARE if self._in_move else SHIFT_SHARE) * max(picture.even.shape)
        shift_px, agreement = _shift(before.even, picture.even)
        shifted = shift_px >= least_px and agreement >= AGREEMENT
        if not shifted and self._settled():
            self._usual = deque(self._in_move, maxlen=USUAL_FRAMES)
            self._learn()
            return False
        return shifted or likeness < self._unlike

    def _learn(self) -> None:
        """Set the likeness below which a picture has moved, and above which it certainly has not."""
        usual = np.sort(np.asarray(self._usual))
        middle = float(usual[len(usual) // 2])
        if len(usual) < SURE_FRAMES:
            self._unlike, self._suspect = middle - FIRST_FALL, middle
        else:
            spread = 1.4826 * float(np.sort(np.abs(usual - middle))[len(usual) // 2])
            self._unlike = middle - max(LIKENESS_FALL, LIKENESS_SPREADS * spread)
            self._suspect = middle - max(0.05, 2 * spread)

    def _settled(self) -> bool:
        """Whether what looks like a long move is a new field of other cells."""
        return (
            len(self._in_move) == SETTLED_FRAMES
            and min(self._in_move) > LEAST_SETTLED
            and max(self._in_move) - min(self._in_move) < 2 * LIKENESS_FALL
        )


def segments(frames: list[int]) -> tuple[tuple[int, int], ...]:
    """Join frame numbers into half-open runs: [3, 4, 9] becomes (3, 5), (9, 10)."""
    runs: list[tuple[int, int]] = []
    for frame in frames:
        if runs and runs[-1][1] == frame:
            runs[-1] = (runs[-1][0], frame + 1)
        else:
            runs.append((frame, frame + 1))
    return tuple(runs)


class _Picture(NamedTuple):
    """A thumbnail made comparable."""

    levelled: np.ndarray
    """Less its surroundings: uneven light and lamp flicker drop out."""
    even: np.ndarray
    """The same, divided by its contrast around each pixel."""
    energy: float


def _prepared(thumbnails: Sequence[np.ndarray]) -> list[_Picture]:
    """Level several thumbnails at once: they are the channels of one picture, which filters treat each alone."""
    pictures = np.stack(thumbnails, axis=-1).astype(np.float32)
    levelled = pictures - cv2.blur(pictures, (9, 9)).reshape(pictures.shape)
    contrast = cv2.blur(levelled * levelled, (7, 7)).reshape(pictures.shape)
    even = levelled / np.sqrt(contrast + _CONTRAST_FLOOR_GREY**2)
    levelled, even = (np.ascontiguousarray(np.moveaxis(each, -1, 0)) for each in (levelled, even))
    energies = np.einsum("nyx,nyx->n", even, even).tolist()
    return [_Picture(*picture) for picture in zip(levelled, even, energies, strict=True)]


def _likeness(one: _Picture, other: _Picture) -> float:
    """Correlation of two pictures, -1 to 1."""
    energy = one.energy * other.energy
    return float(np.vdot(one.even, other.even)) / math.sqrt(energy) if energy > 0 else 1.0


def _shift(before: np.ndarray, after: np.ndarray) -> tuple[float, float]:
    """The displacement that best explains the change, and how much of the picture agrees with it.

    Least squares (Lucas and Kanade 1981) for the whole picture and for each tile alone. Cells that swim each their own
    way can add up to a displacement too, but it explains little of what the tiles' own displacements explain.

    Returns:
        Pixels of the thumbnail; and the share, 0-1, of the tiles' explained change that one displacement explains.
    """
    middle, change = (before + after) / 2, after - before
    along_x, along_y = np.zeros_like(middle), np.zeros_like(middle)
    along_x[:, 1:-1] = (middle[:, 2:] - middle[:, :-2]) / 2
    along_y[1:-1] = (middle[2:] - middle[:-2]) / 2
    height, width = (side // _TILE_PX * _TILE_PX for side in middle.shape)
    products = np.stack([along_x**2, along_y**2, along_x * along_y, -along_x * change, -along_y * change])
    tiles = products[:, :height, :width].reshape(5, height // _TILE_PX, _TILE_PX, width // _TILE_PX, _TILE_PX)
    in_tiles = tiles.sum(axis=(2, 4)).reshape(5, -1)
    *_, explained_in_tiles = _least_squares(*in_tiles)
    x, y, explained = _least_squares(*in_tiles.sum(axis=1))
    return float(np.hypot(x, y)), float(explained / max(float(np.sum(explained_in_tiles)), 1e-6))


def _least_squares(xx: _Sums, yy: _Sums, xy: _Sums, x: _Sums, y: _Sums) -> tuple[_Sums, _Sums, _Sums]:
    xx, yy = xx + _FLAT, yy + _FLAT
    determinant = xx * yy - xy * xy
    shift_x, shift_y = (yy * x - xy * y) / determinant, (xx * y - xy * x) / determinant
    return shift_x, shift_y, shift_x * x + shift_y * y
