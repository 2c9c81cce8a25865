"""Opens video files: only regular files whose content is a video, only the formats listed here.

FFmpeg also opens playlists, scripts, sequences of images and addresses in networks, and follows what they name. None of
these is opened: the file's first bytes are looked at before FFmpeg is asked, and FFmpeg may use no other format and no
other protocol than a file.
"""

import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path

import av
import av.container
import av.error
import cv2

from motilens.errors import MissingError, UndecodableError

FORMATS = (
    "avi,mov,matroska,mpegts,mpeg,mpegvideo,m4v,h261,h263,h264,hevc,vvc,av1,obu,ivf,vc1,"
    "vc1test,dirac,mjpeg,mjpeg_2000,mpjpeg,flv,asf,mxf,yuv4mpegpipe,gif,apng,ogg,nut,dv,"
    "gxf,rm,nsv,cine,ser,amv,flic,smjpeg,mlv,wtv,dhav,lxf,nuv,avs2,avs3,swf,film_cpk,"
    "roq,4xm"
)
"""FFmpeg's names of the formats that may be opened, separated by commas: containers and streams of video."""

MAX_PIXELS = 1 << 27
"""Largest picture that is decoded: 134 megapixels. A larger one stands in damaged headers only."""

_SNIFFED = 512
"""Bytes at the start of a file that are searched for text."""

_LOOKED_AT = 64
"""Packets at the start of a file by which videos are told from single pictures."""


@contextmanager
def opened(path: Path) -> Iterator[av.container.InputContainer]:
    """Open a video file for reading.

    Raises:
        MissingError: the file does not exist.
        UndecodableError: it is not a regular file, may not be read, or does not hold a video.
    """
    _check_file(path)
    options = {"protocol_whitelist": "file", "format_whitelist": FORMATS}
    try:
        # With its protocol in front, no part of a name (a colon, a percent sign, a dash) has a meaning to FFmpeg.
        container = av.open(f"file:{path.absolute()}", options=options, metadata_errors="replace")
    except (av.error.FFmpegError, ValueError) as error:
        raise UndecodableError(f"{path.name} is not a video that can be read: {_reason(path, error)}") from error
    with container:
        if not container.streams.video:
            raise UndecodableError(f"{path.name} is not a video that can be read: it has no video stream")
        yield container


def choose_stream(container: av.container.InputContainer, path: Path, wanted: int | None) -> av.VideoStream:
    """Choose the stream to read: the one asked for, or the best one, if possible no single picture.

    Args:
        container: the opened file.
        path: its path, for messages.
        wanted: number of the stream in the file; None for the best one by FFmpeg's rule, among those of several frames.

    Raises:
        UndecodableError: there is no such video stream.
    """
    streams = container.streams.video
    if wanted is not None:
        found = next((stream for stream in streams if stream.index == wanted), None)
        if found is None:
            numbers = ", ".join(str(stream.index) for stream in streams)
            raise UndecodableError(f"{path.name} has no video stream {wanted}; allowed: --stream {numbers}")
        return found
    best = container.streams.best("video") or streams[0]
    moving = _moving(path) if len(streams) > 1 else ()
    chosen = best.index if best.index in moving or not moving else moving[0]
    return next(stream for stream in streams if stream.index == chosen)


def _moving(path: Path) -> tuple[int, ...]:
    """Get the numbers of the video streams with several packets near the start of a file, largest pictures first."""
    with opened(path) as container:
        streams = container.streams.video
        n_packets = dict.fromkeys((stream.index for stream in streams), 0)
        with suppress(av.error.FFmpegError):  # cut off
            for packet in islice(container.demux(*streams), _LOOKED_AT):
                n_packets[packet.stream_index] += packet.size > 0
        by_size = sorted(streams, key=lambda stream: -stream.width * stream.height)
        return tuple(stream.index for stream in by_size if n_packets[stream.index] > 1)


def _check_file(path: Path) -> None:
    """Refuse what is no regular file, before anything waits for it or follows it."""
    try:
        mode = path.stat().st_mode
    except PermissionError as error:
        raise UndecodableError(f"{path} is in a folder that may not be read; change its permissions") from error
    except OSError as error:
        if path.is_symlink():
            raise MissingError(f"{path} is a link to a file that does not exist; restore the file") from error
        raise MissingError(f"no such file: {path}; name a video that exists") from error
    if stat.S_ISDIR(mode):
        raise UndecodableError(f"{path} is a folder, not a video; name a file in it")
    if not stat.S_ISREG(mode):
        raise UndecodableError(f"{path.name} is a pipe or a device, not a file; name a video file")
    try:
        with path.open("rb") as file:
            start = file.read(_SNIFFED)
    except OSError as error:
        raise UndecodableError(f"{path.name} may not be read ({error.strerror}); change its permissions") from error
    if not start:
        raise UndecodableError(f"{path.name} is not a video that can be read: the file is empty")
    if (text := _text_in(start)) is not None:
        raise UndecodableError(f"{path.name} is not a video that can be read: it holds text (it begins {text!r})")


def _text_in(start: bytes) -> str | None:
    """Get the first words of a text file, which may be a playlist; None if the content is not text."""
    if start.startswith(b"YUV4MPEG2 "):
        return None
    with suppress(UnicodeDecodeError):
        if start.startswith((b"\xff\xfe", b"\xfe\xff")):
            return start[: len(start) // 2 * 2].decode("utf-16")[:20].split("\n")[0]
    if any(byte < 32 and byte not in b"\t\r\n\f" for byte in start):
        return None
    return start.decode(errors="replace").splitlines()[0][:20]


def _reason(path: Path, error: Exception) -> str:
    """Say why FFmpeg does not open a file."""
    pages = 0
    with suppress(cv2.error, UnicodeError):
        pages = cv2.imcount(str(path)) if cv2.haveImageReader(str(path)) else 0
    if pages > 1:
        return f"it is an image of {pages} pages; save it as an AVI, for example with ImageJ"
    if pages == 1:
        return "it is a single image"
    words = getattr(error, "strerror", None) or str(error)
    return f"FFmpeg says {words!r}; its index may be cut off, so copy it again from where it came"
