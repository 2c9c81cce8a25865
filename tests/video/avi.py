"""AVIs made by hand, as camera programs write them and FFmpeg does not.

Microsoft, "AVI RIFF File Reference": https://learn.microsoft.com/windows/win32/directshow/avi-riff-file-reference
"""

import struct
from collections.abc import Collection, Iterable

import numpy as np

GREY_PALETTE = b"".join(bytes((grey, grey, grey, 0)) for grey in range(256))

_RGB = b"\0\0\0\0"


def avi(
    frames: Iterable[bytes],
    *,
    width: int,
    height: int,
    code: bytes = _RGB,
    bits: int = 24,
    palette: bytes = b"",
    rate: tuple[int, int] = (50, 1),
    us_per_frame: int | None = None,
    index: bool = True,
    crashed: bool = False,
    empty: Collection[int] = (),
) -> bytes:
    """Make an AVI.

    Args:
        frames: data of each frame.
        width: width in pixels.
        height: height in pixels; negative for RGB whose rows are stored from the top.
        code: four-character code of the codec or pixel format.
        bits: bits of a pixel.
        palette: 256 times blue, green, red and 0, for 8 bits.
        rate: frames and seconds of the stream's header; (0, 0) if it has none.
        us_per_frame: microseconds a frame in the main header; those of ``rate`` by default.
        index: whether the file has an index.
        crashed: whether the program crashed before it wrote the numbers of frames and bytes.
        empty: frames whose chunk is empty.
    """
    tag = b"00db" if code == _RGB else b"00dc"
    movi, entries, n = b"", b"", 0
    for number, data in enumerate(frames):
        content = b"" if number in empty else data
        entries += tag + struct.pack("<III", 0x10, 4 + len(movi), len(content))
        movi += _chunk(tag, content)
        n += 1
    frames_in_header = 0 if crashed else n
    if us_per_frame is None:
        us_per_frame = 1_000_000 * rate[1] // rate[0] if rate[0] else 0
    flags = 0x10 if index else 0
    main = struct.pack("<14I", us_per_frame, 0, 0, flags, frames_in_header, 0, 1, 0, width, abs(height), 0, 0, 0, 0)
    stream = b"vids" + code + struct.pack("<IHHI", 0, 0, 0, 0)
    stream += struct.pack("<7I4H", rate[1], rate[0], 0, frames_in_header, 0, 0xFFFFFFFF, 0, 0, 0, width, abs(height))
    form = struct.pack("<IiiHH4sIiiII", 40, width, height, 1, bits, code, 0, 0, 0, len(palette) // 4, 0) + palette
    header = _list(b"hdrl", _chunk(b"avih", main) + _list(b"strl", _chunk(b"strh", stream) + _chunk(b"strf", form)))
    body = b"AVI " + header + _list(b"movi", movi, size=0 if crashed else None)
    if index:
        body += _chunk(b"idx1", entries)
    return b"RIFF" + struct.pack("<I", 0 if crashed else len(body)) + body


def dib(pixels: np.ndarray) -> bytes:
    """Store uint8 pixels, (y, x) or (y, x, 3), as a device-independent bitmap: from the bottom, rows of whole words."""
    rows = pixels[::-1].reshape(pixels.shape[0], -1)
    return np.pad(rows, ((0, 0), (0, -rows.shape[1] % 4))).tobytes()


def _chunk(tag: bytes, data: bytes) -> bytes:
    return tag + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def _list(kind: bytes, data: bytes, *, size: int | None = None) -> bytes:
    return b"LIST" + struct.pack("<I", 4 + len(data) if size is None else size) + kind + data
