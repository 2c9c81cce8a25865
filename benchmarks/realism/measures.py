"""Measures: everything that is measured on one clip, and several clips of one source together."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from motilens.errors import InputError
from motilens.networks.counter_file import BUILTIN, load_counter
from motilens.tracking.tracks import Detections, Scale

from .background import OBJECT_GREY, residual, texture_sd, unevenness_pct
from .clip import DEFAULT_UM_PER_PX, Clip, read_clip
from .counted import NOT_COUNTED, Counted, count_clip
from .heads import HeadRule, find_heads, head_rule, in_frames, radial_profiles
from .over_time import over_time
from .rows import CURVES, ROWS, percentiles
from .specks import find_specks
from .spectra import SPATIAL_EDGES, TEMPORAL_EDGES_HZ, spatial_spectrum
from .tails import find_tails
from .tracks import link, seconds_of

STILL_FRAMES = 24
"""Frames of a clip on which appearance is measured, spread evenly."""
PROFILE_EDGES_PX = np.arange(0, 17, 1.5)
GREY_QUANTILES = np.array([0.001, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 0.999])
KEPT_VALUES = 2001
"""A row with more values is thinned to as many quantiles, so that no clip outweighs others by its pixels."""
_NAMED_RINGS = {
    "head_centre_grey": (0.0, 1.5),
    "head_3px_grey": (2.25, 3.75),
    "head_6_9px_grey": (6.0, 9.0),
    "head_12_15px_grey": (12.0, 15.0),
}


@dataclass(frozen=True)
class Measures:
    """What was measured on one clip, or on all clips of a source.

    Attributes:
        clips: facts of each clip.
        samples: values by row key, unsorted, without NaN.
        curves: values by curve key, NaN at points that cannot be measured.
        reasons: why a row or curve is not measured, by key; every key is either here or among the values.
    """

    clips: tuple[dict[str, Any], ...]
    samples: dict[str, np.ndarray] = field(repr=False)
    curves: dict[str, np.ndarray] = field(repr=False)
    reasons: dict[str, str]

    def __post_init__(self) -> None:
        missing = {row.key for row in (*ROWS, *CURVES)} ^ {*self.samples, *self.curves, *self.reasons}
        if missing:
            raise InputError(f"rows {sorted(missing)} are neither measured nor explained, or unknown")

    def summary(self) -> dict[str, tuple[float, float, float] | None]:
        """5th, 50th and 95th percentile of each row; None where it is not measured."""
        return {row.key: percentiles(self.samples[row.key]) if row.key in self.samples else None for row in ROWS}


def measure_clip(path: Path, *, seconds: float = 15.0, um_per_px: float = DEFAULT_UM_PER_PX) -> Measures:
    """Measure the start of a video.

    Args:
        path: the video.
        seconds: how much of its start is read.
        um_per_px: micrometres that a pixel shows.

    Raises:
        VideoError: not a video, or too short.
    """
    clip = read_clip(path, seconds=seconds, um_per_px=um_per_px)
    rule = head_rule(clip)
    counter = load_counter(BUILTIN, "motility", "I4")
    return measure(clip, rule, find_heads(clip, rule), count_clip(path, clip, counter, boxes=None))


def measure(clip: Clip, rule: HeadRule, found: Detections, counted: Counted = NOT_COUNTED) -> Measures:
    """Measure a clip whose heads are known.

    Args:
        clip: the frames.
        rule: by which its heads were found.
        found: its heads.
        counted: what the network found in its file.
    """
    heads = in_frames(found)
    samples, curves = _appearance(clip, heads)
    moving, moving_curves, why = over_time(clip, heads)
    samples |= moving | _motion(clip, found) | counted.samples
    curves |= moving_curves
    why |= counted.reasons
    reasons: dict[str, str] = {}
    no_heads = None if len(found) else rule.why_none
    for row in ROWS:
        values = samples.get(row.key, np.zeros(0))
        if len(values):
            samples[row.key] = _thinned(values)
        else:
            samples.pop(row.key, None)
            reasons[row.key] = f"{clip.name}: {why.get(row.key) or _reason(row.key, no_heads)}"
    for curve in CURVES:
        if not np.isfinite(curves.get(curve.key, np.nan)).any():
            curves.pop(curve.key, None)
            reasons[curve.key] = f"{clip.name}: {why.get(curve.key) or _reason(curve.key, no_heads)}"
    facts = {
        "name": clip.name,
        "fingerprint": clip.fingerprint,
        "first_frame": clip.first_frame,
        "frames": len(clip.frames),
        "height_px": clip.frames.shape[1],
        "width_px": clip.frames.shape[2],
        "fps_hz": clip.fps_hz,
        "um_per_px": clip.um_per_px,
        "head_polarity": rule.config.polarity,
        "head_least_mass": round(rule.least_mass.mass, 2),
        "head_least_mass_how": rule.least_mass.how,
    }
    return Measures((facts,), samples, curves, reasons)


def together(measures: Sequence[Measures]) -> Measures:
    """All clips of a source as one: values pooled, curves averaged; a row counts where any clip has it."""
    if not measures:
        raise InputError("no clips came; a source needs at least one")
    samples = {
        row.key: np.concatenate([each.samples[row.key] for each in measures if row.key in each.samples])
        for row in ROWS
        if any(row.key in each.samples for each in measures)
    }
    curves = {
        curve.key: _mean_curve([each.curves[curve.key] for each in measures if curve.key in each.curves])
        for curve in CURVES
        if any(curve.key in each.curves for each in measures)
    }
    reasons = {key: why for each in measures for key, why in each.reasons.items() if key not in samples | curves}
    return Measures(tuple(facts for each in measures for facts in each.clips), samples, curves, reasons)


def _appearance(clip: Clip, heads: list[np.ndarray]) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    found: dict[str, list[Any]] = {row.key: [] for row in ROWS}
    profiles: list[np.ndarray] = []
    quantiles, spectra = [], []
    share = clip.frames[0].size / (640 * 480)
    for number in clip.some(STILL_FRAMES):
        frame, at = clip.frames[number], heads[number]
        above = residual(frame)
        profiles.append(radial_profiles(above, at, PROFILE_EDGES_PX))
        for key, ring in _NAMED_RINGS.items():
            found[key] += radial_profiles(above, at, np.array(ring))[:, 0].tolist()
        tails = find_tails(above, at)
        specks = find_specks(above, at, tails.mask)
        free = np.abs(above) < OBJECT_GREY
        fine, middle = texture_sd(frame, cv2.erode(free.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0)
        found["background_grey"].append(float(np.median(frame)))
        found["unevenness_pct"].append(unevenness_pct(frame, above))
        found["texture_fine_grey"].append(fine)
        found["texture_middle_grey"].append(middle)
        found["tail_depth_grey"] += tails.depth_grey.tolist()
        found["tail_width_px"] += tails.width_px.tolist()
        found["tail_share_pct"].append(float(tails.width_px.sum()) / frame.size * 100)
        found["tail_length_px"] += [len(tails.depth_grey) / len(at)] if len(at) else []
        found["specks"].append(len(specks.area_px) / share)
        found["speck_area_px"] += specks.area_px.tolist()
        found["speck_area_p90_px"] += [float(np.percentile(specks.area_px, 90))] if len(specks.area_px) else []
        found["speck_depth_grey"] += specks.depth_grey.tolist()
        quantiles.append(np.quantile(above, GREY_QUANTILES))
        spectra.append(spatial_spectrum(frame))
    found["heads"] = [len(at) / share for at in heads]
    profile = np.concatenate(profiles)
    curves = {
        "head_profile": profile.mean(axis=0) if len(profile) else np.full(len(PROFILE_EDGES_PX) - 1, np.nan),
        "grey_quantiles": np.mean(quantiles, axis=0),
        "spatial_spectrum": np.mean(spectra, axis=0),
    }
    return {key: np.array(values, float) for key, values in found.items()}, curves


def _motion(clip: Clip, heads: Detections) -> dict[str, np.ndarray]:
    seconds = seconds_of(link(heads, Scale(clip.um_per_px, clip.fps_hz)))
    progressive = seconds.progressive
    samples = dict(seconds.values)
    samples |= {f"{key}_progressive": values[progressive] for key, values in seconds.values.items()}
    return samples | {
        "still_pct": seconds.shares_pct(seconds.still),
        "progressive_pct": seconds.shares_pct(progressive),
    }


def _reason(key: str, no_heads: str | None) -> str:
    if key.startswith("tail_") and not key.startswith("tail_length"):
        return "no tails were found"
    if key.startswith("speck"):
        return "no specks were found"
    if no_heads:
        return no_heads
    if key.startswith("tail_length"):
        return "no heads"
    if key.startswith("head"):
        return "no head lies wholly inside the frame"
    return f"no head {'reached 5 um/s' if key.endswith('_progressive') else 'was followed for 1 s'}"


def _thinned(values: np.ndarray) -> np.ndarray:
    return values if len(values) <= KEPT_VALUES else np.quantile(values, np.linspace(0, 1, KEPT_VALUES))


def _mean_curve(curves: list[np.ndarray]) -> np.ndarray:
    table = np.stack(curves)
    finite = np.isfinite(table)
    return np.where(
        finite.any(axis=0), np.where(finite, table, 0).sum(axis=0) / np.maximum(finite.sum(axis=0), 1), np.nan
    )


AXES: dict[str, np.ndarray] = {
    "head_profile": (PROFILE_EDGES_PX[:-1] + PROFILE_EDGES_PX[1:]) / 2,
    "grey_quantiles": GREY_QUANTILES * 100,
    "spatial_spectrum": np.sqrt(SPATIAL_EDGES[:-1] * SPATIAL_EDGES[1:]),
    "temporal_spectrum": np.sqrt(TEMPORAL_EDGES_HZ[:-1] * TEMPORAL_EDGES_HZ[1:]),
    "temporal_spectrum_background": np.sqrt(TEMPORAL_EDGES_HZ[:-1] * TEMPORAL_EDGES_HZ[1:]),
}
"""Where the points of each curve lie."""
