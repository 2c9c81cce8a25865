"""Surveys made by hand, for functions that choose frames."""

from collections.abc import Collection
from pathlib import Path

import numpy as np

from motilens.config import ReadingConfig
from motilens.video.info import VideoInfo
from motilens.video.survey import Survey


def make_survey(
    times_s: np.ndarray,
    fps_hz: float,
    *,
    variable: bool = False,
    moved: Collection[int] = (),
    gaps: Collection[int] = (),
) -> Survey:
    """A survey of usable frames with given times; ``moved`` and ``gaps`` are positions."""
    at = np.arange(len(times_s))
    info = VideoInfo(
        codec="mjpeg",
        pixel_format="gray",
        bit_depth=8,
        bits_used=8,
        height_px=480,
        width_px=640,
        stream=0,
        interlaced=False,
        fps_hz=fps_hz,
        header_fps_hz=fps_hz,
        rate_from="time stamps",
        variable_rate=variable,
        n_frames=len(times_s),
        duration_s=2.0,
    )
    return Survey(
        path=Path("v.avi"),
        reading=ReadingConfig(),
        strict=True,
        info=info,
        alone=True,
        packet=at,
        number=at,
        time_s=np.asarray(times_s, dtype=float),
        moved=np.isin(at, list(moved)),
        gap=np.isin(at, list(gaps)),
        skipped=frozenset(),
        repeated=(),
        lost=(),
        problems=(),
    )
