"""The only encoder: writes a video whole or not at all, and the same frames always as the same bytes.

H.264 is written as most cameras and converters write it: ``yuv420p`` in the limited range, where grey 0-255 is stored
as 16-235. MJPEG and FFV1 keep the full range of grey and RGB frames; FFV1 loses nothing of them. A ``Picture`` is
stored as it is, without a conversion of colours; FFV1 stores its luma in the limited range, off by at most one.
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
from motilens.video.picture import Picture

Codec = Literal["mjpeg", "h264", "ffv1"]
"""What videos can be written as: VISEM's own kind, the strongly compressed kind, and the lossless kind."""

CODECS: tuple[Codec, ...] = get_args(Codec)

CONTAINERS = {".avi": "avi", ".mp4": "mp4", ".mov": "mov", ".mkv": "matroska"}
"""FFmpeg's container by file ending."""

_ENCODERS: dict[Codec, str] = {"mjpeg": "mjpeg", "h264": "libx264", "ffv1": "ffv1"}
_DEFAULT_QUALITY: dict[Codec, int] = {"mjpeg": 3, "h264": 23, "ffv1": 0}
_QUALITIES: dict[Codec, tuple[int, int]] = {"mjpeg": (1, 31), "h264": (0, 51), "ffv1": (0, 51)}
_GREY_FORMATS: dict[Codec, str] = {"mjpeg": "yuvj420p", "h264": "yuv420p", "ffv1": "gray"}
_COLOUR_FORMATS: dict[Codec, str] = {"mjpeg": "yuvj420p", "h264": "yuv420p", "ffv1": "bgr0"}
_PICTURE_FORMATS: dict[Codec, str] = {"mjpeg": "yuvj420p", "h264": "yuv420p", "ffv1": "yuv420p"}
_LIMITED_LUMA = np.rint(16 + np.arange(256) * 219 / 255).astype(np.uint8)
_LIMITED_CHROMA = np.rint(128 + (np.arange(256) - 128) * 224 / 255).astype(np.uint8)

VideoFrame = np.ndarray | Picture


def write_video(
    path: Path,
    frames: Iterable[VideoFrame],
    *,
    fps_hz: float,
    codec: Codec = "mjpeg",
    quality: int | None = None,
    key_frame_every: int = 250,
) -> int:
    """Encode frames into ``path``; memory does not grow with their number.

    Args:
        path: ends in .avi, .mp4, .mov or .mkv.
        frames: uint8, all (y, x) grey, all (y, x, 3) red-green-blue, or all ``Picture``; all of one size.
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
    quality = _quality(codec, quality)
    # The temporary name has no ending that FFmpeg knows, so the container is named.
    with written_whole(path) as temporary, storage_errors(path):
        container = av.open(
            str(temporary),
            "w",
            format=CONTAINERS[path.suffix.lower()],
            container_options={"fflags": "+bitexact", "movflags": "+faststart"},
        )
        try:
            return _encode(container, chain([first], waiting), fps_hz, codec, quality, key_frame_every, path)
        finally:
            container.close()


def _quality(codec: Codec, quality: int | None) -> int:
    best, worst = _QUALITIES[codec]
    if quality is not None and not best <= quality <= worst:
        raise InputError(f"quality is {quality}; allowed for {codec}: {best} (best) to {worst}")
    return _DEFAULT_QUALITY[codec] if quality is None else quality


def _encode(
    container: av.container.OutputContainer,
    frames: Iterator[VideoFrame],
    fps_hz: float,
    codec: Codec,
    quality: int,
    key_frame_every: int,
    path: Path,
) -> int:
    first = next(frames)
    stream = cast(VideoStream, container.add_stream(_ENCODERS[codec], rate=Fraction(fps_hz).limit_denominator(10_000)))
    stream.height, stream.width = _shape(first)[:2]
    stream.pix_fmt = _formats(first)[codec]
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
        frame = _frame(pixels, stream.pix_fmt)
        frame.pts = n_frames
        container.mux(stream.encode(frame))
        n_frames += 1
    container.mux(stream.encode(None))
    return n_frames


def _shape(frame: VideoFrame) -> tuple[int, ...]:
    return (*frame.luma.shape, 1) if isinstance(frame, Picture) else frame.shape


def _formats(frame: VideoFrame) -> dict[Codec, str]:
    if isinstance(frame, Picture):
        return _PICTURE_FORMATS
    return _GREY_FORMATS if frame.ndim == 2 else _COLOUR_FORMATS


def _frame(pixels: VideoFrame, pix_fmt: str) -> av.VideoFrame:
    if not isinstance(pixels, Picture):
        form = "gray" if pixels.ndim == 2 else "rgb24"
        return av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format=form)
    luma, chroma = pixels.luma, pixels.chroma
    if pix_fmt == "yuv420p":
        luma, chroma = _LIMITED_LUMA[luma], _LIMITED_CHROMA[chroma]
    planes = np.concatenate([luma.ravel(), chroma.ravel()]).reshape(-1, luma.shape[1])
    return av.VideoFrame.from_ndarray(planes, format=pix_fmt)


def _check(pixels: VideoFrame, first: VideoFrame, codec: Codec, path: Path) -> None:
    shape, first_shape = _shape(pixels), _shape(first)
    if shape != first_shape:
        raise InputError(
            f"cannot write a frame {list(shape)} into {path.name} after frames {list(first_shape)}; "
            "allowed: one size in a file"
        )
    if isinstance(pixels, Picture):
        return  # its size is even, its kind is its own
    colour = pixels.ndim == 3 and pixels.shape[2] == 3
    if pixels.dtype != np.uint8 or not (pixels.ndim == 2 or colour):
        raise InputError(
            f"cannot write a frame {pixels.dtype}{list(pixels.shape)} into {path.name}; "
            "allowed: uint8 (y, x) or (y, x, 3)"
        )
    if codec == "h264" and (pixels.shape[0] % 2 or pixels.shape[1] % 2):
        raise InputError(
            f"cannot write {pixels.shape[1]} x {pixels.shape[0]} pixels as h264; allowed: even sizes. "
            "Use codec mjpeg or ffv1 for odd ones"
        )
