"""A page of phase contrast: bright heads, dark waving tails, still specks, noise, and exact truth.

A scene is a pure function of a generator, a frame a pure function of scene and time. Two decisions matter to whoever
learns from these pictures:

* One frame tells nothing of motility but what the number of cells tells: every kind has the same heads, tails, wave
  shapes and places. An immotile cell's tail is a wave of the same make, frozen.
* The field is a torus: a cell that leaves on the right comes in on the left, tail and all. So all cells stay in view
  and the percentages are those of every frame.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from jaxtyping import Float, Float32, Int

from motilens.arrays import GreyFrame
from motilens.errors import InputError

Kind = Literal["progressive", "non-progressive", "immotile"]
KINDS: tuple[Kind, Kind, Kind] = ("progressive", "non-progressive", "immotile")
"""In the order of the motility table."""

FIELD_WIDTH_UM = 320.0
"""A frame 640 pixels wide at 0.5 um a pixel; smaller frames show the same field more coarsely."""
REACH_UM = 68.0
"""How far a cell can reach from the centre of its head: the longest tail with its wave."""

_HEAD_SD_UM = (1.55, 1.05)
_HALO_SD_UM = 3.4
_HALO_SHARE = 0.24
_NECK_UM = 2.0
_SEGMENTS = 12
_DARKNESS_STEPS = 8  # tails are drawn on 8 bits at 8 steps a grey level, since only 8-bit lines are anti-aliased
_FRACTION_BITS = 4

PerCell = Float[np.ndarray, " cell"]
KindOfCell = Int[np.ndarray, " cell"]
Picture = Float32[np.ndarray, "height width"]
"""Grey levels, not yet rounded."""
_Places = Float[np.ndarray, "cell 2"]
_Curves = Float[np.ndarray, "cell point 2"]
_Points = Float[np.ndarray, "*points 2"]
_FixedPoints = Int[np.ndarray, "*points 2"]
_Overhanging = Float32[np.ndarray, "tall wide"]


@dataclass(frozen=True)
class Cells:
    """The cells of one field, one array entry a cell.

    Attributes:
        kind: index into ``KINDS``.
        x_um, y_um: head at time 0, from the left and the top.
        heading_rad: direction of swimming at time 0, x to y.
        turn_rad_s: change of that direction; 0 swims straight.
        speed_um_s: along the path without the side movement; 0 unless progressive.
        beat_hz: of tail and head; 0 is frozen.
        phase_rad: of the beat at time 0.
        side_um: amplitude of the head's side movement; 0 for immotile cells.
        tail_um, wave_um, wavelength_um, bend_um: the tail's length, its wave's amplitude at the tip and length, and its
            standing bend at the tip.
        brightness: grey levels at the centre of the head above background.
    """

    kind: KindOfCell
    x_um: PerCell
    y_um: PerCell
    heading_rad: PerCell
    turn_rad_s: PerCell
    speed_um_s: PerCell
    beat_hz: PerCell
    phase_rad: PerCell
    side_um: PerCell
    tail_um: PerCell
    wave_um: PerCell
    wavelength_um: PerCell
    bend_um: PerCell
    brightness: PerCell

    def __len__(self) -> int:
        return len(self.kind)


@dataclass(frozen=True)
class Optics:
    """What a whole video shares, whatever field it shows.

    Attributes:
        light: (y, x) grey levels of an empty field.
        tail_darkness: grey levels below background at the tail's root.
        noise_sd: of the sensor, in grey levels; 0 is a noiseless camera.
    """

    light: Picture
    tail_darkness: float
    noise_sd: float


@dataclass(frozen=True)
class Scene:
    """One field of view: what stands still, and the cells.

    Attributes:
        background: (y, x) grey levels without cells: light, specks.
        cells: what is drawn on it.
        optics: of the video.
    """

    background: Picture
    cells: Cells
    optics: Optics

    @property
    def um_per_px(self) -> float:
        """Side of a pixel."""
        return FIELD_WIDTH_UM / self.background.shape[1]


def draw_cells(rng: np.random.Generator, counts: tuple[int, int, int], *, field_height_um: float) -> Cells:
    """Draw so many progressive, non-progressive and immotile cells, somewhere in the field.

    Speeds follow VISEM-Tracking's annotated tracks: lognormal, median 17, cut to 5-55 um/s.
    """
    if min(counts) < 0 or sum(counts) == 0:
        raise InputError(f"cells of each kind are {counts}; allowed: none below 0, at least one cell")
    n = sum(counts)
    kind = np.repeat(np.arange(3), counts)
    progressive, beating = kind == 0, kind < 2
    speed = np.clip(17 * np.exp(0.6 * rng.standard_normal(n)), 5, 55)
    beat = np.where(progressive, rng.uniform(8, 20, n), rng.uniform(3, 10, n))
    side = np.where(progressive, rng.uniform(0.5, 2.0, n), rng.uniform(0.2, 0.7, n))
    return Cells(
        kind=kind,
        x_um=rng.uniform(0, FIELD_WIDTH_UM, n),
        y_um=rng.uniform(0, field_height_um, n),
        heading_rad=rng.uniform(0, 2 * np.pi, n),
        turn_rad_s=np.where(progressive, 0.2 * rng.standard_normal(n), 0.0),
        speed_um_s=np.where(progressive, speed, 0.0),
        beat_hz=np.where(beating, beat, 0.0),
        phase_rad=rng.uniform(0, 2 * np.pi, n),
        side_um=np.where(beating, side, 0.0),
        tail_um=rng.uniform(36, 50, n),
        wave_um=rng.uniform(2.5, 6.0, n),
        wavelength_um=rng.uniform(24, 36, n),
        bend_um=rng.uniform(-8, 8, n),
        brightness=rng.uniform(100, 170, n),
    )


def draw_optics(rng: np.random.Generator, *, height_px: int, width_px: int) -> Optics:
    """Draw a video's light, uneven by 4-6 %, tails' contrast and noise. Raises InputError on a frame too flat."""
    if min(height_px, width_px) < 32 or FIELD_WIDTH_UM * height_px < REACH_UM * width_px:
        raise InputError(
            f"frame is {width_px}x{height_px}; allowed: at least 32 pixels a side and at most "
            f"{FIELD_WIDTH_UM / REACH_UM:.1f} times as wide as high; choose a larger or higher frame"
        )
    level, uneven, angle = rng.uniform(59, 104), rng.uniform(0.04, 0.06), rng.uniform(0, 2 * np.pi)
    y, x = np.meshgrid(np.linspace(-0.5, 0.5, height_px), np.linspace(-0.5, 0.5, width_px), indexing="ij")
    light = level * (1 + uneven * (np.cos(angle) * x + np.sin(angle) * y - x**2 - y**2))
    return Optics(light.astype(np.float32), float(rng.uniform(14, 21)), float(rng.uniform(1, 3)))


def draw_specks(rng: np.random.Generator, *, height_px: int, width_px: int, debris: float = 1.0) -> Picture:
    """Draw what still dark specks take away from the light; ``debris`` is their number over that of a usual video."""
    um_per_px = FIELD_WIDTH_UM / width_px
    specks = np.zeros((height_px, width_px), np.uint8)
    n = rng.poisson(270 * debris * height_px / width_px * 4 / 3)
    radius_px = rng.lognormal(np.log(0.75), 0.4, n) / um_per_px
    centre_px = np.stack([rng.uniform(0, width_px, n), rng.uniform(0, height_px, n)], axis=1)
    depth = rng.uniform(10, 45, n) * np.minimum(1, radius_px) ** 2  # a speck below a pixel covers part of it
    for (cx, cy), r, d in zip(_fixed(centre_px), np.maximum(radius_px, 0.6), depth, strict=True):
        cv2.circle(specks, (int(cx), int(cy)), int(r * 2**_FRACTION_BITS), float(d), -1, cv2.LINE_AA, _FRACTION_BITS)
    return cv2.GaussianBlur(specks, (0, 0), 0.35 / um_per_px).astype(np.float32)


def draw_scene(rng: np.random.Generator, counts: tuple[int, int, int], optics: Optics, *, debris: float = 1.0) -> Scene:
    """Draw one field of view with so many cells of each kind. Raises InputError without any."""
    height_px, width_px = optics.light.shape
    return Scene(
        background=optics.light - draw_specks(rng, height_px=height_px, width_px=width_px, debris=debris),
        cells=draw_cells(rng, counts, field_height_um=FIELD_WIDTH_UM * height_px / width_px),
        optics=optics,
    )


def heads_um(cells: Cells, t_s: float) -> tuple[PerCell, PerCell, PerCell]:
    """Where heads are and point: x and y in um (not yet wrapped into the field), direction in rad.

    A path is an arc; its chord after t seconds is speed t sinc(turn t / 2), in the direction half-way through the turn.
    """
    along = cells.speed_um_s * t_s * np.sinc(cells.turn_rad_s * t_s / (2 * np.pi))
    middle = cells.heading_rad + cells.turn_rad_s * t_s / 2
    direction = cells.heading_rad + cells.turn_rad_s * t_s
    beat = cells.phase_rad - 2 * np.pi * cells.beat_hz * t_s
    aside = cells.side_um * (np.sin(beat) - np.sin(cells.phase_rad))
    x = cells.x_um + along * np.cos(middle) - aside * np.sin(direction)
    y = cells.y_um + along * np.sin(middle) + aside * np.cos(direction)
    return x, y, direction


def tails_um(cells: Cells, t_s: float) -> _Curves:
    """Points along each tail, neck to tip, x and y in um: a wave that runs to the tip and grows on its way."""
    x, y, direction = heads_um(cells, t_s)
    share = np.linspace(0, 1, _SEGMENTS + 1)
    s = cells.tail_um[:, None] * share
    beat = cells.phase_rad - 2 * np.pi * cells.beat_hz * t_s
    wave = np.sin(2 * np.pi * s / cells.wavelength_um[:, None] + beat[:, None])
    aside = cells.wave_um[:, None] * share * wave + cells.bend_um[:, None] * share**2
    cos, sin = np.cos(direction)[:, None], np.sin(direction)[:, None]
    behind = s + _NECK_UM
    return np.stack([x[:, None] - behind * cos - aside * sin, y[:, None] - behind * sin + aside * cos], axis=2)


def frame(scene: Scene, t_s: float, rng: np.random.Generator) -> GreyFrame:
    """Draw the frame at ``t_s`` seconds; the generator gives the sensor's noise and nothing else."""
    height_px, width_px = scene.background.shape
    um_per_px = scene.um_per_px
    margin_px = int(np.ceil(REACH_UM / um_per_px))
    # Heads are wrapped into the field, tails follow their own head: then what overhangs is folded back.
    x, y, direction = heads_um(scene.cells, t_s)
    home_um = np.stack([x % FIELD_WIDTH_UM - x, y % (height_px * um_per_px) - y], axis=1)
    heads_px = (np.stack([x, y], axis=1) + home_um) / um_per_px + margin_px
    tails_px = (tails_um(scene.cells, t_s) + home_um[:, None]) / um_per_px + margin_px
    padded = (height_px + 2 * margin_px, width_px + 2 * margin_px)
    overhanging = -_draw_tails(padded, tails_px, scene.optics.tail_darkness, um_per_px)
    _add_heads(overhanging, heads_px, direction, scene.cells.brightness, um_per_px)
    picture = scene.background + _fold(overhanging, margin_px)
    if scene.optics.noise_sd > 0:
        picture += scene.optics.noise_sd * rng.standard_normal(picture.shape, dtype=np.float32)
    return np.clip(np.rint(picture), 0, 255).astype(np.uint8)


