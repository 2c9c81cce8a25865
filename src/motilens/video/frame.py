"""A decoded frame whose pixels are converted on request.

Grey values are luma in the full range: 0 is black and 255 white. Formats that store luma in the limited range 16-235
(most H.264) are stretched, so that a scene has the same grey values however it was encoded. Of more than 8 bits the
highest 8 that are used are kept: a camera of 12 bits often stores them in the lower bits of 16.
"""

from dataclasses import dataclass, field
from functools import lru_cache

import av
import cv2
import numpy as np
from av.video.reformatter import ColorRange, Interpolation, VideoReformatter

from motilens.shapes import GreyFrame

THUMBNAIL_PX = 30
"""Length of a thumbnail's shorter side."""

_AREA = Interpolation.AREA | Interpolation.ACCURATE_RND | Interpolation.BITEXACT
"""The same pixels on every machine, exact up to rounding, five times as fast as OpenCV's area averaging."""

_STRETCH = np.clip(np.rint((np.arange(256) - 16) * 255 / 219), 0, 255).astype(np.uint8)
"""Table from the limited range to the full one."""

_GREY_PALETTE = (np.arange(256, dtype=np.uint32) * 0x010101 | 0xFF000000).tobytes()
"""FFmpeg's palette, 256 times 0xAARRGGBB, in which each index is its grey value."""


class Conversion:
    """How the pictures of a video become grey pixels; one for all frames of a video.

    Args:
        rotation_deg: counter-clockwise rotation that the file's metadata specify; multiples of 90 are applied.
        bits_used: number of bits in use of grey formats with more than 8; None uses all that the format has.
    """

    def __init__(self, rotation_deg: int = 0, bits_used: int | None = None) -> None:
        self.rotation_deg = rotation_deg
        self.bits_used = bits_used
        # FFmpeg's scaling tables, one set for each size.
        self.scaled = VideoReformatter()
        self.thumbnail = VideoReformatter()


@dataclass(frozen=True)
class Frame:
    """One decoded frame.

    Attributes:
        index: number of the frame in the video, from 0, in display order.
        time_s: display time; 0 for the first frame.
        picture: the frame as decoded.
        conversion: how it becomes grey pixels.
    """

    index: int
    time_s: float
    picture: av.VideoFrame = field(repr=False)
    conversion: Conversion = field(repr=False)

    def grey(self) -> GreyFrame:
        """Convert to full-size pixels: (y, x), uint8, 0 black to 255 white, rotated as the file specifies."""
        return self._turned(self.upright())

    def area_average(self, height_px: int, width_px: int) -> GreyFrame:
        """Scale to a size by area averaging; as in the paper, the aspect ratio need not be kept.

        Args:
            height_px: height of the result, rotated as the file specifies.
            width_px: its width.

        Returns:
            (height_px, width_px), uint8, 0 black to 255 white, rotated as the file specifies.
        """
        upright = (width_px, height_px) if self._turns % 2 else (height_px, width_px)
        return self._shrunk(self.conversion.scaled, upright[1], upright[0])

    def thumbnail(self) -> np.ndarray:
        """Scale to a thumbnail for detecting changes: (y, x), uint8, the shorter side ``THUMBNAIL_PX``. Very fast."""
        width, height = self.picture.width, self.picture.height
        scale = min(1.0, THUMBNAIL_PX / min(width, height))
        return self._shrunk(self.conversion.thumbnail, max(1, round(width * scale)), max(1, round(height * scale)))

    def upright(self) -> GreyFrame:
        """Convert to full-size pixels as ``grey`` does, but without the rotation; a view of the picture if possible."""
        return _stretched(*_luma(self.picture, self.conversion.bits_used))

    def stored(self) -> tuple[np.ndarray, float]:
        """Get full-size luma as it is stored, (y, x), uint8, without the rotation: a view of the picture if possible.

        Returns:
            The luma; and the width of its steps in grey levels of 255, which is above 1 in the limited range.
        """
        pixels, limited = _luma(self.picture, self.conversion.bits_used)
        return pixels, 255 / 219 if limited else 1.0

    def _shrunk(self, shrinker: VideoReformatter, width_px: int, height_px: int) -> np.ndarray:
        picture, grey_format = self.picture, _grey_format(self.picture.format.name, int(self.picture.color_range))
        limited = grey_format.limited
        if grey_format.bits > 8 or not grey_format.direct:  # FFmpeg would dither pixels of more than 8 bits
            picture, limited = av.VideoFrame.from_ndarray(self.upright(), format="gray"), False
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

    @property
    def _turns(self) -> int:
        """Number of quarter turns to the left."""
        degrees = self.conversion.rotation_deg
        return 0 if degrees % 90 else degrees // 90 % 4

    def _turned(self, pixels: np.ndarray) -> np.ndarray:
        return np.ascontiguousarray(np.rot90(pixels, self._turns) if self._turns else pixels)


