"""Videos whose frames carry their own numbers, in many codecs and containers: for tests of a reader's numbers.

A frame is 6 x 6 squares, each as large as a macroblock. The first 8 squares are the number in binary, the others random
check bits. Pixels that were predicted from a missing frame mix several of these words. A mixture is not one of them, so
such a frame has no number rather than a wrong one.
"""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import av
import av.error
import numpy as np
from av.container import OutputContainer

from motilens.video.reader import VideoReader
from tests.video.field_pictures import h264_fields

N_FRAMES, FPS_HZ, KEY_FRAME_EVERY = 90, 50, 12
SQUARES, SQUARE_PX, BITS = 6, 16, 8
SIZE_PX = SQUARES * SQUARE_PX

os.environ.setdefault("SVT_LOG", "1")  # errors only; libsvtav1 does not use FFmpeg's log


Packets = list[av.Packet]


@dataclass(frozen=True)
class Encoding:
    """One way to encode.

    Attributes:
        encoder: FFmpeg's name.
        pixel_format: FFmpeg's name.
        options: of the encoder.
        reordered: whether packets are in another order than frames.
        edit: a change of the packets that makes what no encoder of FFmpeg's makes.
        fields_a_packet: for field pictures, which are made by hand instead of by the encoder.
        containers: those in which it occurs; all if empty.
    """

    encoder: str
    pixel_format: str = "yuv420p"
    options: dict[str, str] = field(default_factory=dict)
    reordered: bool = False
    edit: Callable[[Packets], Packets] = list
    fields_a_packet: int | None = None
    containers: tuple[str, ...] = ()


def new_packet(data: bytes, half_frame: int, *, is_key_frame: bool) -> av.Packet:
    """A packet whose frame is shown in the order of packets; times are in half frames, as fields have them."""
    packet = av.Packet(data)
    packet.pts, packet.dts, packet.duration = half_frame, half_frame, 2
    packet.time_base, packet.is_keyframe = Fraction(1, 2 * FPS_HZ), is_key_frame
    return packet


def _with_hidden_frames(packets: Packets) -> Packets:
    """Put a hidden copy before each key frame of VP8: it shows nothing, as an alt-ref frame does."""
    edited = []
    for number, packet in enumerate(packets):
        if packet.is_keyframe and number:
            data = bytearray(bytes(packet))
            data[0] &= ~0x10  # show_frame: RFC 6386, 9.1
            edited.append(new_packet(bytes(data), 2 * number - 1, is_key_frame=True))
        edited.append(packet)
    return edited


def _packed(packets: Packets) -> Packets:
    """Pack B-frames as DivX and Xvid do for AVI: the first shares the packet before it, an empty frame comes last."""
    vop, user_data = b"\0\0\1\xb6", b"\0\0\1\xb2"
    data = [re.sub(user_data + rb"Lavc[\d.]+", user_data + b"DivX503b1393p", bytes(packet)) for packet in packets]
    is_b = [content[content.index(vop) + 4] >> 6 == 2 for content in data] + [False]
    for k in range(len(data)):
        if is_b[k + 1] and not is_b[k]:
            stop = is_b.index(False, k + 1)
            not_coded = vop + (0b0101_000000_10_0111).to_bytes(2, "big")
            data[k:stop] = [data[k] + data[k + 1], *data[k + 2 : stop], not_coded]
    return [
        new_packet(content, 2 * k, is_key_frame=packet.is_keyframe)
        for k, (packet, content) in enumerate(zip(packets, data, strict=True))
    ]


def _x264(parameters: str) -> dict[str, str]:
    return {"preset": "veryfast", "x264-params": f"b-adapt=0:scenecut=0:keyint={KEY_FRAME_EVERY}:{parameters}"}


_NO_SCENE_CUTS = {"sc_threshold": "1000000000"}

