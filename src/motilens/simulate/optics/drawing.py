"""Draws one frame of a scene: light, debris, tails, heads, noise; while the shutter is open, things move on."""

import cv2
import numpy as np
from jaxtyping import Float32, UInt8

from motilens.simulate.motion.pose import Pose, pose
from motilens.simulate.motion.walk import Walk
from motilens.simulate.optics.canvas import Canvas
from motilens.simulate.optics.light import SHEET_EXTRA_PX, Luma
from motilens.simulate.optics.sprites import radius_px
from motilens.simulate.scene import Scene
from motilens.video.picture import Picture

MOMENTS = 4
"""So many moments of an exposure are drawn on one another."""

_STANDS_PX = 0.25
"""A head that moves by less while the shutter is open is drawn at one moment."""

_BANDS = 8
"""Pieces of a tail with one darkness each; a tail has 16 segments."""

_DARKNESS_STEPS = 6
"""Tails are drawn on 8 bits, this many steps a grey level, since only 8-bit lines are anti-aliased."""

_FRACTION_BITS = 4
_FAR_UM = 3.0
"""Tails farther from the focal plane are drawn on the blurred layer."""

_SHARP_SD_UM, _FAR_SD_UM = 0.32, 1.3
_RIM_UM, _RIM_SHARE = 4.0, 0.45
"""A dark line stands in a bright rim, as everything in phase contrast."""

_TIP_SHARE = 0.15
"""Darkness of a tail where it ends, or can be seen no farther, over that at its root."""

_THICK_UM, _THIN_UM = 1.0, 0.5
"""A tail's first third, and the rest of it, as the microscope shows them."""


