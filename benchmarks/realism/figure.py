"""Figures: sources beside each other, at the same scale and the same grey."""

from collections.abc import Sequence

import cv2
import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from .measures import AXES, Measures
from .rows import CURVES
from .source import Source

GREATEST_BYTES = 600_000
CROP_PX, CROPS, ZOOM = 120, 4, 3
SD_SHOWN_GREY = 25.0
_BAR_PX = 26


def frames_figure(sources: Sequence[Source]) -> bytes:
    """One whole frame of each, as JPEG."""
    return _jpeg(_beside([_titled(source.shown.frames[0], _title(source)) for source in sources]))


def crops_figure(sources: Sequence[Source], rng: np.random.Generator) -> bytes:
    """Crops around randomly chosen heads, three times enlarged, a row for each source, as JPEG."""
    rows = []
    for source in sources:
        frame, heads = source.shown.frames[0], source.shown_heads
        limit = np.array(frame.shape[::-1]) - CROP_PX
        corners = rng.uniform(0, np.maximum(limit, 1), (CROPS, 2))
        for number, head in enumerate(rng.permutation(heads)[: CROPS - 1]):  # the last is a place drawn anywhere
            corners[number] = head - CROP_PX / 2
        crops = []
        for x, y in np.clip(corners, 0, np.maximum(limit, 0)).astype(int):
            crop = frame[y : y + CROP_PX, x : x + CROP_PX]
            crops.append(cv2.resize(crop, None, fx=ZOOM, fy=ZOOM, interpolation=cv2.INTER_NEAREST))
        rows.append(_titled(_beside(crops), _title(source)))
    return _jpeg(np.concatenate([_padded(row, max(each.shape[1] for each in rows)) for row in rows]))


def temporal_figure(sources: Sequence[Source]) -> bytes:
    """Standard deviation over 2 s of each pixel, as JPEG; square root scale, white is 25 grey and more."""
    shown = []
    for source in sources:
        sd = source.shown.frames.astype(np.float32).std(axis=0)
        grey = np.clip(np.sqrt(sd / SD_SHOWN_GREY) * 255, 0, 255).astype(np.uint8)
        shown.append(_titled(grey, f"{source.name}: sd over time, white {SD_SHOWN_GREY:.0f} grey, square root"))
    return _jpeg(_beside(shown))


def curves_figure(sources: dict[str, Measures]) -> bytes:
    """Profiles and spectra of all sources, as PNG."""
    with mpl.rc_context({"font.size": 8, "axes.spines.top": False, "axes.spines.right": False}):
        drawing = Figure(figsize=(10, 6), layout="constrained")
        panels = drawing.subplots(2, 3).ravel()
        for panel, curve in zip(panels, CURVES, strict=False):
            for name, measures in sources.items():
                if curve.key in measures.curves:
                    panel.plot(AXES[curve.key], measures.curves[curve.key], marker=".", label=name)
            panel.set(title=curve.label, xlabel=curve.axis, ylabel=curve.unit)
            if "spectrum" in curve.key:
                panel.set_xscale("log")
            if panel.lines:
                panel.legend(frameon=False)
        panels[-1].axis("off")
        canvas = FigureCanvasAgg(drawing)
        canvas.draw()
        pixels = np.asarray(canvas.buffer_rgba())[:, :, 2::-1]
    return cv2.imencode(".png", pixels)[1].tobytes()


def _title(source: Source) -> str:
    return f"{source.name}: {source.shown.name}"


def _titled(grey: np.ndarray, title: str) -> np.ndarray:
    bar = np.full((_BAR_PX, grey.shape[1]), 255, np.uint8)
    cv2.putText(bar, title, (6, 18), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (0,), 1, cv2.LINE_AA)
    return np.concatenate([bar, grey])


def _padded(grey: np.ndarray, width: int) -> np.ndarray:
    return np.pad(grey, ((0, 0), (0, width - grey.shape[1])), constant_values=255)


def _beside(pictures: list[np.ndarray]) -> np.ndarray:
    height = max(picture.shape[0] for picture in pictures)
    padded = [np.pad(each, ((0, height - each.shape[0]), (0, 4)), constant_values=255) for each in pictures]
    return np.concatenate(padded, axis=1)


def _jpeg(grey: np.ndarray) -> bytes:
    """As good as fits."""
    content = b""
    for quality in (95, 90, 80, 70, 50, 30):
        content = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()
        if len(content) <= GREATEST_BYTES:
            break
    return content