@dataclass(frozen=True)
class _GreyFormat:
    """How a pixel format stores grey values."""

    direct: bool
    """Whether plane 0 is the luma."""
    bits: int
    limited: bool
    """Whether luma has the limited range."""


def bits_used(picture: av.VideoFrame) -> int:
    """Find how many bits a frame's grey values use, in steps of two from 8.

    A frame that is all black tells nothing, and gets all bits of its format; so does one whose format is not grey.
    """
    grey_format = _grey_format(picture.format.name, int(picture.color_range))
    if grey_format.bits <= 8 or not picture.format.name.startswith("gray"):
        return grey_format.bits
    highest = int(_deep_plane(picture).max())
    return next((bits for bits in range(8, grey_format.bits, 2) if 0 < highest < 1 << bits), grey_format.bits)


def lacks_palette(picture: av.VideoFrame) -> bool:
    """Tell whether a frame has a palette that is all black: that of an AVI whose writer left it out."""
    return picture.format.name == "pal8" and not any(memoryview(picture.planes[1]))


@lru_cache(maxsize=64)
def _grey_format(name: str, colour_range: int) -> _GreyFormat:
    pixel_format = av.VideoFormat(name)
    bits = max(component.bits for component in pixel_format.components)
    grey = name.startswith("gray") and not name.startswith("grayf")
    planar_luma = name.startswith(("yuv4", "yuvj4", "yuva4")) and pixel_format.is_planar
    direct = grey or planar_luma or name in ("nv12", "nv21")
    # FFmpeg's rule: grey formats and yuvj have the full range, all other luma has the limited one unless specified.
    full = grey or name.startswith("yuvj") or colour_range == ColorRange.JPEG
    return _GreyFormat(direct=direct, bits=bits, limited=direct and not full)


def _luma(picture: av.VideoFrame, used: int | None = None) -> tuple[np.ndarray, bool]:
    """Get luma as stored, in 8 bits, and whether it has the limited range; a view of the frame if possible."""
    grey_format = _grey_format(picture.format.name, int(picture.color_range))
    if grey_format.direct:
        return _plane(picture, grey_format.bits, used), grey_format.limited
    if lacks_palette(picture):
        picture.planes[1].update(_GREY_PALETTE)  # an AVI whose writer left out the palette
    # Palettes, RGB, floats and packed formats: FFmpeg converts them to full-range grey.
    bits = 16 if grey_format.bits > 8 else 8
    converted = picture.reformat(format="gray16le" if bits > 8 else "gray", dst_color_range=ColorRange.JPEG, threads=1)
    return _plane(converted, bits), False


def _plane(picture: av.VideoFrame, bits: int, used: int | None = None) -> np.ndarray:
    """Get plane 0 as (y, x), in 8 bits: the highest of those used."""
    if bits <= 8:
        plane = picture.planes[0]
        rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
        return rows[: picture.height, : picture.width]
    shift = min(used or bits, bits) - 8
    return np.minimum(_deep_plane(picture) >> shift, 255).astype(np.uint8)


def _deep_plane(picture: av.VideoFrame) -> np.ndarray:
    """Get plane 0 of more than 8 bits as (y, x), uint16."""
    plane = picture.planes[0]
    kind = ">u2" if picture.format.is_big_endian else "<u2"
    rows = np.frombuffer(memoryview(plane), kind).reshape(-1, plane.line_size // 2)
    return rows[: picture.height, : picture.width]


def _stretched(pixels: np.ndarray, limited: bool) -> np.ndarray:
    return np.asarray(cv2.LUT(pixels, _STRETCH), dtype=np.uint8) if limited else pixels