def draw(
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
        scene: what there is.
        walk: a chunk of its cells' ways.
        frame: which frame of the chunk.
        time_s: since the field began, for what floats.
        fps_hz: frames a second.
        sheet: noise of unit spread, larger than a frame by ``SHEET_EXTRA_PX``.
        noise: chooses the part of the sheet; nothing else.
        camera_px: where the view is in the room.
        slide_px: by how much it glides in one frame; the exposure blurs that.
    """
    optics = scene.optics
    canvas = Canvas(optics.height_px, optics.width_px, radius_px(optics.um_per_px))
    open_frames = min(optics.exposure_s * fps_hz, 1.0)
    moments = [frame + open_frames * (k + 0.5) / MOMENTS for k in range(MOMENTS)]
    poses = [pose(scene.cells, walk, moment) for moment in moments]
    _draw_heads(canvas, scene, poses, walk.present[frame], camera_px)
    luma, chroma = (np.ascontiguousarray(plane) for plane in canvas.inside())
    luma += scene.light
    for tails in _tails(scene, poses, walk.present[frame], camera_px):
        luma -= tails
    for layer in scene.layers:
        shift = [v * layer.speed * time_s / optics.um_per_px for v in scene.flow_um_s]
        at = (camera_px[0] - shift[0], camera_px[1] - shift[1])
        luma += _part(layer.luma, at, (optics.height_px, optics.width_px), scene.room.margin_px)
        half = (at[0] / 2, at[1] / 2)
        chroma += _part(layer.chroma, half, chroma.shape[:2], scene.room.margin_px // 2)
    if max(map(abs, slide_px)) > 0.5:
        luma = _smeared(luma, slide_px, open_frames)
    luma += _noise(luma, sheet, noise, optics.read_noise, optics.shot_noise)
    return Picture(_bytes(luma), _chroma(chroma, scene))


def _draw_heads(
    canvas: Canvas, scene: Scene, poses: list[Pose], present: np.ndarray, camera_px: tuple[float, float]
) -> None:
    """Heads where they are at each moment; one moment is enough for those that hardly move."""
    at = [scene.room.in_view(one.head_um, camera_px) for one in poses]
    moved = np.abs(at[-1] - at[0]).max(axis=1) + 6 * np.abs(poses[-1].axis_rad - poses[0].axis_rad)
    middle = len(poses) // 2
    border = canvas.border_px
    size = np.array([canvas.width_px, canvas.height_px])
    near = ((at[middle] > -border) & (at[middle] < size + border)).all(axis=1) & present
    for i in np.flatnonzero(near):
        sprite = scene.sprites[i]
        shown = range(len(poses)) if moved[i] > _STANDS_PX else (middle,)
        for k in shown:
            x, y = at[k][i].tolist()
            canvas.add_luma(sprite, x, y, float(poses[k].axis_rad[i]), weight=1 / len(shown))
        x, y = at[middle][i].tolist()
        canvas.add_chroma(sprite, x, y, float(poses[middle].axis_rad[i]))


def _tails(scene: Scene, poses: list[Pose], present: np.ndarray, camera_px: tuple[float, float]) -> list[Luma]:
    """Grey levels that tails take away: those near the focal plane, and those far from it."""
    optics, cells = scene.optics, scene.cells
    um = optics.um_per_px
    size = np.array([optics.width_px, optics.height_px])
    far = np.abs(cells.depth_um[cells.tail_of]) > _FAR_UM
    layers = []
    there = present[cells.tail_of]
    for group, sd_um in ((~far & there, _SHARP_SD_UM), (far & there, _FAR_SD_UM)):
        if not group.any():
            continue
        total = np.zeros((optics.height_px, optics.width_px), np.float32)
        seen = False
        for one in poses:
            head = one.head_um[cells.tail_of][group]
            home = scene.room.in_view(head, camera_px)
            tails = _seen(one.tails_um[group], cells.tail_seen[cells.tail_of][group])
            points = home[:, None] + (tails - head[:, None]) / um
            visible = ((points > -8) & (points < size + 8)).all(axis=2).any(axis=-1)
            if visible.any():
                total = cv2.add(total, _lines(points[visible], scene), dtype=cv2.CV_32F)
                seen = True
        if seen:
            total *= np.float32(1 / (_DARKNESS_STEPS * len(poses)))
            total = cv2.GaussianBlur(total, (0, 0), max(sd_um / um, 0.3))
            rim = 2 * int(_RIM_UM / um / 2) + 1
            layers.append(cv2.addWeighted(total, 1.0, cv2.blur(total, (rim, rim)), -_RIM_SHARE, 0))
    return layers


def _seen(tails_um: np.ndarray, share: np.ndarray) -> np.ndarray:
    """The first part of each tail, with as many points as the whole."""
    n = tails_um.shape[1] - 1
    at = share[:, None] * np.arange(n + 1)
    k = np.minimum(at.astype(int), n - 1)
    w = (at - k)[..., None]
    tail = np.arange(len(tails_um))[:, None]
    return (1 - w) * tails_um[tail, k] + w * tails_um[tail, k + 1]


def _lines(points_px: np.ndarray, scene: Scene) -> UInt8[np.ndarray, "height width"]:
    """Tails of one moment, darkest at the root."""
    layer = np.zeros((scene.optics.height_px, scene.optics.width_px), np.uint8)
    um = scene.optics.um_per_px
    fixed = np.rint((points_px - 0.5) * 2**_FRACTION_BITS).astype(np.int32)
    each = (points_px.shape[1] - 1) // _BANDS
    for band in reversed(range(_BANDS)):
        thick_um = _THICK_UM if 3 * band < _BANDS else _THIN_UM
        share = min(1.0, 2 * thick_um / um)  # below half a pixel's width a line covers part of it
        grey = _DARKNESS_STEPS * scene.optics.tail_grey * share * (1 - (1 - _TIP_SHARE) * band / (_BANDS - 1))
        thickness = max(1, round(thick_um / um))
        pieces = list(fixed[:, each * band : each * (band + 1) + 1])
        cv2.polylines(layer, pieces, False, grey, thickness, cv2.LINE_AA, _FRACTION_BITS)
    return layer


def _part(plane: np.ndarray, at: tuple[float, float], shape: tuple[int, ...], margin_px: int) -> np.ndarray:
    """The part of a torus that is in view, to a fraction of a pixel."""
    tall, wide = plane.shape[:2]
    height, width = shape[:2]
    x, y = (at[0] + margin_px) % wide, (at[1] + margin_px) % tall
    left, top = int(x), int(y)
    if left + width + 1 <= wide and top + height + 1 <= tall:
        piece = plane[top : top + height + 1, left : left + width + 1]
    else:
        rows, columns = np.arange(top, top + height + 1) % tall, np.arange(left, left + width + 1) % wide
        piece = plane[rows[:, None], columns[None, :]]
    shift = np.array([[1, 0, x - left], [0, 1, y - top]])
    if x == left and y == top:
        return piece[:height, :width]
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(
        np.ascontiguousarray(piece), shift, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE
    )


def _smeared(luma: Luma, slide_px: tuple[float, float], open_frames: float) -> Luma:
    """Blurred along the way that the view glides while the shutter is open."""
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
    spread = cv2.sqrt(np.maximum(luma, 0) * np.float32(shot) + np.float32(read**2))
    return spread * part


def _bytes(plane: Float32[np.ndarray, "y x"]) -> UInt8[np.ndarray, "y x"]:
    return np.asarray(cv2.addWeighted(plane, 1.0, plane, 0.0, 0.0, dtype=cv2.CV_8U))


def _chroma(above: Float32[np.ndarray, "y x 2"], scene: Scene) -> UInt8[np.ndarray, "2 y x"]:
    red, _, blue = scene.optics.colour
    empty = (128 + 0.564 * (blue - scene.optics.level), 128 + 0.713 * (red - scene.optics.level))
    return np.stack([_bytes(np.ascontiguousarray(above[..., k]) + np.float32(empty[k])) for k in (0, 1)])
