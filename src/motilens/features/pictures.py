"""Pictures of feature-images: scaled to 0-255 by a recorded stretch, and an animated overview.

A feature-image has no natural brightness, so each channel is stretched from its 1st to its 99th percentile. These
limits are kept with the picture, because two pictures are comparable only if their limits are the same.
"""

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from motilens.config import Settings
from motilens.shapes import StackPixels

LOW_PERCENTILE, HIGH_PERCENTILE = 1.0, 99.0
_GAP_PX, _CAPTION_PX = 6, 14


class Stretch(Settings):
    """Linear map from values to grey levels: 0 at ``low``, 255 at ``high``, for each channel."""

    low: tuple[float, ...]
    high: tuple[float, ...]

    def __str__(self) -> str:
        return ", ".join(
            f"{name} {low:.3g} to {high:.3g}" for name, low, high in zip("RGB", self.low, self.high, strict=False)
        )


def fit_stretch(images: np.ndarray) -> Stretch:
    """Fit one stretch to images (n, channel, y, x): percentiles over all of them, so that they are comparable."""
    low = np.percentile(images, LOW_PERCENTILE, axis=(0, 2, 3))
    high = np.percentile(images, HIGH_PERCENTILE, axis=(0, 2, 3))
    return Stretch(low=tuple(float(v) for v in low), high=tuple(float(v) for v in high))


def to_rgb(image: np.ndarray, stretch: Stretch) -> np.ndarray:
    """Show a feature-image (3, y, x) as red, green, blue: (y, x, 3), uint8. A constant channel is black."""
    low, high = np.asarray(stretch.low)[:, None, None], np.asarray(stretch.high)[:, None, None]
    span = np.where(high > low, high - low, 1.0)
    shown = np.where(high > low, np.clip((image - low) / span, 0.0, 1.0), 0.0)
    return np.ascontiguousarray((shown * 255).round().astype(np.uint8).transpose(1, 2, 0))


def sd_to_grey(sd: np.ndarray) -> tuple[np.ndarray, float]:
    """Show a temporal standard deviation (y, x), grey 0-1: (y, x) uint8, and the value that is shown white."""
    white = float(np.percentile(sd, 99.5))
    if white <= 0:
        return np.zeros(sd.shape, np.uint8), 0.0
    return (np.clip(sd / white, 0, 1) * 255).round().astype(np.uint8), white


def png(picture: np.ndarray) -> bytes:
    """Encode a picture (y, x) or (y, x, 3), uint8, as PNG."""
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, format="PNG", optimize=True)
    return buffer.getvalue()


@dataclass(frozen=True)
class Overview:
    """Content of one animated overview.

    Attributes:
        pixels: the stacks, (stack, frame, y, x), uint8.
        images: the feature-images, (stack, 3, y, x).
        captions: one line per stack.
    """

    pixels: StackPixels
    images: np.ndarray
    captions: tuple[str, ...]


def animate(overview: Overview, stretch: Stretch, *, ms_per_frame: int = 60) -> bytes:
    """Make an animated GIF: each stack on the left, beside it its temporal standard deviation and feature-image."""
    frames: list[Image.Image] = []
    for pixels, image, caption in zip(overview.pixels, overview.images, overview.captions, strict=True):
        height, width = pixels.shape[1:]
        canvas = Image.new("RGB", (3 * width + 2 * _GAP_PX, height + _CAPTION_PX), "white")
        sd, _ = sd_to_grey(pixels.astype(np.float32).std(axis=0) / 255)
        canvas.paste(Image.fromarray(sd), (width + _GAP_PX, 0))
        canvas.paste(Image.fromarray(to_rgb(image, stretch)), (2 * (width + _GAP_PX), 0))
        ImageDraw.Draw(canvas).text((2, height + 1), caption, fill="black")
        for frame in pixels:
            shown = canvas.copy()
            shown.paste(Image.fromarray(frame), (0, 0))
            frames.append(shown.convert("P", palette=Image.Palette.ADAPTIVE))
    buffer = io.BytesIO()
    frames[0].save(
        buffer, format="GIF", save_all=True, append_images=frames[1:], duration=ms_per_frame, loop=0, disposal=1
    )
    return buffer.getvalue()
