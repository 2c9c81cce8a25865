"""Draws one frame of a scene: light, debris, tails, heads and noise, with motion blur."""

import cv2
import numpy as np
from jaxtyping import Float32, UInt8

from motilens.simulate.motion.pose import Pose, pose
from motilens.simulate.motion.walk import Walk
from motilens.simulate.optics.canvas import Canvas
from motilens.simulate.optics.debris import Layer
from motilens.simulate.optics.light import SHEET_EXTRA_PX, Luma
from motilens.simulate.optics.sprites import radius_px
from motilens.simulate.optics.tails import subtract_tails
from motilens.simulate.scene import Backdrop, Scene
from motilens.video.picture import Picture

MOMENTS = 3
"""Number of times during an exposure at which cells are drawn; their mean is the frame."""

_STILL_PX = 1.0
"""A head that moves by less during an exposure is drawn once."""

_LEVER_PX = 6
"""Distance of a head's ends from its centre: what a rotation by one radian moves them."""


def draw_frame(
    scene: Scene,
    walk: Walk,
    frame: int,
    *,
    time_s: float,
    fps_hz: float,
    sheet: Luma,
    noise: np.random.Generator,
    camera_px: tuple[float, float] = (0.0, 0.0),
    slide_px: tuple[float, float] = (0.0, 0.0),
) -> Picture:
    """Draw a frame.

    Args:
        scene: the field of view.
        walk: a chunk of its cells' paths.
        frame: number of the frame in the chunk.
        time_s: time since the field began, for floating debris.
        fps_hz: frame rate.
        sheet: noise of unit standard deviation, larger than a frame by ``SHEET_EXTRA_PX``.
        noise: chooses the part of the sheet.
        camera_px: position of the view in the domain.
        slide_px: movement of the view in one frame, which blurs it.
    """
    optics = scene.optics
    open_frames = min(optics.exposure_s * fps_hz, 1.0)
    moments = [frame + open_frames * (k + 0.5) / MOMENTS for k in range(MOMENTS)]
    poses = [pose(scene.cells, walk, moment) for moment in moments]
    still = walk.still
    key = np.concatenate([camera_px, still, walk.centre_um[frame, still].ravel(), walk.direction_rad[frame, still]])
    behind = scene.backdrop(key.tobytes(), lambda: _draw_backdrop(scene, poses[0], still, camera_px))
    luma, chroma = _draw_cells(scene, poses, walk.present[frame] & ~still, camera_px, behind)
    for layer in scene.layers:
        if layer.speed:
            _add_layer(luma, chroma, layer, scene, time_s, camera_px)
    if max(map(abs, slide_px)) > 0.5:
        luma = _smeared(luma, slide_px, open_frames)
    luma += _noise(luma, sheet, noise, optics.read_noise, optics.shot_noise)
    return Picture(_bytes(luma), _chroma(chroma, scene))


