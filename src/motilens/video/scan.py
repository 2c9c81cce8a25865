"""Finds out what a video file holds, from its packets and one decoded frame.

The header of a truncated file counts frames that the file no longer has, so the packets are counted instead. Frames are
numbered by their sorted time stamps: frame ``i`` of a video is the one with the ``i``-th display time. The reader uses
these numbers, too, so that a frame that cannot be decoded leaves a gap and does not shift the numbers after it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import av
import av.container
import av.error
import numpy as np

from motilens.errors import MissingError, UndecodableError
from motilens.video.frame import brightest_grey
from motilens.video.info import VideoInfo
from motilens.video.source import video_id_of

IRREGULAR_SHARE = 0.1
"""An interval that differs from the median by more than this share is irregular."""

VARIABLE_SHARE = 0.05
"""Share of irregular intervals above which a video has a variable frame rate; fewer are gaps in a constant one."""

DARK_GREY = 64
"""If a frame of more than 8 bits is nowhere as bright as this, its values are in the lower bits of a deeper format."""


@dataclass(frozen=True)
class Scan:
    """What is known about a video before it is decoded.

    Attributes:
        path: the file.
        info: its facts.
        times_s: (frame,) display time of each frame, ascending, from 0.
        index_of: frame number by FFmpeg's time stamp; empty if the file has no usable time stamps.
        problems: what is wrong with the file, one line for each problem.
    """

    path: Path
    info: VideoInfo
    times_s: np.ndarray
    index_of: dict[int, int] = field(repr=False)
    problems: tuple[str, ...]


@contextmanager
def opened(path: Path) -> Iterator[av.container.InputContainer]:
    """Open a video file for reading.

    Raises:
        MissingError: the file does not exist.
        UndecodableError: it is a folder, may not be read, or is not a video to FFmpeg.
    """
    if not path.exists():
        raise MissingError(f"no such file: {path}; name a video that exists")
    if path.is_dir():
        raise UndecodableError(f"{path} is a folder, not a video; name a file in it")
    try:
        container = av.open(str(path), metadata_errors="replace")
    except av.error.PermissionError as error:
        raise UndecodableError(f"{path.name} may not be read; change its permissions") from error
    except (av.error.FFmpegError, ValueError) as error:
        raise UndecodableError(f"{path.name} is not a video that can be read: {_reason(path, error)}") from error
    with container:
        if container.format.name == "tty":  # FFmpeg renders any text file as a terminal
            raise UndecodableError(f"{path.name} is not a video that can be read: it holds text")
        if not container.streams.video:
            raise UndecodableError(f"{path.name} is not a video that can be read: it has no video stream")
        yield container


def _reason(path: Path, error: Exception) -> str:
    if path.stat().st_size == 0:
        return "the file is empty"
    with path.open("rb") as file:
        start = file.read(512)
    if b"\0" not in start and all(byte >= 32 or byte in b"\t\r\n\f" for byte in start):
        return f"it holds text (it begins {start[:20].decode(errors='replace').splitlines()[0]!r})"
    words = getattr(error, "strerror", None) or str(error)
    return f"FFmpeg says {words!r}; its index may be cut off, so copy it again from where it came"


def scan(path: Path) -> Scan:
    """Count a video's frames and read their times; decode one frame for its size, bit depth and rotation.

    Raises:
        MissingError: the file does not exist.
        UndecodableError: the file is not a video, or none of its frames can be decoded.
    """
    with opened(path) as container:
        stream = container.streams.video[0]
        codec, promised = stream.codec_context.name, stream.frames
        time_base = float(stream.time_base or 1)
        nominal_hz = float(stream.average_rate or stream.base_rate or 25)
        stamps, n_packets, stamped = _stamps(container)
    if not n_packets:
        raise UndecodableError(f"{path.name} holds no frames (its header says {promised}); record or copy it again")
    first = _first_frame(path)
    times_s = (np.asarray(stamps) - stamps[0]) * time_base if stamped else np.arange(len(stamps)) / nominal_hz
    fps_hz, variable = _rate(times_s, time_base if stamped else 0.0, nominal_hz)
    rotation_deg = round(first.rotation) % 360
    turned = rotation_deg % 180 == 90
    info = VideoInfo(
        video_id=video_id_of(path),
        codec=codec,
        pixel_format=first.format.name,
        bit_depth=max(component.bits for component in first.format.components),
        height_px=first.width if turned else first.height,
        width_px=first.height if turned else first.width,
        rotation_deg=rotation_deg,
        fps_hz=round(fps_hz, 4),
        variable_rate=variable,
        n_packets=len(stamps),
        duration_s=round(float(times_s[-1]) + 1 / fps_hz, 4),
    )
    problems = []
    if promised > n_packets:
        problems.append(f"the header says {promised} frames, the file holds {n_packets}")
    if variable:
        problems.append(f"variable frame rate (typically {fps_hz:.2f} frames a second)")
    if not stamped:
        problems.append(f"no usable time stamps; the header's {nominal_hz:.2f} frames a second are used")
    if rotation_deg % 90:
        problems.append(
            f"the file specifies a rotation by {rotation_deg} degrees; it is not applied, only multiples of 90 are"
        )
    if info.bit_depth > 8 and (brightest := brightest_grey(first)) < DARK_GREY:
        problems.append(
            f"{info.bit_depth} bits a pixel, of which the first frame does not use the highest: "
            f"its brightest grey value is {brightest} of 255"
        )
    index_of = {stamp: index for index, stamp in enumerate(stamps)} if stamped else {}
    return Scan(path=path, info=info, times_s=times_s, index_of=index_of, problems=tuple(problems))


def _stamps(container: av.container.InputContainer) -> tuple[list[int], int, bool]:
    """Get the sorted time stamps of visible frames, the number of all packets, and whether the stamps are usable."""
    stamps: list[int | None] = []
    n_packets = 0
    try:
        for packet in container.demux(container.streams.video[0]):
            if packet.size:
                n_packets += 1
                if not packet.is_discard:
                    stamps.append(packet.pts)
    except av.error.FFmpegError:
        pass  # the file is cut off in the middle of a packet; the packets before it count
    known = {stamp for stamp in stamps if stamp is not None}
    if len(known) == len(stamps):
        return sorted(known), n_packets, True
    return list(range(len(stamps))), n_packets, False


def _first_frame(path: Path) -> av.VideoFrame:
    with opened(path) as container:
        for frame in decoded(container):
            return frame
    raise UndecodableError(f"no frame of {path.name} can be decoded; copy it again from where it came")


def decoded(container: av.container.InputContainer) -> Iterator[av.VideoFrame]:
    """Decode all frames that can be decoded, in display order; the others are skipped.

    Frames that FFmpeg marks as damaged are skipped, too, because part of their pixels is made up by error concealment.

    Decoding uses one thread. With more threads FFmpeg returns other frames and other pixels of a damaged or truncated
    file: it conceals errors differently or not at all, and loses frames that are pending when one fails at the end.
    """
    stream = container.streams.video[0]
    stream.thread_count = 1
    damaged: set[int | None] = set()
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets)
        except (StopIteration, av.error.FFmpegError):
            packet = None
        if packet is not None and packet.is_corrupt:
            damaged.add(packet.pts)
        try:
            frames = stream.codec_context.decode(packet) if packet is None else packet.decode()
        except av.error.EOFError:
            return
        except av.error.FFmpegError:
            frames = []
        for frame in frames:
            if isinstance(frame, av.VideoFrame) and not frame.is_corrupt and frame.pts not in damaged:
                yield frame
        if packet is None:
            return


def _rate(times_s: np.ndarray, tick_s: float, nominal_hz: float) -> tuple[float, bool]:
    """Estimate the typical frame rate, and whether it varies by more than the resolution of the time stamps."""
    if len(times_s) < 2:
        return nominal_hz, False
    intervals_s = np.diff(times_s)
    median_s = float(np.median(intervals_s))
    regular = np.abs(intervals_s - median_s) <= max(IRREGULAR_SHARE * median_s, 1.01 * tick_s)
    # The mean of the regular intervals: at 60 Hz, intervals of 16 and 17 ms would have a median of 17 ms, or 58.8 Hz.
    typical_s = intervals_s[regular] if regular.mean() > 0.5 else intervals_s
    return 1 / float(typical_s.mean()), bool(1 - regular.mean() > VARIABLE_SHARE)
