"""Draws debris: specks and round cells, stuck to the glass or floating.

Specks are small spheres at all depths; phase contrast turns them into dark dots, bright dots and rings. Round cells are
large and grainy. Part of the debris sticks to the glass, the rest floats in two layers of different speeds.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float32

from motilens.simulate.domain import Domain
from motilens.simulate.optics.canvas import Canvas
from motilens.simulate.optics.light import Optics
from motilens.simulate.optics.phase_contrast import RING_SHARE, PhaseMap
from motilens.simulate.optics.sprites import RADIUS_UM, Sprite, grid, make_sprite, radius_px

SPECKS_PER_MM2 = 16000
"""1,200 in a field of 640 x 480 pixels at 0.495 um, of which some 240 stand out by 10 grey levels."""

ROUND_CELLS_PER_MM2 = 30
FLOAT_SHARES = (0.5, 0.3, 0.2)
"""Shares of the specks that are stuck, in the slow layer and in the fast layer."""

LAYER_SPEEDS = (0.0, 0.6, 1.3)
"""Speed of each layer, relative to the flow."""

STUCK_HAZE = ((0.45, 1.65), (2.0, 1.25), (7.0, 0.8))
FLOATING_HAZE = ((2.0, 0.5), (7.0, 0.8))
"""Size in um and grey levels of the unresolved background of a layer: what is too faint or too far out of focus."""

_HAZE_SAMPLES = 2.5
"""Samples in the standard deviation of a part of the haze."""

_RING_SHARE_OF_SPECKS = 0.03
_ROUND_CELL_REACH_UM = 24.0
"""Radius of a round cell's sprite, with the halo."""

_SPECK_REACH_UM = 6.0
"""Radius of the sprite of a speck that shows no rings."""

_KINDS = 100
"""Number of different specks in a video; each is used several times."""

_FAINT = 1.0
"""Colour differences of a speck below this are not drawn, in grey levels."""


@dataclass(frozen=True)
class Layer:
    """Debris that moves together, with periodic boundaries.

    Attributes:
        luma: (y, x), relative to the empty field.
        chroma: (2, y, x), at half size.
        speed: relative to the flow; 0 is stuck.
    """

    luma: Float32[np.ndarray, "y x"]
    chroma: Float32[np.ndarray, "2 y2 x2"]
    speed: float


def draw_specks(rng: np.random.Generator, optics: Optics, *, defocus: float = 1.0) -> list[Sprite]:
    """Draw the specks that are used in a video."""
    return [_speck(rng, optics, defocus) for _ in range(_KINDS)]


def draw_layers(
    rng: np.random.Generator, domain: Domain, optics: Optics, specks: list[Sprite], *, amount: float = 1.0
) -> tuple[Layer, ...]:
    """Scatter specks and round cells over layers of the domain's size; ``amount`` is relative to a typical video."""
    height_px, width_px = domain.height_px, domain.width_px
    area_mm2 = height_px * width_px * optics.um_per_px**2 / 1e6
    canvases = [Canvas(height_px, width_px, radius_px(optics.um_per_px, _ROUND_CELL_REACH_UM)) for _ in FLOAT_SHARES]
    layer_of = rng.choice(len(canvases), rng.poisson(SPECKS_PER_MM2 * amount * area_mm2), p=FLOAT_SHARES)
    which = rng.integers(len(specks), size=len(layer_of))
    places = rng.uniform(0, (width_px, height_px), (len(layer_of), 2))
    coloured = [optics.camera == "colour" and np.abs(speck.chroma).max() > _FAINT for speck in specks]
    for layer, kind, (x, y) in zip(layer_of.tolist(), which.tolist(), places.tolist(), strict=True):
        canvases[layer].add_round(specks[kind], x, y, chroma=bool(coloured[kind]))
    for _ in range(rng.poisson(ROUND_CELLS_PER_MM2 * amount * area_mm2)):
        canvases[0].add(_round_cell(rng, optics), *_anywhere(rng, height_px, width_px))
    layers = []
    for canvas, speed in zip(canvases, LAYER_SPEEDS, strict=True):
        luma, chroma = canvas.wrapped()
        luma += _haze(rng, luma.shape, optics.um_per_px, FLOATING_HAZE if speed else STUCK_HAZE)
        layers.append(Layer(luma, np.ascontiguousarray(np.moveaxis(chroma, 2, 0)), speed))
    return tuple(layers)


