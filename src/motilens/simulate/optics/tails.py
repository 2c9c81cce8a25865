"""Draws tails: dark lines with a bright rim, darkest at the root, blurred by motion and depth.

Lines are drawn on 8 bits, where OpenCV smooths their edges and is much faster than on floats. A grey level has
``_STEPS`` steps; the images of the times of an exposure are summed.
"""

import cv2
import numpy as np
from jaxtyping import UInt8

from motilens.simulate.motion.pose import Pose
from motilens.simulate.optics.light import Luma
from motilens.simulate.scene import Scene

_STEPS = 5
_FRACTION_BITS = 4

_BANDS = 8
"""Number of parts of a tail of constant darkness; a tail has 16 segments."""

_FAR_UM = 3.0
"""Distance from the focal plane beyond which tails are drawn strongly blurred."""

_SHARP_SD_UM, _FAR_SD_UM = 0.2, 1.3

_RIM_UM, _RIM_SHARE = 4.0, 0.45
"""Width and brightness of the bright rim around a dark line in phase contrast."""

_TIP_SHARE = 0.3
"""Darkness of a tail at its visible end, relative to its root."""

_THICK_UM = 0.6
"""Apparent thickness of a tail."""


def subtract_tails(
    luma: Luma, scene: Scene, poses: list[Pose], who: np.ndarray, camera_px: tuple[float, float]
) -> None:
    """Subtract, in place, the light that tails absorb during an exposure.

    Args:
        luma: luma of the frame, without a border.
        scene: the field of view.
        poses: the cells' poses during the exposure.
        who: (cell), whether each cell is drawn.
        camera_px: position of the view in the domain.
    """
    cells, um = scene.cells, scene.domain.um_per_px
    there = who[cells.tail_of]
    far = np.abs(cells.depth_um[cells.tail_of]) > _FAR_UM
    for group, sd_um in ((there & ~far, _SHARP_SD_UM), (there & far, _FAR_SD_UM)):
        total = np.zeros(luma.shape, np.uint8)
        n_drawn = 0
        for one in poses:
            points = _in_view(scene, one, group, camera_px)
            n_drawn += len(points)
            if len(points):
                total = cv2.add(total, _lines(points, scene, 1 / len(poses)))
        if n_drawn:
            total = cv2.GaussianBlur(total, (0, 0), max(sd_um / um, 0.3))
            rim = 2 * int(_RIM_UM / um / 2) + 1
            around = cv2.blur(total, (rim, rim))
            luma -= cv2.addWeighted(total, 1 / _STEPS, around, -_RIM_SHARE / _STEPS, 0.0, dtype=cv2.CV_32F)


def _in_view(scene: Scene, one: Pose, group: np.ndarray, camera_px: tuple[float, float]) -> np.ndarray:
    """Select the tails of a group that reach into the view: (tail, point, 2), in pixels."""
    of = scene.cells.tail_of[group]
    head = one.head_um[of]
    tails = _seen(one.tails_um[group], scene.cells.tail_seen[of])
    home = scene.domain.in_view(head, camera_px)
    points = home[:, None] + (tails - head[:, None]) / scene.domain.um_per_px
    size = np.array([scene.optics.width_px, scene.optics.height_px])
    return points[((points > -8) & (points < size + 8)).all(axis=2).any(axis=-1)]


def _seen(tails_um: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Cut off the invisible end of each tail; the rest gets as many points as the whole had."""
    n = tails_um.shape[1] - 1
    at = share[:, None] * np.arange(n + 1)
    k = np.minimum(at.astype(int), n - 1)
    w = (at - k)[..., None]
    tail = np.arange(len(tails_um))[:, None]
    return (1 - w) * tails_um[tail, k] + w * tails_um[tail, k + 1]


def _lines(points_px: np.ndarray, scene: Scene, weight: float) -> UInt8[np.ndarray, "height width"]:
    """Draw the tails at one time, from the faint tip to the dark root."""
    layer = np.zeros((scene.optics.height_px, scene.optics.width_px), np.uint8)
    um = scene.optics.um_per_px
    fixed = np.rint((points_px - 0.5) * 2**_FRACTION_BITS).astype(np.int32)
    share = min(1.0, 2 * _THICK_UM / um)  # a line thinner than half a pixel covers only part of it
    thickness = max(1, round(_THICK_UM / um))
    each = (points_px.shape[1] - 1) // _BANDS
    for band in reversed(range(_BANDS)):
        darkness = scene.optics.tail_grey * share * (1 - (1 - _TIP_SHARE) * band / (_BANDS - 1))
        pieces = list(fixed[:, each * band : each * (band + 1) + 1])
        cv2.polylines(layer, pieces, False, _STEPS * weight * darkness, thickness, cv2.LINE_AA, _FRACTION_BITS)
    return layer
