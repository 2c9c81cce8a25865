"""The only decoder: reads a video from its first frame to its last, each frame once, whatever its length.

Frames are never sought by number: on inter-coded video an index seek can land on another frame. Memory stays constant;
a frame's pixels are made only when asked for.

Grey is the luma of the picture in the full range: 0 is black and 255 white. Formats that store luma in the limited range
16-235 (most H.264) are stretched, so the same scene gives the same grey whichever way it was encoded. More than 8 bits
are shifted down to 8, keeping the highest.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Self

import av
import av.container
import cv2
import numpy as np

from motilens.arrays import GreyFrame
from motilens.errors import InputError
from motilens.video.scan import Scan, decoded, opened, scan

SMALLEST_THUMBNAIL_PX = 40
"""A thumbnail's shorter side is at least this, and less than twice this, where the frame is larger."""


@dataclass(frozen=True)
class Frame:
    """One decoded frame. Its pixels are made when asked for.

    Attributes:
        index: its number in the video, from 0, in the order of showing.
        time_s: when it is shown, from the first frame's 0.
    """

    index: int
    time_s: float
    rotation_deg: int
    picture: av.VideoFrame = field(repr=False)

    def grey(self) -> GreyFrame:
        """Full-size pixels: (y, x), uint8, 0 black to 255 white, turned as the file asks."""
        luma, table = _luma(self.picture)
        return self._turned(luma if table is None else cv2.LUT(luma, table))

    def thumbnail(self) -> np.ndarray:
        """Small picture by exact halving: (y, x), uint8, for looking at what changed; cheaper than ``grey``."""
        luma, table = _luma(self.picture)
        small = luma
        while min(small.shape) >= 2 * SMALLEST_THUMBNAIL_PX:
            height, width = small.shape[0] // 2, small.shape[1] // 2
            small = cv2.resize(small[: 2 * height, : 2 * width], (width, height), interpolation=cv2.INTER_AREA)
        return self._turned(small if table is None else cv2.LUT(small, table))

    def _turned(self, pixels: np.ndarray) -> np.ndarray:
        if self.rotation_deg % 90 or not self.rotation_deg:
            return np.ascontiguousarray(pixels)
        return np.ascontiguousarray(np.rot90(pixels, self.rotation_deg // 90))


class VideoReader:
    """Reads one video once, in order. Use it in a ``with`` block and iterate over it.

    After the last frame ``lost`` tells which frames of the file could not be decoded.

    Args:
        path: the file, or the ``Scan`` of it where that is known already.
        threads: decoding threads; None lets FFmpeg choose. Frames are the same for any number.

    Raises:
        MissingError: no such file.
        UndecodableError: not a video, no frame in it, or none that decodes.
    """

    def __init__(self, path: Path | Scan, *, threads: int | None = None) -> None:
        self.scan = path if isinstance(path, Scan) else scan(path)
        self.n_decoded = 0
        self.n_other_size = 0
        """Frames passed over because their size is not the first frame's."""
        self._threads = threads
        self._opened = None
        self._container: av.container.InputContainer | None = None
        self._seen = np.zeros(self.scan.info.n_packets, dtype=bool)

    def __enter__(self) -> Self:
        self._opened = opened(self.scan.path)
        self._container = self._opened.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._opened is not None:
            self._opened.__exit__(kind, error, traceback)
        self._container = None

    def __iter__(self) -> Iterator[Frame]:
        if self._container is None:
            raise InputError(f"the reader of {self.scan.path.name} is not open; use it in a with block, once")
        container, self._container = self._container, None
        times_s, index_of, n_frames = self.scan.times_s, self.scan.index_of, self.scan.info.n_packets
        rotation_deg = self.scan.info.rotation_deg
        last, size = -1, None
        for picture in decoded(container, threads=self._threads):
            size = size or (picture.width, picture.height)
            if size != (picture.width, picture.height):
                self.n_other_size += 1
                continue
            index = max(last + 1, index_of.get(picture.pts, 0) if picture.pts is not None else 0)
            if index >= n_frames:
                break  # more frames than packets: FFmpeg repeats the last one of some streams
            last = index
            self._seen[index] = True
            self.n_decoded += 1
            yield Frame(index=index, time_s=float(times_s[index]), rotation_deg=rotation_deg, picture=picture)

    @property
    def lost(self) -> list[int]:
        """Numbers of the frames that the file holds but that were not decoded; complete after the last frame."""
        return np.flatnonzero(~self._seen).tolist()


def _luma(picture: av.VideoFrame) -> tuple[np.ndarray, np.ndarray | None]:
    """Luma as stored, 8 bits; and the table that stretches it to the full range, None where it is full already.

    A view into the picture where the format allows, so it costs nothing.
    """
    direct, bits, limited = _format(picture.format.name, int(picture.color_range))
    if not direct:
        # Palettes, RGB, floats and packed formats go through FFmpeg's own conversion, which gives full-range grey.
        return (
            (_plane(picture.reformat(format="gray16le"), 16), None)
            if bits > 8
            else (
                _plane(picture.reformat(format="gray"), 8),
                None,
            )
        )
    return _plane(picture, bits), _STRETCH if limited else None


def _plane(picture: av.VideoFrame, bits: int) -> np.ndarray:
    plane = picture.planes[0]
    if bits <= 8:
        rows = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
        return rows[: picture.height, : picture.width]
    kind = ">u2" if picture.format.is_big_endian else "<u2"
    rows = np.frombuffer(plane, kind).reshape(-1, plane.line_size // 2)
    return (rows[: picture.height, : picture.width] >> (bits - 8)).astype(np.uint8)


@lru_cache(maxsize=64)
def _format(name: str, colour_range: int) -> tuple[bool, int, bool]:
    """Whether plane 0 is the luma, its bits, and whether it has the limited range."""
    pixel_format = av.VideoFormat(name)
    bits = max(component.bits for component in pixel_format.components)
    grey = name.startswith("gray") and not name.startswith("grayf")
    planar_luma = name.startswith(("yuv4", "yuvj4", "yuva4")) and pixel_format.is_planar
    limited = (grey and colour_range == 1) or (not grey and not name.startswith("yuvj") and colour_range != 2)
    return grey or planar_luma or name in ("nv12", "nv21"), bits, limited


_STRETCH = np.clip(np.rint((np.arange(256) - 16) * 255 / 219), 0, 255).astype(np.uint8)
