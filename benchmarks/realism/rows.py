"""Rows: what is compared, in which unit, and how far apart two sources are."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from motilens.tracking.kinematics import QUANTITIES

PERCENTILES = (5, 50, 95)


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Attributes:
        key: its name in the JSON.
        label: its name for people.
        unit: of its values.
        least_range: least range that a distance is divided by, so that a trifle does not look far on a row that hardly
            varies on the real clip.
    """

    key: str
    label: str
    unit: str
    least_range: float


@dataclass(frozen=True)
class CurveRow:
    """A profile or spectrum, compared by the root mean square difference over its points.

    Attributes:
        key: its name in the JSON.
        label: its name for people.
        unit: of its values, and of the distance.
        axis: what its points are.
    """

    key: str
    label: str
    unit: str
    axis: str


_MOTION = {
    "vcl_um_s": ("VCL", "um/s", 1.0),
    "vsl_um_s": ("VSL", "um/s", 1.0),
    "vap_um_s": ("VAP", "um/s", 1.0),
    "lin": ("LIN", "", 0.05),
    "str": ("STR", "", 0.05),
    "wob": ("WOB", "", 0.05),
    "alh_um": ("ALH", "um", 0.2),
    "bcf_hz": ("BCF", "Hz", 1.0),
}

ROWS: tuple[Row, ...] = (
    Row("head_centre_grey", "head above background, centre (0-1.5 px)", "grey", 2.0),
    Row("head_3px_grey", "head above background, 2.25-3.75 px", "grey", 2.0),
    Row("head_6_9px_grey", "head above background, 6-9 px", "grey", 2.0),
    Row("head_12_15px_grey", "head above background, 12-15 px", "grey", 2.0),
    Row("heads", "heads a frame of 640x480", "", 2.0),
    Row("background_grey", "background level", "grey", 2.0),
    Row("unevenness_pct", "background unevenness over the frame", "%", 1.0),
    Row("texture_fine_grey", "background texture finer than 2 px (sd)", "grey", 0.1),
    Row("texture_middle_grey", "background texture of 2-8 px (sd)", "grey", 0.1),
    Row("tail_depth_grey", "tail below background", "grey", 1.0),
    Row("tail_width_px", "tail width at half depth", "px", 0.5),
    Row("tail_length_px", "tail length seen for each head", "px", 2.0),
    Row("tail_share_pct", "share of pixels on tails", "%", 0.05),
    Row("specks", "dark specks a frame of 640x480", "", 10.0),
    Row("speck_area_px", "speck area", "px", 2.0),
    Row("speck_area_p90_px", "speck area, 90th percentile of a frame", "px", 2.0),
    Row("speck_depth_grey", "speck below background, darkest pixel", "grey", 2.0),
    Row("temporal_sd_grey", "sd over time, all pixels", "grey", 0.1),
    Row("temporal_sd_background_grey", "sd over time, background pixels", "grey", 0.1),
    *(
        Row(f"{key}{ending}", f"{_MOTION[key][0]}, {who}", *_MOTION[key][1:])
        for ending, who in (("", "all heads"), ("_progressive", "progressive"))
        for key in QUANTITIES
    ),
    Row("still_pct", "heads with VSL below 1.5 um/s", "%", 5.0),
    Row("progressive_pct", "heads with VSL of 5 um/s or more", "%", 5.0),
    Row("arrow", "skewness of changes from frame to frame, moving pixels (0 if the same backwards)", "", 0.1),
    Row("beat_power_pct", "power over time that lies in 3-20 Hz, moving pixels", "%", 5.0),
    Row("beating_pixels_pct", "pixels that move, with half or more of their power in 3-20 Hz", "%", 0.5),
    Row("cells_counted", "cells counted by the network, a frame of 640x480", "", 2.0),
    Row("recall_pct", "annotated heads that the network detects", "%", 5.0),
    Row("precision_pct", "detections of the network that are annotated heads", "%", 5.0),
)

CURVES: tuple[CurveRow, ...] = (
    CurveRow("head_profile", "head brightness by radius", "grey", "radius, px"),
    CurveRow("grey_quantiles", "grey above local background by quantile", "grey", "quantile, %"),
    CurveRow("spatial_spectrum", "spatial power", "log10 grey^2 px^2", "cycles a pixel"),
    CurveRow("temporal_spectrum", "temporal power, all pixels", "log10 grey^2/Hz", "Hz"),
    CurveRow("temporal_spectrum_background", "temporal power, background pixels", "log10 grey^2/Hz", "Hz"),
)


def percentiles(values: np.ndarray) -> tuple[float, float, float]:
    """5th, 50th and 95th percentile."""
    low, middle, high = np.percentile(values, PERCENTILES)
    return float(low), float(middle), float(high)


def distance(row: Row, real: Sequence[float], other: Sequence[float]) -> float:
    """Mean difference of the three percentiles over the real 5-95 range."""
    range_ = max(real[2] - real[0], row.least_range)
    return float(np.mean(np.abs(np.subtract(real, other))) / range_)


def curve_distance(real: np.ndarray, other: np.ndarray) -> float:
    """Root mean square difference over the points that both have."""
    both = np.isfinite(real) & np.isfinite(other)
    return float(np.sqrt(np.mean((real[both] - other[both]) ** 2)))