def _draw_backdrop(scene: Scene, one: Pose, still: np.ndarray, camera_px: tuple[float, float]) -> Backdrop:
    """Draw light, stuck debris and still cells."""
    optics = scene.optics
    empty = scene.light, np.zeros((optics.height_px // 2, optics.width_px // 2, 2), np.float32)
    luma, chroma = _draw_cells(scene, [one], still, camera_px, empty)
    for layer in scene.layers:
        if not layer.speed:
            _add_layer(luma, chroma, layer, scene, 0.0, camera_px)
    return luma, chroma


def _draw_cells(
    scene: Scene, poses: list[Pose], who: np.ndarray, camera_px: tuple[float, float], behind: Backdrop
) -> Backdrop:
    """Draw heads and tails of some of the cells upon a picture; the picture itself is not changed."""
    optics = scene.optics
    canvas = Canvas(optics.height_px, optics.width_px, radius_px(optics.um_per_px))
    _draw_heads(canvas, scene, poses, who, camera_px)
    luma, chroma = (above + below for above, below in zip(canvas.inside(), behind, strict=True))
    subtract_tails(luma, scene, poses, who, camera_px)
    return luma, chroma


def _add_layer(
    luma: Luma, chroma: np.ndarray, layer: Layer, scene: Scene, time_s: float, camera_px: tuple[float, float]
) -> None:
    """Add debris where it is after the given time."""
    margin, um = scene.domain.margin_px, scene.optics.um_per_px
    x, y = (at - flow * layer.speed * time_s / um for at, flow in zip(camera_px, scene.flow_um_s, strict=True))
    luma += _part(layer.luma, (x, y), luma.shape, margin)
    for k, plane in enumerate(layer.chroma if scene.optics.camera == "colour" else ()):
        chroma[..., k] += _part(plane, (x / 2, y / 2), chroma.shape, margin // 2)


def _draw_heads(
    canvas: Canvas, scene: Scene, poses: list[Pose], who: np.ndarray, camera_px: tuple[float, float]
) -> None:
    """Draw the heads at their positions during the exposure; those that hardly move are drawn once."""
    at = [scene.domain.in_view(one.head_um, camera_px) for one in poses]
    moved = np.abs(at[-1] - at[0]).max(axis=1) + _LEVER_PX * np.abs(poses[-1].axis_rad - poses[0].axis_rad)
    middle = len(poses) // 2
    border = canvas.border_px
    size = np.array([canvas.width_px, canvas.height_px])
    near = ((at[middle] > -border) & (at[middle] < size + border)).all(axis=1) & who
    for i in np.flatnonzero(near):
        sprite = scene.sprite(int(i))
        shown = (0, len(poses) - 1) if moved[i] > _STILL_PX else (middle,)
        for k in shown:
            x, y = at[k][i].tolist()
            canvas.add_luma(sprite, x, y, float(poses[k].axis_rad[i]), weight=1 / len(shown))
        if scene.optics.camera == "grey":
            continue
        x, y = at[middle][i].tolist()
        canvas.add_chroma(sprite, x, y, float(poses[middle].axis_rad[i]))


def _part(plane: np.ndarray, at: tuple[float, float], shape: tuple[int, ...], margin_px: int) -> np.ndarray:
    """Cut the view out of a periodic plane, with subpixel precision."""
    tall, wide = plane.shape[:2]
    height, width = shape[:2]
    x, y = (at[0] + margin_px) % wide, (at[1] + margin_px) % tall
    left, top = int(x), int(y)
    if left + width + 1 > wide or top + height + 1 > tall:
        rows, columns = np.arange(top, top + height + 2) % tall, np.arange(left, left + width + 2) % wide
        plane, x, y, left, top = plane[rows[:, None], columns[None, :]], x - left, y - top, 0, 0
    if x == left and y == top:
        return plane[top : top + height, left : left + width]
    return cv2.getRectSubPix(plane, (width, height), (x + (width - 1) / 2, y + (height - 1) / 2))


def _smeared(luma: Luma, slide_px: tuple[float, float], open_frames: float) -> Luma:
    """Blur along the path of the view during an exposure."""
    x, y = (v * open_frames for v in slide_px)
    half = int(np.ceil(max(abs(x), abs(y)) / 2)) + 1
    kernel = np.zeros((2 * half + 1, 2 * half + 1), np.uint8)
    ends = [tuple(int((half + sign * v / 2) * 16) for v in (x, y)) for sign in (-1, 1)]
    cv2.line(kernel, ends[0], ends[1], 255, 1, cv2.LINE_AA, 4)
    return cv2.filter2D(luma, -1, kernel.astype(np.float32) / kernel.sum())


def _noise(luma: Luma, sheet: np.ndarray, rng: np.random.Generator, read: float, shot: float) -> Luma | float:
    if read == 0 and shot == 0:
        return 0.0
    y, x, turn = (int(v) for v in rng.integers(0, (SHEET_EXTRA_PX, SHEET_EXTRA_PX, 4)))
    part = sheet[y : y + luma.shape[0], x : x + luma.shape[1]]
    part = part[:: 1 - 2 * (turn & 1), :: 1 - (turn & 2)]
    sd = cv2.sqrt(np.maximum(luma, 0) * np.float32(shot) + np.float32(read**2))
    return sd * part


def _bytes(plane: Float32[np.ndarray, "y x"]) -> UInt8[np.ndarray, "y x"]:
    return np.asarray(cv2.convertScaleAbs(np.maximum(plane, 0)))  # rounds, and clips at 255


def _chroma(above: Float32[np.ndarray, "y x 2"], scene: Scene) -> UInt8[np.ndarray, "2 y x"]:
    if scene.optics.camera == "grey":
        return np.full((2, *above.shape[:2]), 128, np.uint8)
    red, _, blue = scene.optics.colour
    empty = (128 + 0.564 * (blue - scene.optics.level), 128 + 0.713 * (red - scene.optics.level))
    return np.stack([_bytes(np.ascontiguousarray(above[..., k]) + np.float32(empty[k])) for k in (0, 1)])
