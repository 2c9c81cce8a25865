"""Detects stage moves, frame by frame, from thumbnails of the frames so far.

Cells move independently and only a little in a fiftieth of a second; a stage move shifts or replaces the whole image
at once. Two criteria are evaluated on thumbnails (about 40 x 30) without uneven light and with equalised local
contrast, so that a bright speck of dirt does not outweigh the cells:

- *correlation*: the correlation with the frame before falls far below the values of the last second;
- *shift*: the displacement that best explains the change of the whole image is larger than that of any flow.

The decision for frame ``t`` depends on frames up to ``t`` only, so that stacks can be cut in one pass.

Limits: a movement of less than about 4 of 640 pixels a frame counts as drift, not as a stage move; a flow that carries
all cells faster than that counts as a stage move; and moves between fields of about ten cells or fewer may be detected
in part or not at all if dirt on the camera stays in the image.
"""

import math
from collections import deque
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple, TypeAlias

import cv2
import numpy as np

from motilens.errors import InputError

SHIFT_SHARE = 0.0078
"""A shift of the whole image by this share of its longer side from one frame to the next is a stage move: 5 of 640
pixels, which corresponds to about 100 um/s of all cells."""

END_SHARE = 0.0047
"""A stage move has ended when the image shifts by less than this share."""

AGREEMENT = 0.5
"""A shift counts if it explains at least this share of the change that separate shifts of all tiles explain."""

CORRELATION_DROP = 0.15
"""The correlation must fall below its usual value by at least this."""

CORRELATION_SDS = 6.0
"""It must also fall by at least this many of its usual standard deviations."""

FIRST_DROP = 0.3
"""Drop that is needed while too few frames are known to estimate the usual standard deviation."""

CHANGE_FLOOR_GREY = 0.6
"""Root mean square change of the thumbnail below which there is no stage move: key frames, noise of empty fields."""

USUAL_FRAMES = 50
"""Number of frames from which the usual correlation is estimated."""

SURE_FRAMES = 10
"""Number of frames from which on the standard deviation of the correlation is used."""

SETTLED_FRAMES = 50
"""Number of frames of constant correlation after which they are a new field, even if the correlation is lower."""

LEAST_SETTLED = 0.25
"""Least correlation of a new field: during a long fast move the correlation is constant, too."""

_CONTRAST_FLOOR_GREY = 2.0
_TILE_PX = 10
_FLAT = 0.5
"""Regularisation: tiles without gradients get no displacement."""

_Sums: TypeAlias = np.ndarray | np.floating


