"""H.264 whose frames are two field pictures each (PAFF), which FFmpeg's encoders do not make.

The syntax is that of ITU-T H.264, 7.3. Macroblocks are uncompressed (``I_PCM``); only the first frame is a reference.
"""

import re
from collections.abc import Iterable

import numpy as np

SPS, PPS, IDR_SLICE, SLICE = 0x67, 0x68, 0x65, 0x01
"""Headers of NAL units: importance for reference, and kind."""

_I_SLICE, _I_PCM = 7, 25


def h264_fields(frames: Iterable[np.ndarray]) -> bytes:
    """Encode at most 127 grey frames (y, x), uint8, whose sides are multiples of 32, as an H.264 byte stream."""
    units = []
    for number, frame in enumerate(frames):
        if number == 0:
            units += [_unit(SPS, _sequence(*frame.shape)), _unit(PPS, _PICTURE_PARAMETERS)]
        units += [_field(frame[parity::2], number, parity) for parity in (0, 1)]
    return b"".join(units)


def _field(rows: np.ndarray, number: int, parity: int) -> bytes:
    reference, idr = number == 0, number == 0 and parity == 0
    frame_number = 0 if reference else 1
    header = _ue(0) + _ue(_I_SLICE) + _ue(0) + _u(8, frame_number) + "1" + str(parity)
    header += (_ue(0) if idr else "") + _u(8, 2 * number + parity)
    header += "00" if idr else "0" if reference else ""
    header += _ue(0) + _ue(1)  # no change of the quantiser, no deblocking
    payload = _aligned(header + _ue(_I_PCM), "0")
    for y in range(0, rows.shape[0], 16):
        for x in range(0, rows.shape[1], 16):
            start = _aligned(_ue(_I_PCM), "0") if x or y else b""
            payload += start + rows[y : y + 16, x : x + 16].tobytes() + bytes([128]) * 128
    return _unit(IDR_SLICE if idr else 0x61 if reference else SLICE, payload + b"\x80")


def _sequence(height_px: int, width_px: int) -> bytes:
    bits = _u(8, 77) + _u(8, 0) + _u(8, 30)  # Main profile, level 3
    bits += _ue(0) + _ue(4) + _ue(0) + _ue(4) + _ue(1) + "0"  # 8 bits for frame number and display order, 1 reference
    bits += _ue(width_px // 16 - 1) + _ue(height_px // 32 - 1) + "00" + "1" + "00"  # field pictures are allowed
    return _aligned(bits + "1", "0")


def _unit(header: int, payload: bytes) -> bytes:
    return b"\0\0\0\1" + bytes([header]) + re.sub(rb"\0\0(?=[\0-\3])", lambda _: b"\0\0\3", payload)


def _u(n_bits: int, value: int) -> str:
    return f"{value:0{n_bits}b}"


def _ue(value: int) -> str:
    bits = f"{value + 1:b}"
    return "0" * (len(bits) - 1) + bits


def _aligned(bits: str, filler: str) -> bytes:
    bits += filler * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8)


_PICTURE_PARAMETERS = _aligned(
    _ue(0) + _ue(0) + "00" + _ue(0) + _ue(0) + _ue(0) + "0" + "00" + _ue(0) * 3 + "100" + "1", "0"
)
