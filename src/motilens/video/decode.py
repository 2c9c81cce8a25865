"""Decodes a video stream from its first frame to its last, and keeps account of what each packet gave.

A packet is not a frame: it may hold one field, two frames, or a frame that is never shown, and a damaged one gives
nothing. So each packet is numbered, and FFmpeg carries its number to the frame that was made from it. What follows from
that for the numbers of frames is worked out in ``numbering``.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import av
import av.container
import av.error

from motilens.errors import UndecodableError
from motilens.video.avi_header import AviHeader
from motilens.video.container import MAX_PIXELS
from motilens.video.raw_pixels import PIXEL_FORMATS, raw_picture


class Decoded(NamedTuple):
    """A picture, and the number of the packet that it was made from."""

    packet: int
    picture: av.VideoFrame


@dataclass
class PacketLog:
    """The packets of a stream, in the order of the file."""

    pts: list[int | None] = field(default_factory=list)
    """Time at which the packet's frame is shown, in units of the stream's time base."""
    dts: list[int | None] = field(default_factory=list)
    """Time at which it is decoded."""
    hidden: set[int] = field(default_factory=set)
    """Packets whose frame the file says is not to be shown."""
    damaged: set[int] = field(default_factory=set)
    """Packets that the container marks as damaged."""
    n_key: int = 0
    """Number of packets that the container marks as key frames."""
    n_bytes: list[int] = field(default_factory=list)
    """Size of each packet."""
    same: set[int] = field(default_factory=set)
    """Packets that hold the same bytes as the one before."""
    n_interlaced: int = 0
    """Number of decoded frames that hold two fields."""
    others: dict[int, int] = field(default_factory=dict)
    """Number of packets of each other video stream, by its number in the file."""
    _last: av.Packet | None = field(default=None, repr=False)

    @property
    def n_packets(self) -> int:
        """Number of packets."""
        return len(self.pts)

    def add(self, packet: av.Packet) -> int:
        """Add a packet and return its number."""
        number = len(self.pts)
        self.pts.append(packet.pts)
        self.dts.append(packet.dts)
        self.n_key += packet.is_keyframe
        self.n_bytes.append(packet.size)
        if self._last is not None and packet.size == self._last.size and bytes(packet) == bytes(self._last):
            self.same.add(number)
        self._last = packet
        if packet.is_discard:
            self.hidden.add(number)
        if packet.is_corrupt:
            self.damaged.add(number)
        return number


def decoded(
    container: av.container.InputContainer,
    stream: av.VideoStream,
    *,
    header: AviHeader | None = None,
    strict: bool,
    log: PacketLog | None = None,
    only: Collection[int] | None = None,
) -> Iterator[Decoded]:
    """Decode all frames that can be decoded, in the order in which they are shown; the others are skipped.

    A frame that FFmpeg marks as damaged is skipped, because a part of its pixels is made up by error concealment; so is
    a frame that the decoder returns twice. Decoding uses one thread: with more, FFmpeg returns other frames and other
    pixels of a damaged or truncated file.

    Args:
        container: the opened file.
        stream: the stream to decode.
        header: header of an AVI, for pixels without a decoder.
        strict: skip a frame of a codec without prediction over time if its data has any error, such as a JPEG that ends
            half-way.
        log: filled with the packets; complete after the last frame.
        only: packets to decode; None for all. The others must not be needed to decode them.

    Raises:
        UndecodableError: there is no decoder for the stream.
    """
    log = PacketLog() if log is None else log
    decode = _decoder(stream, header, Path(container.name).name, strict=strict)
    seen: set[int] = set()
    for packet in _packets(container, stream, log):
        number = None
        if packet is not None:
            number = log.add(packet)
            if only is not None and number not in only:
                continue
            packet.opaque = number
        try:
            pictures = decode(packet, number)
        except av.error.FFmpegError:
            continue
        for picture in pictures:
            source = picture.opaque
            if not isinstance(source, int) or source in seen or picture.is_corrupt or source in log.damaged:
                continue
            seen.add(source)
            log.n_interlaced += picture.interlaced_frame
            yield Decoded(source, picture)


def _packets(
    container: av.container.InputContainer, stream: av.VideoStream, log: PacketLog
) -> Iterator[av.Packet | None]:
    """Yield the packets of the stream, and None at the end; count those of other video streams."""
    packets = container.demux(*container.streams.video)
    while True:
        try:
            packet = next(packets)
        except (StopIteration, av.error.FFmpegError):  # also cut off in the middle of a packet
            yield None
            return
        if not packet.size:
            continue  # PyAV's sign that a stream has ended
        if packet.stream_index == stream.index:
            yield packet
        else:
            log.others[packet.stream_index] = log.others.get(packet.stream_index, 0) + 1


def is_intra(stream: av.VideoStream) -> bool:
    """Tell whether each key frame of the stream's codec can be decoded by itself, and there may be no other frames.

    FFmpeg does not say so of PNG, nor of FFV1, which has other frames in some files.
    """
    context = stream.codec_context
    return context is None or context.codec.intra_only or context.name in ("ffv1", "png")


class _Codec:
    """Decodes with FFmpeg's decoder."""

    def __init__(self, context: av.VideoCodecContext, *, strict: bool) -> None:
        context.thread_count = 1
        context.copy_opaque = True
        context.options = {"max_pixels": str(MAX_PIXELS)}
        if strict and context.codec.intra_only:
            context.options = {**context.options, "err_detect": "explode"}
        self._context = context

    def __call__(self, packet: av.Packet | None, number: int | None) -> list[av.VideoFrame]:
        """Decode a packet; None ends the stream and returns the frames that were still held back."""
        return [frame for frame in self._context.decode(packet) if isinstance(frame, av.VideoFrame)]


class _RawPixels:
    """Takes uncoded pixels as they are."""

    def __init__(self, header: AviHeader) -> None:
        self._header = header

    def __call__(self, packet: av.Packet | None, number: int | None) -> list[av.VideoFrame]:
        """Make a picture of a packet; none if it has the wrong length."""
        if packet is None:
            return []
        header = self._header
        picture = raw_picture(bytes(packet), PIXEL_FORMATS[header.code], header.width_px, header.height_px)
        if picture is None:
            return []
        picture.opaque = number
        return [picture]


def _decoder(stream: av.VideoStream, header: AviHeader | None, file: str, *, strict: bool) -> _Codec | _RawPixels:
    context = stream.codec_context
    if context is not None:
        return _Codec(context, strict=strict)
    if header is not None and header.code in PIXEL_FORMATS:
        return _RawPixels(header)
    code = "" if header is None else f" {header.code.decode('latin-1').strip()!r}"
    raise UndecodableError(
        f"there is no decoder for the codec{code} of {file}; save it with the program that recorded it in another "
        "codec, such as MJPEG"
    )