ENCODINGS = {
    "H.264": Encoding("libx264", options=_x264("bframes=0")),
    "H.264, B-frames": Encoding("libx264", options=_x264("bframes=3:b-pyramid=none"), reordered=True),
    "H.264, B-pyramid, open GOP": Encoding(
        "libx264", options=_x264("bframes=3:b-pyramid=normal:open-gop=1"), reordered=True
    ),
    "H.264, interlaced (MBAFF)": Encoding(
        "libx264", options={"flags": "+ilme+ildct"} | _x264("bframes=2"), reordered=True
    ),
    "H.264, two fields a packet (PAFF)": Encoding("libx264", fields_a_packet=2),
    "H.264, one field a packet (PAFF)": Encoding("libx264", fields_a_packet=1, containers=("MPEG-TS", "MPEG-PS")),
    "HEVC": Encoding(
        "libx265",
        options={
            "preset": "ultrafast",
            "x265-params": f"bframes=3:b-adapt=0:scenecut=0:keyint={KEY_FRAME_EVERY}:log-level=none:pools=none",
        },
        reordered=True,
    ),
    "AV1": Encoding("libsvtav1", options={"preset": "8", "crf": "1", "svtav1-params": "lp=1"}),
    "VP9, alt-ref frames": Encoding(
        "libvpx-vp9",
        options={"auto-alt-ref": "1", "lag-in-frames": "25", "deadline": "realtime", "cpu-used": "6", "g": "30"},
    ),
    "VP8": Encoding("libvpx", options={"deadline": "realtime", "cpu-used": "6"}),
    "VP8, hidden frames": Encoding(
        "libvpx", options={"deadline": "realtime", "cpu-used": "6"}, edit=_with_hidden_frames
    ),
    "MPEG-4 ASP": Encoding("mpeg4", options={"bf": "0"} | _NO_SCENE_CUTS),
    "MPEG-4 ASP, B-frames": Encoding("mpeg4", options={"bf": "2"} | _NO_SCENE_CUTS, reordered=True),
    "MPEG-4 ASP, packed B-frames": Encoding(
        "mpeg4", options={"bf": "2"} | _NO_SCENE_CUTS, reordered=True, edit=_packed, containers=("AVI",)
    ),
    "MPEG-2, B-frames": Encoding("mpeg2video", options={"bf": "2"} | _NO_SCENE_CUTS, reordered=True),
    "MPEG-2, interlaced": Encoding(
        "mpeg2video", options={"bf": "2", "flags": "+ilme+ildct"} | _NO_SCENE_CUTS, reordered=True
    ),
    "MPEG-1, B-frames": Encoding("mpeg1video", options={"bf": "2"} | _NO_SCENE_CUTS, reordered=True),
    "Windows Media Video 8": Encoding("wmv2"),
    "MJPEG": Encoding("mjpeg", "yuvj420p"),
    "JPEG 2000": Encoding("jpeg2000", "gray"),
    "PNG": Encoding("png", "gray"),
    "FFV1": Encoding("ffv1", "gray", {"g": "1"}),  # else a frame after a missing one repeats an old one, unmarked
    "HuffYUV": Encoding("huffyuv", "yuv422p"),
    "Ut Video": Encoding("utvideo", "yuv422p"),
    "ProRes": Encoding("prores_ks", "yuv422p10le"),
    "uncompressed grey": Encoding("rawvideo", "gray"),
    "uncompressed RGB": Encoding("rawvideo", "bgr24"),
    "uncompressed YUV": Encoding("rawvideo", "uyvy422"),
}

CONTAINERS = {"AVI": "avi", "MP4": "mp4", "MOV": "mov", "MKV": "mkv", "WebM": "webm", "MPEG-TS": "ts", "MPEG-PS": "mpg"}
"""File extension by container."""


IMPOSSIBLE = {
    "H.264": ("WebM",),
    "H.264, B-frames": ("WebM",),
    "H.264, B-pyramid, open GOP": ("WebM",),
    "H.264, interlaced (MBAFF)": ("WebM",),
    "H.264, two fields a packet (PAFF)": ("WebM",),
    "H.264, one field a packet (PAFF)": ("AVI", "MP4", "MOV", "MKV", "WebM"),
    "HEVC": ("AVI", "WebM"),
    "AV1": ("MOV", "MPEG-TS", "MPEG-PS"),
    "VP9, alt-ref frames": ("MOV", "MPEG-TS", "MPEG-PS"),
    "VP8": ("MP4", "MOV", "MPEG-TS", "MPEG-PS"),
    "VP8, hidden frames": ("AVI", "MP4", "MOV", "MPEG-TS", "MPEG-PS"),
    "MPEG-4 ASP": ("WebM",),
    "MPEG-4 ASP, B-frames": ("WebM",),
    "MPEG-4 ASP, packed B-frames": ("MP4", "MOV", "MKV", "WebM", "MPEG-TS", "MPEG-PS"),
    "MPEG-2, B-frames": ("WebM",),
    "MPEG-2, interlaced": ("WebM",),
    "MPEG-1, B-frames": ("WebM",),
    "Windows Media Video 8": ("MP4", "MOV", "MKV", "WebM", "MPEG-TS", "MPEG-PS"),
    "MJPEG": ("WebM", "MPEG-TS", "MPEG-PS"),
    "JPEG 2000": ("WebM", "MPEG-TS", "MPEG-PS"),
    "PNG": ("MKV", "WebM", "MPEG-TS", "MPEG-PS"),
    "FFV1": ("MOV", "WebM", "MPEG-TS", "MPEG-PS"),
    "HuffYUV": ("MP4", "MOV", "MKV", "WebM", "MPEG-TS", "MPEG-PS"),
    "Ut Video": ("MP4", "MOV", "MKV", "WebM", "MPEG-TS", "MPEG-PS"),
    "ProRes": ("AVI", "MP4", "WebM", "MPEG-TS", "MPEG-PS"),
    "uncompressed grey": ("MP4", "WebM", "MPEG-TS", "MPEG-PS"),
    "uncompressed RGB": ("MP4", "MKV", "WebM", "MPEG-TS", "MPEG-PS"),
    "uncompressed YUV": ("MP4", "WebM", "MPEG-TS", "MPEG-PS"),
}
"""Containers that cannot hold an encoding, or in which FFmpeg does not find it again; all others are tested."""

