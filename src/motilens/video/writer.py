"""Writes videos, completely or not at all; the same frames always give the same bytes.

H.264 is written as most cameras and converters do: ``yuv420p`` in the limited range, in which grey 0-255 is stored as
16-235. MJPEG and FFV1 keep the full range of grey and RGB frames, FFV1 without loss. A ``Picture`` is stored without a
conversion of colours; FFV1 stores its luma in the limited range, with an error of at most 1.
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
"""Codecs for writing: the one of VISEM, a strongly compressing one, and a lossless one."""

CODECS: tuple[Codec, ...] = get_args(Codec)

CONTAINERS = {".avi": "avi", ".mp4": "mp4", ".mov": "mov", ".mkv": "matroska"}
"""FFmpeg's container by file extension."""

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
    """Encode frames into a file; memory does not grow with their number.

    Args:
        path: the file; its extension is .avi, .mp4, .mov or .mkv.
        frames: all grey (y, x) uint8, all red-green-blue (y, x, 3) uint8, or all ``Picture``; all of the same size.
        fps_hz: frame rate.
        codec: ``mjpeg``, ``h264`` or ``ffv1``.
        quality: H.264's rate factor (0-51, default 23) or MJPEG's quantiser (1-31, default 3); smaller is better.
        key_frame_every: largest distance of H.264 key frames, in frames.

    Returns:
        The number of frames.

    Raises:
        InputError: the extension or codec is unknown, there is no frame, or a frame has another size or type.
        StorageError: the disk is full or may not be written.
    """
    if codec not in CODECS:
        raise InputError(f"no codec {codec!r}; allowed: {', '.join(CODECS)}")
    if path.suffix.lower() not in CONTAINERS:
        raise InputError(f"cannot write a video named {path.name!r}; allowed extensions: {', '.join(CONTAINERS)}")
    waiting = iter(frames)
    first = next(waiting, None)
    if first is None:
        raise InputError(f"no frame to write into {path.name}; give at least one")
    _check(first, first, codec, path)
    quality = _quality(codec, quality)
    # FFmpeg does not know the extension of the temporary name, so the container is specified.
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
    # x264 writes its number of threads into the file, which must not depend on the machine.
    stream.thread_count = 1
    stream.options = {"flags": "+bitexact"}
    if codec == "h264":
        stream.options |= {"crf": str(quality), "preset": "veryfast", "g": str(key_frame_every)}
        if path.suffix.lower() == ".avi":
            stream.options |= {"bf": "0"}  # AVI cannot store the times of reordered frames
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
        return  # its size is even
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
