"""The only encoder: writes a video whole or not at all, and the same frames always as the same bytes.

H.264 is written as most cameras and converters write it: ``yuv420p`` in the limited range, where grey 0-255 is stored
as 16-235. MJPEG and FFV1 keep the full range; FFV1 loses nothing.
"""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Literal, cast, get_args

import av
import av.container
import numpy as np
from av.video.stream import VideoStream

from motilens.errors import InputError
from motilens.files import storage_errors, written_whole

Codec = Literal["mjpeg", "h264", "ffv1"]
"""What videos can be written as: VISEM's own kind, the strongly compressed kind, and the lossless kind."""

CODECS: tuple[Codec, ...] = get_args(Codec)

CONTAINERS = {".avi": "avi", ".mp4": "mp4", ".mov": "mov", ".mkv": "matroska"}
"""FFmpeg's container by file ending."""

_ENCODERS: dict[Codec, str] = {"mjpeg": "mjpeg", "h264": "libx264", "ffv1": "ffv1"}
_DEFAULT_QUALITY: dict[Codec, int] = {"mjpeg": 3, "h264": 23, "ffv1": 0}
_GREY_FORMATS: dict[Codec, str] = {"mjpeg": "yuvj420p", "h264": "yuv420p", "ffv1": "gray"}
_COLOUR_FORMATS: dict[Codec, str] = {"mjpeg": "yuvj420p", "h264": "yuv420p", "ffv1": "bgr0"}


def write_video(
    path: Path,
    frames: Iterable[np.ndarray],
    *,
    fps_hz: float,
    codec: Codec = "mjpeg",
    quality: int | None = None,
    key_frame_every: int = 250,
) -> int:
    """Encode frames into ``path``; memory does not grow with their number.

    Args:
        path: ends in .avi, .mp4, .mov or .mkv.
        frames: uint8, all (y, x) grey or all (y, x, 3) red-green-blue, all of one size.
        fps_hz: constant rate.
        codec: ``mjpeg``, ``h264`` or ``ffv1``.
        quality: smaller is better: H.264's rate factor (0-51, default 23) or MJPEG's quantiser (1-31, default 3).
        key_frame_every: frames from one H.264 key frame to the next, at most.

    Returns:
        How many frames were written.

    Raises:
        InputError: an unknown ending or codec, no frame, a frame of another size or kind.
        StorageError: the disk is full or may not be written.
    """
    if codec not in CODECS:
        raise InputError(f"no codec {codec!r}; allowed: {', '.join(CODECS)}")
    if path.suffix.lower() not in CONTAINERS:
        raise InputError(f"cannot write a video named {path.name!r}; allowed endings: {', '.join(CONTAINERS)}")
    waiting = iter(frames)
    first = next(waiting, None)
    if first is None:
        raise InputError(f"no frame to write into {path.name}; give at least one")
    _check(first, first, codec, path)
    # The temporary name has no ending that FFmpeg knows, so the container is named.
    with written_whole(path) as temporary, storage_errors(path):
        container = av.open(
            str(temporary),
            "w",
            format=CONTAINERS[path.suffix.lower()],
            container_options={"fflags": "+bitexact", "movflags": "+faststart"},
        )
        try:
            return _encode(
                container, chain([first], waiting), fps_hz, codec, _quality(codec, quality), key_frame_every, path
            )
        finally:
            container.close()


def _quality(codec: Codec, quality: int | None) -> int:
    return _DEFAULT_QUALITY[codec] if quality is None else quality


def _encode(
    container: av.container.OutputContainer,
    frames: Iterator[np.ndarray],
    fps_hz: float,
    codec: Codec,
    quality: int,
    key_frame_every: int,
    path: Path,
) -> int:
    first = next(frames)
    grey = first.ndim == 2
    stream = cast(VideoStream, container.add_stream(_ENCODERS[codec], rate=Fraction(fps_hz).limit_denominator(10_000)))
    stream.height, stream.width = first.shape[:2]
    stream.pix_fmt = (_GREY_FORMATS if grey else _COLOUR_FORMATS)[codec]
    # One thread: x264 writes its thread count into the file, which must not depend on the machine.
    stream.thread_count = 1
    stream.options = {"flags": "+bitexact"}
    if codec == "h264":
        stream.options |= {"crf": str(quality), "preset": "veryfast", "g": str(key_frame_every)}
        if path.suffix.lower() == ".avi":
            stream.options |= {"bf": "0"}  # AVI has no place for the times of frames that are stored out of order
    elif codec == "mjpeg":
        stream.codec_context.qmin = stream.codec_context.qmax = quality
    n_frames = 0
    for pixels in chain([first], frames):
        _check(pixels, first, codec, path)
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="gray" if grey else "rgb24")
        frame.pts = n_frames
        container.mux(stream.encode(frame))
        n_frames += 1
    container.mux(stream.encode(None))
    return n_frames


def _check(pixels: np.ndarray, first: np.ndarray, codec: Codec, path: Path) -> None:
    colour = pixels.ndim == 3 and pixels.shape[2] == 3
    if pixels.dtype != np.uint8 or not (pixels.ndim == 2 or colour):
        raise InputError(
            f"cannot write a frame {pixels.dtype}{list(pixels.shape)} into {path.name}; "
            "allowed: uint8 (y, x) or (y, x, 3)"
        )
    if pixels.shape != first.shape:
        raise InputError(
            f"cannot write a frame {list(pixels.shape)} into {path.name} after frames {list(first.shape)}; "
            "allowed: one size in a file"
        )
    if codec == "h264" and (pixels.shape[0] % 2 or pixels.shape[1] % 2):
        raise InputError(
            f"cannot write {pixels.shape[1]} x {pixels.shape[0]} pixels as h264; allowed: even sizes. "
            "Use codec mjpeg or ffv1 for odd ones"
        )