class MoveDetector:
    """Receives thumbnails one after another and decides which belong to a stage move."""

    def __init__(self) -> None:
        self._before: _Picture | None = None
        self._usual: deque[float] = deque(maxlen=USUAL_FRAMES)
        self._in_move: deque[float] = deque(maxlen=SETTLED_FRAMES)
        self._moved_below, self._still_above = -1.0, 1.0  # the first correlation has nothing to be compared with
        self._n_fed = 0

    def skip(self) -> None:
        """Skip frames: the next one is not compared with the last. The usual correlation is kept."""
        self._before = None

    def feed(self, thumbnail: np.ndarray) -> bool:
        """Take the thumbnail of the next frame; see ``feed_many``."""
        return self.feed_many([thumbnail])[0]

    def feed_many(self, thumbnails: Sequence[np.ndarray]) -> list[bool]:
        """Take the thumbnails of the next frames. Several at once are faster; the result is the same as one by one.

        Args:
            thumbnails: each (y, x), uint8 grey, all of the same size, about 40 x 30 (``Frame.thumbnail``).

        Returns:
            For each frame, True if it shows another place than the frame before, so that no stack may hold both.

        Raises:
            InputError: a thumbnail has another size than those before it.
        """
        shapes = {thumbnail.shape for thumbnail in thumbnails} | ({self._before.even.shape} if self._before else set())
        if len(shapes) > 1:
            raise InputError(
                f"thumbnails have the sizes {sorted(shapes)}; allowed: one size. Use a detector for each video"
            )
        return [self._feed(picture) for picture in _prepared(thumbnails)] if thumbnails else []

    def _feed(self, picture: "_Picture") -> bool:
        before, self._before = self._before, picture
        if before is None:
            return False
        correlation = _correlation(before, picture)
        if (correlation <= self._still_above or self._in_move) and self._moved(before, picture, correlation):
            self._in_move.append(correlation)
            return True
        self._in_move.clear()
        self._usual.append(correlation)
        self._n_fed += 1
        if self._n_fed <= SURE_FRAMES or self._n_fed % SURE_FRAMES == 0:
            self._learn()
        return False

    def _moved(self, before: "_Picture", picture: "_Picture", correlation: float) -> bool:
        if cv2.norm(before.levelled, picture.levelled, cv2.NORM_L2) < CHANGE_FLOOR_GREY * np.sqrt(picture.even.size):
            return False
        least_px = (END_SHARE if self._in_move else SHIFT_SHARE) * max(picture.even.shape)
        shift_px, agreement = _shift(before.even, picture.even)
        shifted = shift_px >= least_px and agreement >= AGREEMENT
        if not shifted and self._settled():
            self._usual = deque(self._in_move, maxlen=USUAL_FRAMES)
            self._learn()
            return False
        return shifted or correlation < self._moved_below

    def _learn(self) -> None:
        """Set the correlation below which the stage has moved, and the one above which it certainly has not."""
        usual = np.sort(np.asarray(self._usual))
        middle = float(usual[len(usual) // 2])
        if len(usual) < SURE_FRAMES:
            self._moved_below, self._still_above = middle - FIRST_DROP, middle
        else:
            sd = 1.4826 * float(np.sort(np.abs(usual - middle))[len(usual) // 2])
            self._moved_below = middle - max(CORRELATION_DROP, CORRELATION_SDS * sd)
            self._still_above = middle - max(0.05, 2 * sd)

    def _settled(self) -> bool:
        """Tell whether what looks like a long stage move is a new field."""
        return (
            len(self._in_move) == SETTLED_FRAMES
            and min(self._in_move) > LEAST_SETTLED
            and max(self._in_move) - min(self._in_move) < 2 * CORRELATION_DROP
        )


def intervals(frames: list[int]) -> tuple[tuple[int, int], ...]:
    """Join ascending frame numbers into half-open intervals: [3, 4, 9] becomes (3, 5), (9, 10)."""
    runs: list[tuple[int, int]] = []
    for frame in frames:
        if runs and runs[-1][1] == frame:
            runs[-1] = (runs[-1][0], frame + 1)
        else:
            runs.append((frame, frame + 1))
    return tuple(runs)


def interval_text(frames: tuple[int, int]) -> str:
    """Write a half-open interval of frames as people count: (3, 5) becomes ``3-4``, (9, 10) becomes ``9``."""
    first, stop = frames
    return f"{first}" if stop == first + 1 else f"{first}-{stop - 1}"


def correlations(thumbnails: Sequence[np.ndarray]) -> np.ndarray:
    """Compute how much each thumbnail resembles the one before: (thumbnail - 1,), -1 to 1.

    Args:
        thumbnails: as in ``MoveDetector.feed_many``.
    """
    pictures = [picture for thumbnail in thumbnails for picture in _prepared([thumbnail])]
    return np.array([_correlation(one, other) for one, other in pairwise(pictures)])


class _Picture(NamedTuple):
    """A normalised thumbnail."""

    levelled: np.ndarray
    """Difference from the local mean, which removes uneven light and flicker."""
    even: np.ndarray
    """The same, divided by the local contrast."""
    energy: float
    """Sum of the squares of ``even``."""


def _prepared(thumbnails: Sequence[np.ndarray]) -> list[_Picture]:
    """Normalise several thumbnails at once, as the channels of one image."""
    pictures = np.stack(thumbnails, axis=-1).astype(np.float32)
    levelled = pictures - cv2.blur(pictures, (9, 9)).reshape(pictures.shape)
    contrast = cv2.blur(levelled * levelled, (7, 7)).reshape(pictures.shape)
    even = levelled / np.sqrt(contrast + _CONTRAST_FLOOR_GREY**2)
    levelled, even = (np.ascontiguousarray(np.moveaxis(each, -1, 0)) for each in (levelled, even))
    energies = np.einsum("nyx,nyx->n", even, even).tolist()
    return [_Picture(*picture) for picture in zip(levelled, even, energies, strict=True)]


def _correlation(one: _Picture, other: _Picture) -> float:
    """Compute the correlation of two thumbnails, -1 to 1."""
    energy = one.energy * other.energy
    return float(np.vdot(one.even, other.even)) / math.sqrt(energy) if energy > 0 else 1.0


def _shift(before: np.ndarray, after: np.ndarray) -> tuple[float, float]:
    """Estimate the displacement that best explains the change, and how much of the image agrees with it.

    Least squares (Lucas and Kanade 1981) for the whole image and for each tile separately. Independently swimming cells
    can add up to a displacement, too, but it explains only little of the change that the tiles' displacements explain.

    Returns:
        The displacement in pixels of the thumbnail; and the share, 0-1, of the change explained by the tiles'
        displacements that the common displacement explains.
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
