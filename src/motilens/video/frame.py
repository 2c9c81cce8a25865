"""One decoded frame, whose pixels are made only when asked for.

Grey is the luma of the picture in the full range: 0 is black and 255 white. Formats that store luma in the limited
range 16-235 (most H.264) are stretched, so the same scene gives the same grey whichever way it was encoded. More than
8 bits are shifted down to 8, keeping the highest.
"""

from dataclasses import dataclass, field
from functools import lru_cache

import av
import cv2
import numpy as np
from av.video.reformatter import ColorRange, Interpolation, VideoReformatter

from motilens.arrays import GreyFrame

THUMBNAIL_PX = 30
"""A thumbnail's shorter side."""

_AREA = Interpolation.AREA | Interpolation.ACCURATE_RND | Interpolation.BITEXACT
"""Every machine makes the same pixels, right to within rounding; five times faster than OpenCV's area averaging."""

_STRETCH = np.clip(np.rint((np.arange(256) - 16) * 255 / 219), 0, 255).astype(np.uint8)
"""From the limited range to the full one."""


class Shrinkers:
    """FFmpeg's tables for shrinking, kept from one frame of a video to the next; one set for each size."""

    def __init__(self) -> None:
        self.square = VideoReformatter()
        self.thumbnail = VideoReformatter()


@dataclass(frozen=True)
class Frame:
    """One decoded frame.

    Attributes:
        index: its number in the video, from 0, in the order of showing.
        time_s: when it is shown, from the first frame's 0.
        rotation_deg: how far the file asks to turn it, counter-clockwise.
        picture: as the decoder gave it.
        shrinkers: what is kept from one frame of the video to the next.
    """

    index: int
    time_s: float
    rotation_deg: int
    picture: av.VideoFrame = field(repr=False)
    shrinkers: Shrinkers = field(repr=False)

    def grey(self) -> GreyFrame:
        """Full-size pixels: (y, x), uint8, 0 black to 255 white, turned as the file asks."""
        return self._turned(_stretched(*_luma(self.picture)))

    def area_average(self, size_px: int) -> GreyFrame:
        """The frame as a square, each pixel the mean grey of the area it covers.

        The aspect ratio is not kept, as in the paper.

        Args:
            size_px: height and width of the result.

        Returns:
            (size_px, size_px), uint8, 0 black to 255 white, turned as the file asks.
        """
        return self._shrunk(self.shrinkers.square, size_px, size_px)

    def thumbnail(self) -> np.ndarray:
        """Small picture for seeing what changed: (y, x), uint8, shorter side ``THUMBNAIL_PX``; the cheapest of all."""
        width, height = self.picture.width, self.picture.height
        scale = min(1.0, THUMBNAIL_PX / min(width, height))
        return self._shrunk(self.shrinkers.thumbnail, max(1, round(width * scale)), max(1, round(height * scale)))

    def _shrunk(self, shrinker: VideoReformatter, width_px: int, height_px: int) -> np.ndarray:
        picture, form = self.picture, _form(self.picture.format.name, int(self.picture.color_range))
        limited = form.limited
        if form.bits > 8 or not form.direct:  # FFmpeg would dither deeper pixels
            picture, limited = av.VideoFrame.from_ndarray(_stretched(*_luma(picture)), format="gray"), False
        small = shrinker.reformat(
            picture,
            width=width_px,
            height=height_px,
            format="gray",
            interpolation=_AREA,
            src_color_range=ColorRange.MPEG if limited else ColorRange.JPEG,
            dst_color_range=ColorRange.JPEG,
            threads=1,
        )
        return self._turned(_plane(small, 8))

    def _turned(self, pixels: np.ndarray) -> np.ndarray:
        turns = 0 if self.rotation_deg % 90 else self.rotation_deg // 90
        return np.ascontiguousarray(np.rot90(pixels, turns) if turns else pixels)


@dataclass(frozen=True)
class _Form:
    """How a pixel format stores grey."""

    direct: bool
    """Plane 0 is the luma."""
    bits: int
    limited: bool


def brightest_grey(picture: av.VideoFrame) -> int:
    """Highest grey level of a decoded picture, 0-255."""
    return int(_stretched(*_luma(picture)).max())


@lru_cache(maxsize=64)
def _form(name: str, colour_range: int) -> _Form:
    pixel_format = av.VideoFormat(name)
    bits = max(component.bits for component in pixel_format.components)
    grey = name.startswith("gray") and not name.startswith("grayf")
    planar_luma = name.startswith(("yuv4", "yuvj4", "yuva4")) and pixel_format.is_planar
    direct = grey or planar_luma or name in ("nv12", "nv21")
    # FFmpeg's own rule: greys and yuvj are always full, all other luma is limited unless said otherwise.
    full = grey or name.startswith("yuvj") or colour_range == ColorRange.JPEG
    return _Form(direct=direct, bits=bits, limited=direct and not full)


def _luma(picture: av.VideoFrame) -> tuple[np.ndarray, bool]:
    """Luma as stored, 8 bits, and whether it has the limited range; a view into the picture where the format allows."""
    form = _form(picture.format.name, int(picture.color_range))
    if form.direct:
        return _plane(picture, form.bits), form.limited
    # Palettes, RGB, floats and packed formats: FFmpeg's own conversion, which gives full-range grey.
    bits = 16 if form.bits > 8 else 8
    converted = picture.reformat(format="gray16le" if bits > 8 else "gray", dst_color_range=ColorRange.JPEG, threads=1)
    return _plane(converted, bits), False


def _plane(picture: av.VideoFrame, bits: int) -> np.ndarray:
    """Plane 0 as (y, x), 8 bits."""
    plane = picture.planes[0]
    if bits <= 8:
        rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
        return rows[: picture.height, : picture.width]
    kind = ">u2" if picture.format.is_big_endian else "<u2"
    rows = np.frombuffer(memoryview(plane), kind).reshape(-1, plane.line_size // 2)
    return (rows[: picture.height, : picture.width] >> (bits - 8)).astype(np.uint8)


def _stretched(pixels: np.ndarray, limited: bool) -> np.ndarray:
    return np.asarray(cv2.LUT(pixels, _STRETCH), dtype=np.uint8) if limited else pixels