WORDS = np.random.default_rng(0).integers(0, 2, (1 << BITS, SQUARES * SQUARES), np.uint8)
WORDS[:, :BITS] = np.arange(1 << BITS)[:, None] >> np.arange(BITS) & 1
_NUMBERS = {word.tobytes(): number for number, word in enumerate(WORDS)}


class ImpossibleError(Exception):
    """A container that cannot hold an encoding."""


def picture(number: int) -> np.ndarray:
    """The frame of a number: (y, x), uint8."""
    squares = np.where(WORDS[number].reshape(SQUARES, SQUARES), 220, 40).astype(np.uint8)
    return np.kron(squares, np.ones((SQUARE_PX, SQUARE_PX), np.uint8))


def number_in(pixels: np.ndarray) -> int | None:
    """The number of a frame; None if its pixels are damaged."""
    means = pixels.reshape(SQUARES, SQUARE_PX, SQUARES, SQUARE_PX).mean((1, 3))
    return _NUMBERS.get((means > 128).astype(np.uint8).tobytes())


def write(path: Path, name: str, *, edit: Callable[[Packets], Packets] = list) -> None:
    """Write a video of ``N_FRAMES`` frames.

    Args:
        path: the file; its extension is that of a container.
        name: of the encoding.
        edit: a further change of the packets, which are in the order of the file.

    Raises:
        ImpossibleError: the container cannot hold it, or FFmpeg does not find a video in it.
    """
    encoding = ENCODINGS[name]
    if encoding.containers and not any(path.suffix == f".{CONTAINERS[known]}" for known in encoding.containers):
        raise ImpossibleError(f"{name} does not occur in {path.suffix}")
    try:
        with av.open(str(path), "w") as out:
            stream, packets = (_fields if encoding.fields_a_packet else _encoded)(out, encoding)
            for packet in edit(encoding.edit(packets)):
                packet.stream = stream
                out.mux(packet)
    except (av.error.FFmpegError, ValueError) as error:
        raise ImpossibleError(f"{path.suffix} cannot hold {name}: {error}") from error
    if _codec_of(path) != av.Codec(encoding.encoder, "w").canonical_name:
        raise ImpossibleError(f"FFmpeg finds no {name} in {path.suffix}")


def _encoded(out: OutputContainer, encoding: Encoding) -> tuple[av.VideoStream, Packets]:
    options = {"g": str(KEY_FRAME_EVERY)} | encoding.options
    stream = out.add_stream(encoding.encoder, rate=FPS_HZ, options=options)
    assert isinstance(stream, av.VideoStream)
    stream.width = stream.height = SIZE_PX
    stream.pix_fmt, stream.thread_count = encoding.pixel_format, 1
    packets: Packets = []
    for number in range(N_FRAMES):
        frame = av.VideoFrame.from_ndarray(picture(number), format="gray").reformat(format=encoding.pixel_format)
        frame.pts, frame.time_base = number, Fraction(1, FPS_HZ)
        packets += stream.encode(frame)
    return stream, packets + stream.encode(None)


def _fields(out: OutputContainer, encoding: Encoding) -> tuple[av.VideoStream, Packets]:
    assert encoding.fields_a_packet
    with av.open(BytesIO(h264_fields(map(picture, range(N_FRAMES)))), "r", format="h264") as source:
        stream = out.add_stream_from_template(source.streams.video[0])
        fields = [bytes(packet) for packet in source.demux(video=0) if packet.size]
    n = encoding.fields_a_packet
    starts = range(0, len(fields), n)
    return stream, [new_packet(b"".join(fields[k : k + n]), k, is_key_frame=True) for k in starts]


def _codec_of(path: Path) -> str | None:
    with av.open(str(path)) as container:
        context = container.streams.video[0].codec_context if container.streams.video else None
        return context.codec.canonical_name if context else None


@dataclass(frozen=True)
class Reading:
    """What a reader gave: each frame's index and the number in its pixels, and the frames it calls lost."""

    indices: tuple[int, ...]
    numbers: tuple[int | None, ...]
    lost: tuple[int, ...]


def read(path: Path) -> Reading:
    """Read all frames of a video."""
    with VideoReader(path) as reader:
        frames = [(frame.index, number_in(frame.grey())) for frame in reader]
    return Reading(tuple(index for index, _ in frames), tuple(number for _, number in frames), tuple(reader.lost))


@cache
def outcome(name: str, container: str) -> str:
    """Say what becomes of the frame numbers of an encoding in a container: ``exact``, ``impossible`` or what else."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"v.{CONTAINERS[container]}"
        try:
            write(path, name)
        except ImpossibleError:
            return "impossible"
        reading = read(path)
    if reading == Reading(tuple(range(N_FRAMES)), tuple(range(N_FRAMES)), ()):
        return "exact"
    if None in reading.numbers:
        return "damaged pixels"
    if reading.numbers != tuple(range(N_FRAMES)):
        return "frames missing"
    return "wrong numbers"
