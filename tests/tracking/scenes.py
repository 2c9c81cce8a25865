"""Films of bright dots whose ways are known, and tracks made by hand."""

from collections.abc import Sequence

import numpy as np

from motilens.config import DetectConfig, DriftName
from motilens.tracking.detect import find_heads, head_mass
from motilens.tracking.link import link_heads, without_drift
from motilens.tracking.tracks import Detections, Scale, Tracks

SCALE = Scale(um_per_px=0.5, fps_hz=50.0)
SHAPE = (160, 240)
GREY, HEAD_GREY, HEAD_SIGMA_PX = 80.0, 110.0, 2.5
TAIL_GREY, TAIL_SIGMA_PX, TAIL_PX = 45.0, 1.3, 13.0


def film(
    places_px: np.ndarray,
    *,
    noise_grey: float = 2.0,
    beating: Sequence[int] = (),
    seed: int = 0,
    shape: tuple[int, int] = SHAPE,
) -> np.ndarray:
    """Dots at places (frame, cell, 2), x and y: (frame, y, x), uint8. Those that beat have a tail that swings."""
    rng = np.random.default_rng(seed)
    frames = np.full((len(places_px), *shape), GREY)
    for t, (frame, heads) in enumerate(zip(frames, places_px, strict=True)):
        for x, y in heads:
            _add(frame, x, y, HEAD_GREY, HEAD_SIGMA_PX)
        for k in beating:
            angle = 0.6 * np.sin(2 * np.pi * t / 7 + k)
            x, y = heads[k]
            _add(frame, x - TAIL_PX * np.cos(angle), y + TAIL_PX * np.sin(angle), TAIL_GREY, TAIL_SIGMA_PX)
        frame += rng.normal(0, noise_grey, shape)
    return np.clip(np.rint(frames), 0, 255).astype(np.uint8)


def _add(frame: np.ndarray, x: float, y: float, grey: float, sigma_px: float) -> None:
    gy = np.exp(-((np.arange(frame.shape[0]) - y) ** 2) / (2 * sigma_px**2))
    gx = np.exp(-((np.arange(frame.shape[1]) - x) ** 2) / (2 * sigma_px**2))
    frame += grey * np.outer(gy, gx)


def straight(n_frames: int, speeds_um_s: Sequence[float], *, scale: Scale = SCALE) -> np.ndarray:
    """Places of cells one below the other, every second to the left: (frame, cell, 2), px. Eight fit into ``SHAPE``."""
    t_s = np.arange(n_frames)[:, None] / scale.fps_hz
    side = np.where(np.arange(len(speeds_um_s)) % 2, -1, 1)
    x = SHAPE[1] / 2 - side * 60 + side * t_s * np.array(speeds_um_s) / scale.um_per_px
    y = np.broadcast_to(15 + 18.0 * np.arange(len(speeds_um_s)), x.shape)
    return np.stack([x, y], axis=2)


def followed(frames: np.ndarray, *, scale: Scale = SCALE, drift: DriftName = "median") -> Tracks:
    """Tracks of the heads in some frames."""
    config = DetectConfig()
    heads = find_heads(frames, scale=scale, least_mass=head_mass(frames[::10], config).mass, config=config)
    return without_drift(link_heads(heads, scale=scale), drift)


def heads_at(places_px: np.ndarray) -> Detections:
    """Heads at places (frame, cell, 2), NaN where one is not seen."""
    frame, cell = np.nonzero(np.isfinite(places_px[..., 0]))
    x, y = places_px[frame, cell].T
    return Detections(frame, x, y, np.full(len(x), 1000.0), np.ones(len(x)), n_frames=len(places_px))


def tracks_at(places_px: np.ndarray, *, beat: float = 1.0, scale: Scale = SCALE) -> Tracks:
    """Tracks at places (frame, cell, 2), NaN where one is not seen; without drift."""
    track, frame = np.nonzero(np.isfinite(places_px[..., 0]).T)
    x, y = places_px[frame, track].T
    return Tracks(track, frame, x, y, np.full(len(x), beat), np.zeros((len(places_px), 2)), scale)
