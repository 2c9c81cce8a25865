"""Scenes and files for video tests: discs with a known place in every frame, written with known time stamps."""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from motilens.video.writer import Codec, write_video

BITS, SQUARE_PX = 8, 12


def numbered(n_frames: int, *, height: int = 96, width: int = 128, seed: int = 0) -> Iterator[np.ndarray]:
    """Still discs; the frame's number, Gray-coded, as squares along the top: one square changes from frame to frame."""
    rng = np.random.default_rng(seed)
    background = np.full((height, width), 70, np.uint8)
    for x, y in rng.uniform([8, 24], [width - 8, height - 8], (12, 2)):
        cv2.circle(background, (int(x), int(y)), 4, 190, -1)
    for number in range(n_frames):
        pixels = background.copy()
        for bit in range(BITS):
            pixels[:SQUARE_PX, bit * SQUARE_PX : (bit + 1) * SQUARE_PX] = (
                200 if (number ^ number >> 1) >> bit & 1 else 40
            )
        yield pixels


def number_in(pixels: np.ndarray, *, height: int = 96, width: int = 128) -> int:
    """Read the number back, at any size."""
    y, square_x = int(SQUARE_PX / 2 * pixels.shape[0] / height), SQUARE_PX * pixels.shape[1] / width
    number = 0
    for bit in reversed(range(BITS)):
        number |= (int(pixels[y, int((bit + 0.5) * square_x)] > 120) ^ (number >> bit + 1 & 1)) << bit
    return number


def make_video(
    path: Path, n_frames: int = 60, *, codec: Codec = "mjpeg", fps_hz: float = 50.0, height: int = 96, width: int = 128
) -> Path:
    """A numbered video."""
    write_video(path, numbered(n_frames, height=height, width=width), fps_hz=fps_hz, codec=codec, quality=2)
    return path


def write_raw(
    path: Path,
    frames: Iterable[np.ndarray],
    *,
    times_ms: Iterable[int],
    codec: str = "ffv1",
    source_format: str = "gray",
    pixel_format: str = "gray",
) -> Path:
    """A video with any time stamps and pixel format."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=50)
        assert isinstance(stream, av.VideoStream)
        stream.pix_fmt = pixel_format
        stream.codec_context.time_base = stream.time_base = Fraction(1, 1000)
        for pixels, time_ms in zip(frames, times_ms, strict=True):
            if not stream.codec_context.is_open:
                stream.height, stream.width = pixels.shape[:2]
            frame = av.VideoFrame.from_ndarray(pixels, format=source_format)
            frame.pts, frame.time_base = time_ms, Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def scene(
    n_frames: int,
    *,
    cells: int = 60,
    speed_px: tuple[float, float] = (0.0, 4.0),
    drift_px: float = 0.0,
    noise: float = 4.0,
    camera_px: np.ndarray | None = None,
    seed: int = 0,
) -> Iterator[np.ndarray]:
    """A quarter-size field of swimming discs (320 x 240), seen by a camera that may move.

    Speeds are in pixels of the full size (640 x 480) a frame; ``camera_px`` is the camera's place in each frame.
    """
    rng = np.random.default_rng(seed)
    height, width, sd = 240, 320, 4
    field = np.array([width, height]) * sd
    at = rng.uniform(0, field, (cells * sd**2, 2))
    heading = rng.uniform(0, 2 * np.pi, len(at))
    speed = rng.uniform(*speed_px, len(at)) / 2
    sheet = rng.normal(0, noise / 2, (2 * height, 2 * width)).astype(np.float32)
    for number in range(n_frames):
        heading += rng.normal(0, 0.1, len(at))
        at += np.column_stack([np.cos(heading), np.sin(heading)]) * speed[:, None] + [drift_px / 2, 0]
        pixels = np.full((height, width), 100, np.float32)
        camera = np.zeros(2) if camera_px is None else camera_px[number] / 2
        for x, y in (at - camera) % field:
            if x < width + 5 and y < height + 5:
                cv2.circle(pixels, (int(x * 16), int(y * 16)), 3 * 16, 88, -1, cv2.LINE_AA, 4)
                cv2.circle(pixels, (int(x * 16), int(y * 16)), 2 * 16, 200, -1, cv2.LINE_AA, 4)
        y, x = rng.integers(0, [height, width])
        yield np.clip(pixels + sheet[y : y + height, x : x + width], 0, 255).astype(np.uint8)


def glide(n_frames: int, *, start: int, frames: int, by_px: float) -> np.ndarray:
    """The camera's place in each frame: still, a slide that speeds up and slows down, still. Full-size pixels."""
    step = np.zeros(n_frames)
    shape = np.sin(np.pi * (np.arange(frames) + 0.5) / frames)
    step[start : start + frames] = shape / shape.sum() * by_px
    return np.cumsum(step)[:, None] * [0.955, 0.296]
