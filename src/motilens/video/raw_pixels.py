"""Pixels that cameras write into an AVI without any coding, under codes that FFmpeg has no decoder for."""

import av
import numpy as np
from av.video.reformatter import ColorRange

PIXEL_FORMATS = {
    b"Y16 ": "gray16le",
    b"Y12 ": "gray16le",
    b"Y10 ": "gray16le",
    b"BA81": "bayer_bggr8",
    b"GBRG": "bayer_gbrg8",
    b"GRBG": "bayer_grbg8",
    b"RGGB": "bayer_rggb8",
    b"BYR2": "bayer_bggr16le",
}
"""FFmpeg's pixel format by the AVI's four-character code, as V4L2, DirectShow and camera makers use them."""


def raw_picture(data: bytes, pixel_format: str, width_px: int, height_px: int) -> av.VideoFrame | None:
    """Make a grey picture of uncoded pixels, rows from the top; None if the data has another length.

    Args:
        data: one frame.
        pixel_format: one of ``PIXEL_FORMATS``.
        width_px: width.
        height_px: height; its sign is ignored.
    """
    height_px = abs(height_px)
    deep = pixel_format.endswith("16le")
    row_bytes = width_px * (2 if deep else 1)
    if not data or row_bytes <= 0 or len(data) != row_bytes * height_px:
        return None
    rows = np.frombuffer(data, np.uint8).reshape(height_px, row_bytes)
    pixels = rows.view("<u2") if deep else rows
    picture = av.VideoFrame.from_ndarray(pixels, format=pixel_format)
    return picture.reformat(format="gray16le" if deep else "gray", dst_color_range=ColorRange.JPEG, threads=1)