def frames(scene: Scene, *, n_frames: int, fps_hz: float, rng: np.random.Generator) -> Iterator[GreyFrame]:
    """Draw frame after frame; memory does not grow with their number."""
    return (frame(scene, k / fps_hz, rng) for k in range(n_frames))


def _fixed(points_px: _Points) -> _FixedPoints:
    """To OpenCV's fixed-point coordinates; its pixel 0 has its centre at 0, ours at 0.5."""
    return np.rint((points_px - 0.5) * 2**_FRACTION_BITS).astype(np.int32)


def _draw_tails(shape: tuple[int, int], tails_px: _Curves, darkness: float, um_per_px: float) -> _Overhanging:
    """Grey levels that the tails take away; they fade to the tip."""
    layer = np.zeros(shape, np.uint8)
    points = _fixed(tails_px)
    thickness_px = max(1, round(1.0 / um_per_px))
    strength = darkness * min(1.0, 1.25 / um_per_px)  # below a pixel's width a line covers part of it
    for k in reversed(range(_SEGMENTS)):
        grey = _DARKNESS_STEPS * strength * (1 - 0.8 * k / _SEGMENTS)
        lines = list(points[:, k : k + 2])
        cv2.polylines(layer, lines, False, grey, thickness_px, cv2.LINE_AA, _FRACTION_BITS)
    return layer.astype(np.float32) / np.float32(_DARKNESS_STEPS)


