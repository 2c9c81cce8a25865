"""Small videos in five codecs, and randomly damaged copies of them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from tests.video.coded import ENCODINGS, KEY_FRAME_EVERY

HEIGHT_PX, WIDTH_PX, FPS_HZ, N_FRAMES = 48, 64, 50, 40
BITS_A_SECOND = 400_000

SOURCES = {
    "H.264 in MP4": ("H.264, B-frames", "mp4"),
    "MJPEG in AVI": ("MJPEG", "avi"),
    "FFV1 in MKV": ("FFV1", "mkv"),
    "MPEG-4 ASP in AVI": ("MPEG-4 ASP, B-frames", "avi"),
    "MPEG-2 in MPEG-TS": ("MPEG-2, B-frames", "ts"),
}
"""Encoding and file extension of each source."""

RUN_BYTES = (1, 4, 16, 64, 256, 1024)
"""Lengths of what is overwritten, deleted, inserted or exchanged."""

MOST_RUNS = 8
HEADER_BYTES = 1024
EXTREMES = (0x00, 0x01, 0x7F, 0x80, 0xFE, 0xFF)


@dataclass(frozen=True)
class DamagedCopy:
    """A damaged copy of a source.

    Attributes:
        source: key of ``SOURCES``.
        damage: key of ``DAMAGES``.
        name: of the file.
        content: of the file.
    """

    source: str
    damage: str
    name: str
    content: bytes


def frames(seed: int) -> Iterator[np.ndarray]:
    """Discs that swim in noise: (y, x), uint8."""
    rng = np.random.default_rng(seed)
    field = np.array([WIDTH_PX, HEIGHT_PX])
    at_px, step_px = rng.uniform(0, field, (8, 2)), rng.normal(0, 0.4, (8, 2))
    for number in range(N_FRAMES):
        pixels = np.full((HEIGHT_PX, WIDTH_PX), 90, np.uint8)
        for x, y in (at_px + step_px * number) % field:
            cv2.circle(pixels, (int(x * 8), int(y * 8)), 2 * 8, 190, -1, cv2.LINE_AA, 3)
        yield cv2.add(pixels, rng.integers(0, 6, pixels.shape, dtype=np.uint8))


def write_source(path: Path, encoding_name: str, *, seed: int) -> None:
    """Write an undamaged video of ``N_FRAMES`` frames."""
    encoding = ENCODINGS[encoding_name]
    with av.open(str(path), "w") as out:
        options = {"g": str(KEY_FRAME_EVERY)} | encoding.options
        stream = out.add_stream(encoding.encoder, rate=FPS_HZ, options=options)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height = WIDTH_PX, HEIGHT_PX
        stream.pix_fmt, stream.thread_count, stream.bit_rate = encoding.pixel_format, 1, BITS_A_SECOND
        for number, pixels in enumerate(frames(seed)):
            frame = av.VideoFrame.from_ndarray(pixels, format="gray").reformat(format=encoding.pixel_format)
            frame.pts, frame.time_base = number, Fraction(1, FPS_HZ)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))


def make_sources(folder: Path, *, seed: int) -> dict[str, bytes]:
    """Write every source into a folder and return their contents."""
    made = {}
    for name, (encoding, ending) in SOURCES.items():
        path = folder / f"{name.replace(' ', '_')}.{ending}"
        write_source(path, encoding, seed=seed)
        made[name] = path.read_bytes()
    return made


def _runs(content: bytes, rng: np.random.Generator) -> Iterator[tuple[int, int]]:
    """Draw places, [first, stop), in content whose length does not change in between."""
    length = int(rng.choice(RUN_BYTES))
    for _ in range(rng.integers(1, MOST_RUNS + 1)):
        first = int(rng.integers(0, len(content)))
        yield first, min(first + length, len(content))


def _overwritten(content: bytes, rng: np.random.Generator) -> bytes:
    changed = bytearray(content)
    for first, stop in _runs(content, rng):
        changed[first:stop] = rng.bytes(stop - first)
    return bytes(changed)


def _zeroed(content: bytes, rng: np.random.Generator) -> bytes:
    changed = bytearray(content)
    for first, stop in _runs(content, rng):
        changed[first:stop] = bytes(stop - first)
    return bytes(changed)


def _deleted(content: bytes, rng: np.random.Generator) -> bytes:
    kept = np.ones(len(content), dtype=bool)
    for first, stop in _runs(content, rng):
        kept[first:stop] = False
    return np.frombuffer(content, np.uint8)[kept].tobytes()


def _inserted(content: bytes, rng: np.random.Generator) -> bytes:
    for first, stop in sorted(_runs(content, rng), reverse=True):
        content = content[:first] + rng.bytes(stop - first) + content[first:]
    return content


def _truncated(content: bytes, rng: np.random.Generator) -> bytes:
    return content[: rng.integers(0, len(content))]


def _exchanged(content: bytes, rng: np.random.Generator) -> bytes:
    length = min(int(rng.choice(RUN_BYTES)), len(content) // 2)
    first = int(rng.integers(0, len(content) - 2 * length + 1))
    second = int(rng.integers(first + length, len(content) - length + 1))
    changed = bytearray(content)
    changed[first : first + length] = content[second : second + length]
    changed[second : second + length] = content[first : first + length]
    return bytes(changed)


def _header_changed(content: bytes, rng: np.random.Generator) -> bytes:
    changed = bytearray(content)
    start = max(0, content.find(b"moov"))  # MP4 has its header behind its frames
    for _ in range(rng.integers(1, MOST_RUNS + 1)):
        first = start + int(rng.integers(0, min(HEADER_BYTES, len(content) - start)))
        length = int(rng.choice((1, 2, 4, 8)))
        value = int(rng.choice(EXTREMES)) if rng.random() < 0.5 else int(rng.integers(0, 256))
        changed[first : first + length] = bytes([value]) * len(changed[first : first + length])
    return bytes(changed)


DAMAGES: dict[str, Callable[[bytes, np.random.Generator], bytes]] = {
    "overwritten": _overwritten,
    "deleted": _deleted,
    "inserted": _inserted,
    "truncated": _truncated,
    "zeroed": _zeroed,
    "exchanged": _exchanged,
    "header changed": _header_changed,
}


def damaged_copy(sources: dict[str, bytes], number: int, *, seed: int) -> DamagedCopy:
    """Make the damaged copy of a number; sources and kinds of damage take turns, so that all pairs occur."""
    source = list(SOURCES)[number % len(SOURCES)]
    damage = list(DAMAGES)[number // len(SOURCES) % len(DAMAGES)]
    content = DAMAGES[damage](sources[source], np.random.default_rng([seed, number]))
    return DamagedCopy(source, damage, f"{number:05d}.{SOURCES[source][1]}", content)
