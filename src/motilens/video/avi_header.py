"""Reads what FFmpeg does not tell of an AVI: the code of its pixels, and whether its header has a frame rate at all.

Microsoft, "AVI RIFF File Reference": https://learn.microsoft.com/windows/win32/directshow/avi-riff-file-reference
"""

import struct
from dataclasses import dataclass
from pathlib import Path

_HEADER_BYTES = 1 << 16


@dataclass(frozen=True)
class AviHeader:
    """Header of the first video stream of an AVI.

    Attributes:
        code: four characters that name the pixel format or codec, such as ``b"Y16 "``.
        width_px: width.
        height_px: height; rows are stored from the top if it is negative or the code is not that of RGB.
        has_rate: whether the header has a frame rate.
        start: place of the first frame, which is not 0 if the video starts later than the sound.
    """

    code: bytes
    width_px: int
    height_px: int
    has_rate: bool
    start: int


def read_avi_header(path: Path) -> AviHeader | None:
    """Read the header of an AVI; None if the file is no AVI or its header is damaged."""
    with path.open("rb") as file:
        start = file.read(_HEADER_BYTES)
    if start[:4] != b"RIFF" or start[8:12] != b"AVI ":
        return None
    main = start.find(b"avih")
    stream = start.find(b"vids", start.find(b"strh"))
    form = start.find(b"strf", stream)
    if min(main, stream, form) < 0:
        return None
    try:
        (us_per_frame,) = struct.unpack_from("<I", start, main + 8)
        scale, rate, first = struct.unpack_from("<III", start, stream + 20)
        width, height, _, _, code = struct.unpack_from("<iiHH4s", start, form + 12)
    except struct.error:
        return None
    return AviHeader(code, width, height, us_per_frame > 0 or (scale > 0 and rate > 0), first)
