"""Finds where the stage moved to another field, frame by frame, from thumbnails of the frames so far.

Cells move each in its own way and by little in a fiftieth of a second; a stage move shifts or replaces the whole picture
at once. So two signs are watched on thumbnails freed of uneven light: a **jump**, where the picture stops resembling
the one before, measured against how much it usually does; and a **glide**, where the whole picture is shifted.
The decision for frame ``t`` uses frames up to ``t`` alone, so stacks can be cut in one pass.

What it cannot tell apart: a flow that carries all cells by more than ``GLIDE_SHARE`` of the picture each frame is called
a move; a move from one empty field to another is not seen, and breaks nothing that could be seen in a stack.
"""

from collections import deque

import cv2
import numpy as np

from motilens.errors import InputError

GLIDE_SHARE = 0.007
"""A shift of the whole picture from one frame to the next by this share of its longer side is a glide: 4.5 of 640 pixels,
at least 70 um/s for every cell at once in VISEM."""

SLOW_LAG = 4
"""Slower glides are looked for over this many frames."""

STOP_SHARE = 0.002
"""A glide has ended when the picture shifts by less than this share."""

JUMP_LIKENESS = 0.5
"""A picture less like the one before than this share of what is usual has jumped."""

CHANGE_FLOOR_GREY = 0.8
"""Root mean square change below which nothing is called a move: noise and key frames of a nearly empty field."""

_USUAL_FRAMES = 50
_SURE_AFTER = 10
_FIRST_LIKENESS = 0.8
_GLIDE_RESPONSE = 0.25


class MoveDetector:
    """Watches thumbnails one after another and says which belong to a stage move."""

    def __init__(self) -> None:
        self._past: deque[np.ndarray] = deque(maxlen=SLOW_LAG)
        self._likeness: deque[float] = deque(maxlen=_USUAL_FRAMES)
        self._change: deque[float] = deque(maxlen=_USUAL_FRAMES)
        self._window: np.ndarray | None = None
        self._moving = False

    def feed(self, thumbnail: np.ndarray) -> bool:
        """Take the next frame's thumbnail.

        Args:
            thumbnail: (y, x), uint8 grey, all of one size.

        Returns:
            True if the picture is in another place than the one before: a stack must not hold both.

        Raises:
            InputError: the thumbnail has another size than those before.
        """
        picture = _levelled(thumbnail)
        if self._past and self._past[-1].shape != picture.shape:
            raise InputError(
                f"a thumbnail of {list(picture.shape)} came after {list(self._past[-1].shape)}; use one detector a video"
            )
        moved = bool(self._past) and self._differs(picture)
        if moved:
            self._past.clear()  # what lies behind a move is another field
        self._past.append(picture)
        self._moving = moved
        return moved

    def _differs(self, picture: np.ndarray) -> bool:
        before = self._past[-1]
        change = float(np.sqrt(np.mean((picture - before) ** 2)))
        likeness = _likeness(before, picture)
        sure = len(self._likeness) >= _SURE_AFTER
        usual = float(np.median(self._likeness)) if sure else _FIRST_LIKENESS
        usual_change = float(np.median(self._change)) if sure else 0.0
        if change < CHANGE_FLOOR_GREY:
            moved = False
        else:
            moved = (likeness < JUMP_LIKENESS * usual and change > 1.5 * usual_change) or self._glides(
                picture, likeness
            )
        if not moved:
            self._likeness.append(likeness)
            self._change.append(change)
        return moved

    def _glides(self, picture: np.ndarray, likeness: float) -> bool:
        longer_px = max(picture.shape)
        least_px = (STOP_SHARE if self._moving else GLIDE_SHARE) * longer_px
        if likeness < 0.97 and self._shift_px(self._past[-1], picture) >= least_px:
            return True
        if len(self._past) < SLOW_LAG or _likeness(self._past[0], picture) > 0.9:
            return False
        return self._shift_px(self._past[0], picture) >= 2.5 * GLIDE_SHARE * longer_px

    def _shift_px(self, before: np.ndarray, picture: np.ndarray) -> float:
        """Shift of the whole picture in thumbnail pixels; 0 where no single shift explains it."""
        if self._window is None:
            self._window = cv2.createHanningWindow((picture.shape[1], picture.shape[0]), cv2.CV_32F)
        shift, response = cv2.phaseCorrelate(before, picture, self._window)
        return float(np.hypot(*shift)) if response > _GLIDE_RESPONSE else 0.0


def segments(frames: list[int]) -> tuple[tuple[int, int], ...]:
    """Join frame numbers into half-open runs: [3, 4, 9] becomes (3, 5), (9, 10)."""
    runs: list[tuple[int, int]] = []
    for frame in frames:
        if runs and runs[-1][1] == frame:
            runs[-1] = (runs[-1][0], frame + 1)
        else:
            runs.append((frame, frame + 1))
    return tuple(runs)


def _levelled(thumbnail: np.ndarray) -> np.ndarray:
    """Thumbnail less its surroundings: uneven light and lamp flicker drop out."""
    picture = thumbnail.astype(np.float32)
    picture -= cv2.blur(picture, (15, 15))
    return picture


def _likeness(one: np.ndarray, other: np.ndarray) -> float:
    """Correlation of two levelled pictures, -1 to 1."""
    spread = float(np.sqrt(np.vdot(one, one) * np.vdot(other, other)))
    return float(np.vdot(one, other)) / spread if spread > 0 else 1.0
