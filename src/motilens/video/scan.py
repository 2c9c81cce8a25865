"""What a file holds, learnt from its packets without decoding them, and from one decoded frame.

A header may promise frames that a truncated file no longer has, so frames are counted, packet by packet. Their sorted
time stamps number the frames: frame ``i`` of a video is the one shown at the ``i``-th time. The reader numbers by these
times too, so a frame that cannot be decoded leaves a gap instead of shifting all that follow.
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
"""An interval further than this share from the median is irregular."""

VARIABLE_SHARE = 0.05
"""With more than this share of irregular intervals a video has a variable rate; fewer are gaps in a constant one."""


DARK_GREY = 64
"""A picture of more than 8 bits that is nowhere as bright as this was stored in the lower bits of a deeper format."""


@dataclass(frozen=True)
class Scan:
    """What is known of a video before it is decoded.

    Attributes:
        path: the file.
        info: its facts.
        times_s: (frame,) time at which each frame is shown, ascending, from 0.
        index_of: frame number by FFmpeg's time stamp; empty where the file has no usable stamps.
        problems: what is wrong with the file, a line each.
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
        MissingError: no such file.
        UndecodableError: a folder, a file that may not be read, or one that FFmpeg takes for no video.
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
        if container.format.name == "tty":  # FFmpeg would draw any text file as a terminal does
            raise UndecodableError(f"{path.name} is not a video that can be read: it holds text")
        if not container.streams.video:
            raise UndecodableError(f"{path.name} is not a video that can be read: it has no pictures in it")
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
    """Count a video's frames and read their times; decode one frame for its size, depth and rotation.

    Raises:
        MissingError: no such file.
        UndecodableError: not a video, no frame in it, or none that decodes.
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
        problems.append(f"the header promises {promised} frames, the file holds {n_packets}")
    if variable:
        problems.append(f"variable frame rate (typically {fps_hz:.2f} a second)")
    if not stamped:
        problems.append(f"no usable time stamps; {nominal_hz:.2f} frames a second are taken on trust")
    if rotation_deg % 90:
        problems.append(
            f"a rotation by {rotation_deg} degrees is asked for; only quarter turns are honoured, so it is not"
        )
    if info.bit_depth > 8 and (brightest := brightest_grey(first)) < DARK_GREY:
        problems.append(
            f"{info.bit_depth} bits a pixel, of which the first frame leaves the highest unused: "
            f"its grey ends at {brightest} of 255"
        )
    index_of = {stamp: index for index, stamp in enumerate(stamps)} if stamped else {}
    return Scan(path=path, info=info, times_s=times_s, index_of=index_of, problems=tuple(problems))


def _stamps(container: av.container.InputContainer) -> tuple[list[int], int, bool]:
    """Sorted time stamps of the frames to show; packets in the file, hidden ones too; whether the stamps are usable."""
    stamps: list[int | None] = []
    n_packets = 0
    try:
        for packet in container.demux(container.streams.video[0]):
            if packet.size:
                n_packets += 1
                if not packet.is_discard:
                    stamps.append(packet.pts)
    except av.error.FFmpegError:
        pass  # a file cut off in the middle of a packet: what came before it counts
    known = {stamp for stamp in stamps if stamp is not None}
    if len(known) == len(stamps):
        return sorted(known), n_packets, True
    return list(range(len(stamps))), n_packets, False


def _first_frame(path: Path) -> av.VideoFrame:
    with opened(path) as container:
        for frame in decoded(container, threads=1):
            return frame
    raise UndecodableError(f"no frame of {path.name} can be decoded; copy it again from where it came")


def decoded(container: av.container.InputContainer, *, threads: int | None) -> Iterator[av.VideoFrame]:
    """Decode all that decodes, in the order of showing; what does not is passed over.

    Frames that FFmpeg marks as damaged are passed over too: their pixels are partly invented.
    """
    stream = container.streams.video[0]
    stream.thread_type = "AUTO"
    stream.thread_count = threads or 0
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
    """Typical rate, and whether it varies by more than the time stamps' own coarseness."""
    if len(times_s) < 2:
        return nominal_hz, False
    intervals_s = np.diff(times_s)
    median_s = float(np.median(intervals_s))
    regular = np.abs(intervals_s - median_s) <= max(IRREGULAR_SHARE * median_s, 1.01 * tick_s)
    # The mean of the regular intervals: a median of 16 and 17 ms would make 58.8 a second out of 60.
    typical_s = intervals_s[regular] if regular.mean() > 0.5 else intervals_s
    return 1 / float(typical_s.mean()), bool(1 - regular.mean() > VARIABLE_SHARE)
