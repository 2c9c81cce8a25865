"""Grey over time: how much pixels change, at what frequencies, and whether the clip could as well be played backwards.

A pixel *moves* if its standard deviation over time is at least 4 grey, some twice that of the noisiest background of
the real clip. All is measured on a grid of every third pixel each way.
"""

import cv2
import numpy as np

from .background import OBJECT_GREY, residual
from .clip import Clip
from .spectra import BEAT_HZ, FLOOR, WINDOW_S, beat_share, temporal_spectra, window_starts

MOVING_SD_GREY = 4.0
BEATING_SHARE = 0.5
"""A pixel beats if it moves and at least this share of its power lies in 3-20 Hz."""
_PIXEL_STEP = 3
_HEAD_CLEAR_PX = 14
_AT_ONCE = 2048

OverTime = tuple[dict[str, np.ndarray], dict[str, np.ndarray], dict[str, str]]
"""Samples, curves, and reasons of what is not measured."""


def over_time(clip: Clip, heads: list[np.ndarray]) -> OverTime:
    """Measure standard deviations and spectra in windows of 4 s, and the arrow of time in each second.

    Args:
        clip: the frames.
        heads: positions of the heads in each frame.
    """
    seconds, still = arrow_by_second(clip.frames, clip.fps_hz), f"no pixel has a sd of {MOVING_SD_GREY:g} grey"
    length, starts = window_starts(len(clip.frames), clip.fps_hz)
    reasons = {
        "arrow": still if len(clip.frames) >= round(clip.fps_hz) else _too_short(clip, 1),
        "temporal_sd_background_grey": "no pixel is free of objects",
        "temporal_spectrum_background": "no pixel is free of objects",
        "beat_power_pct": still,
    }
    if not starts:
        keys = ("temporal_sd_grey", "temporal_spectrum", "beating_pixels_pct", *reasons)
        return {"arrow": seconds}, {}, {**dict.fromkeys(keys, _too_short(clip, WINDOW_S)), "arrow": reasons["arrow"]}
    sds, free_sds, spectra, free_spectra, shares, beating = [], [], [], [], [], []
    for start in starts:
        frames = clip.frames[start : start + length]
        free = _never_an_object(frames, heads[start : start + length])[::_PIXEL_STEP, ::_PIXEL_STEP].ravel()
        pixels = _grid(frames)
        sd = pixels.std(axis=0)
        power = np.concatenate(
            [temporal_spectra(pixels[:, at : at + _AT_ONCE], clip.fps_hz) for at in range(0, len(sd), _AT_ONCE)]
        )
        sds.append(sd)
        free_sds.append(sd[free])
        spectra.append(power.mean(axis=0))
        if free.any():
            free_spectra.append(power[free].mean(axis=0))
        share = beat_share(pixels[:, sd >= MOVING_SD_GREY], clip.fps_hz)
        shares.append(share)
        beating.append((share >= BEATING_SHARE).sum() / len(sd) * 100)
    samples = {
        "temporal_sd_grey": np.concatenate(sds),
        "temporal_sd_background_grey": np.concatenate(free_sds),
        "arrow": seconds,
    }
    if clip.fps_hz / 2 >= BEAT_HZ[1]:
        samples |= {"beat_power_pct": np.concatenate(shares) * 100, "beating_pixels_pct": np.array(beating)}
    else:
        slow = f"{clip.fps_hz:g} frames a second do not show {BEAT_HZ[1]:g} Hz"
        reasons |= {"beat_power_pct": slow, "beating_pixels_pct": slow}
    curves = {"temporal_spectrum": np.log10(np.mean(spectra, axis=0) + FLOOR)}
    if free_spectra:
        curves["temporal_spectrum_background"] = np.log10(np.mean(free_spectra, axis=0) + FLOOR)
    return samples, curves, reasons


def arrow(pixels: np.ndarray) -> np.ndarray:
    """Skewness about zero of each pixel's changes from frame to frame, d(t) = x(t + 1) - x(t).

    ``mean(d^3) / mean(d^2)^1.5``, without unit. Played backwards, every d changes its sign, and so does the value: it
    is about 0 where a clip has the same statistics backwards. A slow rise and a sudden fall give a value below 0. For a
    stationary x, ``mean(d^3)`` is three times ``<x(t)^2 x(t + 1)> - <x(t) x(t + 1)^2>``, a correlation of unequal
    powers, with which Steinberg (doi 10.1016/S0006-3495(86)83449-X) tests for irreversibility; Pomeau (J. Physique 43,
    859, 1982) introduced such tests. The form with differences is taken because it needs no mean, which is badly known
    from a second, and because it changes its sign exactly.

    Args:
        pixels: (t, n), grey; pixels that never change are not allowed.

    Returns:
        (n,). A step lasts a frame, so values at 50 and at 60 frames a second differ somewhat.
    """
    change = np.diff(pixels, axis=0)
    return (change**3).mean(axis=0) / (change**2).mean(axis=0) ** 1.5


def arrow_by_second(frames: np.ndarray, fps_hz: float) -> np.ndarray:
    """Mean ``arrow`` of the pixels that move, for each whole second in which any does.

    Pixels are averaged after each has been normalised, so that a few bright heads do not outweigh all others.
    """
    length, found = round(fps_hz), []
    for start in range(0, len(frames) - length + 1, length):
        pixels = _grid(frames[start : start + length])
        moving = pixels.std(axis=0) >= MOVING_SD_GREY
        if moving.any():
            found.append(float(arrow(pixels[:, moving]).mean()))
    return np.array(found)


def _too_short(clip: Clip, needed_s: float) -> str:
    return f"the clip has {clip.duration_s:.1f} s without a stage move, {needed_s:g} s are needed"


def _grid(frames: np.ndarray) -> np.ndarray:
    return frames[:, ::_PIXEL_STEP, ::_PIXEL_STEP].reshape(len(frames), -1).astype(np.float32)


def _never_an_object(frames: np.ndarray, heads: list[np.ndarray]) -> np.ndarray:
    """Pixels that are no object in any of some 16 frames, and have no head within 14 px in any frame; (y, x)."""
    busy = np.zeros(frames.shape[1:], np.uint8)
    for number in np.unique(np.linspace(0, len(frames) - 1, 16).astype(int)):
        above = np.abs(cv2.GaussianBlur(residual(frames[number]), (0, 0), 1))
        busy[cv2.dilate((above >= OBJECT_GREY).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0] = 1
    for x, y in np.unique(np.concatenate(heads).round().astype(int), axis=0):
        cv2.circle(busy, (int(x), int(y)), _HEAD_CLEAR_PX, 1, -1)
    return busy == 0