def _anywhere(rng: np.random.Generator, height_px: int, width_px: int) -> tuple[float, float, float]:
    return float(rng.uniform(0, width_px)), float(rng.uniform(0, height_px)), float(rng.uniform(0, 2 * np.pi))


def _distance_um(optics: Optics, radius_um: float = RADIUS_UM) -> tuple[PhaseMap, float]:
    size, fine_um = grid(optics.um_per_px, radius_um)
    at = (np.arange(size) - (size - 1) / 2) * fine_um
    return np.hypot(at[:, None], at[None, :]), fine_um


def _speck(rng: np.random.Generator, optics: Optics, defocus: float) -> Sprite:
    ring = rng.random() < _RING_SHARE_OF_SPECKS  # larger and far from the focal plane: rings and blurred discs
    distance, _ = _distance_um(optics, RADIUS_UM if ring else _SPECK_REACH_UM)
    if ring:
        radius = float(rng.uniform(0.6, 1.5))
        phase = float(rng.uniform(0.15, 0.8))
        depth = defocus * float(rng.uniform(4, 12)) * (1 if rng.random() < 0.5 else -1)
    else:
        radius = float(np.clip(rng.lognormal(np.log(0.27), 0.38), 0.2, 1.6))
        phase = float(rng.uniform(0.17, 0.42)) * min(radius / 0.5, 1.2)
        depth = defocus * float(rng.standard_normal()) * (1.5 if rng.random() < 0.75 else 6.0)
    ball = np.sqrt(np.clip(1 - (distance / radius) ** 2, 0, None))
    return make_sprite(phase * ball, optics, defocus_um=depth)


def _round_cell(rng: np.random.Generator, optics: Optics) -> Sprite:
    distance, fine_um = _distance_um(optics, _ROUND_CELL_REACH_UM)
    kind = rng.random()
    radius = float(rng.uniform(1.8, 2.8) if kind < 0.4 else rng.uniform(3.0, 6.0))
    ball = np.sqrt(np.clip(1 - (distance / radius) ** 2, 0, None))
    if kind < 0.15:  # a flat drop that delays light like the phase ring: black, with a thin halo
        return make_sprite(RING_SHARE * float(rng.uniform(0.9, 1.1)) * np.minimum(1, 2 * ball), optics)
    grain = cv2.GaussianBlur(rng.standard_normal(distance.shape), (0, 0), 0.35 / fine_um)
    grain /= grain.std()
    depth = float(rng.normal(0, 2))
    return make_sprite(float(rng.uniform(0.6, 1.7)) * ball * (1 + 0.35 * grain), optics, defocus_um=depth)


def _haze(
    rng: np.random.Generator, shape: tuple[int, ...], um_per_px: float, parts: tuple[tuple[float, float], ...]
) -> Float32[np.ndarray, "y x"]:
    """Draw a faint random background with periodic boundaries."""
    haze = np.zeros(shape, np.float32)
    for size_um, grey in parts:
        sd = size_um / um_per_px
        finer = min(1.0, _HAZE_SAMPLES / sd)  # a smooth part needs few samples
        rows, columns = (max(1, round(finer * n)) for n in shape)
        border = int(np.ceil(3 * finer * sd))
        wrapped = np.pad(rng.standard_normal((rows, columns), dtype=np.float32), border, mode="wrap")
        smooth = cv2.GaussianBlur(wrapped, (0, 0), finer * sd)[border:-border, border:-border]
        smooth *= np.float32(grey / smooth.std())
        y, x = rows / shape[0], columns / shape[1]
        to_smooth = np.array([[x, 0, x / 2 - 0.5], [0, y, y / 2 - 0.5]])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        haze += cv2.warpAffine(smooth, to_smooth, shape[::-1], flags=flags, borderMode=cv2.BORDER_WRAP)
    return haze
