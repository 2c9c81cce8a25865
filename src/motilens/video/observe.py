"""Observes each decoded frame of a video: whether the stage moved, how much changed, how bright it is."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import av
import cv2
import numpy as np

from motilens.config import ReadingConfig
from motilens.progress import Progress
from motilens.video.avi_header import read_avi_header
from motilens.video.container import choose_stream, opened
from motilens.video.decode import Decoded, PacketLog, decoded, is_intra
from motilens.video.deinterlace import fields
from motilens.video.frame import Conversion, Frame, bits_used, lacks_palette
from motilens.video.moves import MoveDetector
from motilens.video.sequence import Clock

_BARE = ("mjpeg", "mjpeg_2000", "h261", "h263", "h264", "hevc", "vvc", "m4v", "mpegvideo", "av1", "obu", "vc1", "dirac")
"""Formats that are a codec's data without a container, and so without times."""

_BATCH = 8
"""Frames whose thumbnails are compared at once, which is faster than one by one."""


class Stream(NamedTuple):
    """A stream of pictures, and what the file says about it."""

    frames: Iterator[Decoded]
    number: int
    codec: str
    intra: bool
    """Whether key frames can be decoded by themselves; see ``decode.is_intra``."""
    clock: Clock
    promised: int
    """Number of frames by the header; 0 where it says none."""
    expected: int
    """Number of frames by the header, or by the duration that it states; 0 where it states neither."""


@dataclass
class Observations:
    """What was seen in the frames of a stream that have the size of the first one, in the order of display."""

    stream: Stream
    log: PacketLog = field(default_factory=PacketLog)
    first: Frame | None = None
    packet: list[int] = field(default_factory=list)
    """Packet of each frame."""
    change: list[float] = field(default_factory=list)
    """Mean absolute change from the frame before, in grey levels of 255."""
    moved: list[bool] = field(default_factory=list)
    """Whether the stage moved since the frame before."""
    lacks_palette: bool = False
    """Whether the file has no palette, so that its values are taken as grey."""
    n_other_size: int = 0
    brightest: int = 0
    """Highest grey value of a thumbnail, 0-255."""


@contextmanager
def stream_of(
    path: Path,
    reading: ReadingConfig,
    *,
    strict: bool,
    log: PacketLog | None = None,
    only: Collection[int] | None = None,
) -> Iterator[Stream]:
    """Open the stream of a file that is to be read.

    Args:
        path: the file.
        reading: how it is read.
        strict: skip frames whose data has any error; see ``decoded``.
        log: filled with the packets while frames are decoded.
        only: packets to decode; None for all.

    Raises:
        MissingError: the file does not exist.
        UndecodableError: it is not a video, or there is no decoder for it.
    """
    with opened(path) as container:
        header = read_avi_header(path)
        stream = choose_stream(container, path, reading.stream)
        frames = decoded(container, stream, header=header, strict=strict, log=log, only=only)
        rate = stream.average_rate or stream.base_rate
        clock = Clock(
            time_base_s=float(stream.time_base or 1),
            nominal_hz=float(rate or 25),
            assumed=not rate or container.format.name in _BARE or (header is not None and not header.has_rate),
            places=header is not None or container.format.name in _BARE,
            first_place=0 if header is None else header.start,
        )
        code = "" if header is None else header.code.decode("latin-1").strip()
        codec = stream.codec_context.name if stream.codec_context is not None else code
        frames = fields(frames) if reading.deinterlace else frames
        expected = stream.frames or round((container.duration or 0) / av.time_base * clock.nominal_hz)
        yield Stream(
            frames, stream.index, codec, is_intra(stream), clock, stream.frames, expected * (1 + reading.deinterlace)
        )


def observe(path: Path, reading: ReadingConfig, *, strict: bool, progress: Progress) -> Observations:
    """Decode a video and observe its frames.

    Args:
        path: the file.
        reading: how it is read.
        strict: skip frames whose data has any error; see ``decoded``.
        progress: reports every frame.

    Raises:
        MissingError, UndecodableError: as ``stream_of``.
    """
    log = PacketLog()
    with (
        stream_of(path, reading, strict=strict, log=log) as stream,
        progress.task(f"examine {path.name}", stream.expected) as task,
    ):
        seen = Observations(stream, log)
        detector = MoveDetector()
        waiting: list[np.ndarray] = []
        before: np.ndarray | None = None
        for packet, picture in stream.frames:
            if seen.first is None:
                conversion = Conversion(round(picture.rotation) % 360, bits_used(picture))
                seen.first = Frame(0, 0.0, picture, conversion)
                seen.lacks_palette = lacks_palette(picture)
            if (picture.width, picture.height) != (seen.first.picture.width, seen.first.picture.height):
                seen.n_other_size += 1
                continue
            frame = Frame(len(seen.packet), 0.0, picture, seen.first.conversion)
            pixels, step_grey = frame.stored()
            seen.packet.append(packet)
            change = 0.0 if before is None else cv2.norm(before, pixels, cv2.NORM_L1) / pixels.size
            seen.change.append(change * step_grey)
            waiting.append(frame.thumbnail())
            if len(waiting) == _BATCH:
                seen.moved += detector.feed_many(waiting)
                seen.brightest = max(seen.brightest, *(int(thumbnail.max()) for thumbnail in waiting))
                waiting.clear()
            before = pixels
            if len(seen.packet) <= stream.expected:  # a header may promise too few
                task.advance()
        seen.moved += detector.feed_many(waiting)
        seen.brightest = max([seen.brightest, *(int(thumbnail.max()) for thumbnail in waiting)])
    return seen