def _add_heads(
    canvas: _Overhanging,
    heads_px: _Places,
    direction_rad: PerCell,
    brightness: PerCell,
    um_per_px: float,
) -> None:
    """Add heads in place: an oval spot in its halo, at its sub-pixel place.

    Widths take in the pixel's own (1/12 pixel squared), so that the light of a spot is the same wherever it lies.
    """
    half_px = int(np.ceil(3 * _HALO_SD_UM / um_per_px))
    corner = np.floor(heads_px).astype(int) - half_px
    at = np.arange(2 * half_px + 1) + 0.5
    dx = (at + (corner[:, :1] - heads_px[:, :1])).astype(np.float32)[:, None, :]
    dy = (at + (corner[:, 1:] - heads_px[:, 1:])).astype(np.float32)[:, :, None]
    cos, sin = (part.astype(np.float32)[:, None, None] for part in (np.cos(direction_rad), np.sin(direction_rad)))
    ideal = np.array([*_HEAD_SD_UM, _HALO_SD_UM]) / um_per_px
    long, across, halo = (float(v) for v in ideal**2 + 1 / 12)
    peak = float(np.prod(ideal[:2])) / np.sqrt(long * across)
    spot = np.exp(-((dx * cos + dy * sin) ** 2) / (2 * long) - (dy * cos - dx * sin) ** 2 / (2 * across))
    glow = np.exp(-(dx**2) / (2 * halo)) * np.exp(-(dy**2) / (2 * halo))
    patches = (peak * (1 - _HALO_SHARE) * spot + _HALO_SHARE * glow) * brightness.astype(np.float32)[:, None, None]
    for (left, top), patch in zip(corner, patches, strict=True):
        canvas[top : top + len(at), left : left + len(at)] += patch


def _fold(padded: _Overhanging, margin_px: int) -> Picture:
    """Fold what overhangs on one side back in on the other."""
    m = margin_px
    inner = padded[m:-m].copy()
    inner[:m] += padded[-m:]
    inner[-m:] += padded[:m]
    picture = inner[:, m:-m].copy()
    picture[:, :m] += inner[:, -m:]
    picture[:, -m:] += inner[:, :m]
    return picture
