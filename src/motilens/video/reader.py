"""Reads the frames of a video, or some of them, from the first to the last, each once.

Frames are never sought by number, because a seek in inter-coded video can return another frame. All packets of a file
pass by; where each frame can be decoded by itself, only those of the frames asked for are decoded. Memory does not grow
with the length of the video. Decoding can run a few frames ahead in a separate thread, while frames are processed.
"""

from collections.abc import Collection, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from queue import Empty, Full, Queue
from threading import Event, Thread
from types import TracebackType

import av

from motilens.errors import InputError, OverlookedError, UndecodableError, VideoError
from motilens.video.decode import Decoded
from motilens.video.frame import Conversion, Frame
from motilens.video.observe import stream_of
from motilens.video.survey import Survey, survey

_BATCH = 4
"""Number of frames passed between threads at once: passing them costs as much as computing a thumbnail."""

_BATCHES_AHEAD = 2


class VideoReader:
    """Reads usable frames of one video once, in order. Use it in a ``with`` block and iterate over it.

    Args:
        video: the file, which is surveyed first, or its survey.
        positions: positions of the frames to read among the usable ones; all if None.
        read_ahead: decode a few frames ahead in a separate thread. This is faster if a processor core is free; without
            it the total processor time is smaller, because frames are used while they are in the processor's cache.

    Raises:
        MissingError: the file does not exist.
        UndecodableError: the file is not a video, none of its frames can be decoded, or it has changed since the
            survey.
        OverlookedError: the survey is sparse, and a frame cannot be decoded.
    """

    def __init__(
        self, video: Path | Survey, *, positions: Collection[int] | None = None, read_ahead: bool = True
    ) -> None:
        self.survey = video if isinstance(video, Survey) else survey(video)
        self._positions = range(len(self.survey.number)) if positions is None else sorted(set(positions))
        self._read_ahead = read_ahead
        self._source: _ReadAhead | _Direct | None = None
        self._started = False

    def __enter__(self) -> "VideoReader":
        found = self.survey
        only = None
        if found.alone:
            # The first packet, too: a camera may write the tables by which a JPEG is decoded into it alone.
            only = {0, *found.packet[list(self._positions)].tolist()}
        self._source = (_ReadAhead if self._read_ahead else _Direct)(found, only)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._source is not None:
            self._source.stop()

    def __iter__(self) -> Iterator[Frame]:
        name = self.survey.path.name
        if self._source is None or self._started:
            raise InputError(f"the reader of {name} is closed or has been read already; use it in a with block, once")
        self._started = True
        found, info = self.survey, self.survey.info
        conversion = Conversion(info.rotation_deg, info.bits_used)
        pictures = self._alone(self._source) if found.alone else self._among_all(self._source)
        for at in self._positions:
            position, picture = next(pictures, (None, None))
            while position is not None and position < at:
                position, picture = next(pictures, (None, None))
            if position != at or picture is None:
                raise _changed(found)
            yield Frame(int(found.number[at]), float(found.time_s[at]), picture, conversion)
        if len(self._positions) == len(found.number) and next(pictures, None) is not None:
            raise _changed(found)

    def _alone(self, source: Iterable[Decoded]) -> Iterator[tuple[int, av.VideoFrame]]:
        """Yield the pictures of usable frames with their positions, by their packets."""
        position = {packet: at for at, packet in enumerate(self.survey.packet.tolist())}
        size = self.survey.info.stored_px
        for packet, picture in source:
            if packet in position and (picture.height, picture.width) == size:
                yield position[packet], picture

    def _among_all(self, source: Iterable[Decoded]) -> Iterator[tuple[int, av.VideoFrame]]:
        """Yield the pictures of usable frames with their positions, by their order."""
        at, decoded = 0, 0
        for _, picture in source:
            if (picture.height, picture.width) != self.survey.info.stored_px:
                continue
            decoded += 1
            if decoded - 1 not in self.survey.skipped:
                yield at, picture
                at += 1

    @property
    def lost(self) -> list[int]:
        """Numbers of the frames that are in the file but could not be decoded."""
        return [number for first, stop in self.survey.lost for number in range(first, stop)]


def _changed(found: Survey) -> VideoError:
    name = found.path.name
    if found.sparse:
        return OverlookedError(f"{name} has damaged frames that its sparse survey has not seen; survey the whole video")
    return UndecodableError(f"{name} changed while it was read; wait until it has been copied, and read it again")


class _Direct:
    """Decodes each frame when it is requested."""

    def __init__(self, found: Survey, only: Collection[int] | None) -> None:
        self._survey = found
        self._only = only
        self._opened = ExitStack()

    def __iter__(self) -> Iterator[Decoded]:
        found = self._survey
        yield from self._opened.enter_context(
            stream_of(found.path, found.reading, strict=found.strict, only=self._only)
        ).frames

    def stop(self) -> None:
        """Close the file."""
        self._opened.close()


class _ReadAhead:
    """Decodes in a separate thread, a few batches ahead of the reader."""

    def __init__(self, found: Survey, only: Collection[int] | None) -> None:
        self._queue: Queue[list[Decoded] | BaseException | None] = Queue(_BATCHES_AHEAD)
        self._stopped = Event()
        name = f"decode {found.path.name}"
        self._thread = Thread(target=self._run, args=(found, only), name=name, daemon=True)
        self._thread.start()

    def __iter__(self) -> Iterator[Decoded]:
        while (batch := self._queue.get()) is not None:
            if isinstance(batch, BaseException):
                raise batch
            yield from batch

    def stop(self) -> None:
        """End the thread, even if it has not finished."""
        self._stopped.set()
        while self._thread.is_alive():
            try:
                self._queue.get(timeout=0.05)
            except Empty:
                continue
        self._thread.join()

    def _run(self, found: Survey, only: Collection[int] | None) -> None:
        try:
            batch: list[Decoded] = []
            with stream_of(found.path, found.reading, strict=found.strict, only=only) as stream:
                for decoded in stream.frames:
                    batch.append(decoded)
                    if len(batch) == _BATCH:
                        self._put(batch)
                        batch = []
                    if self._stopped.is_set():
                        return
            self._put(batch)
            self._put(None)
        except BaseException as error:  # passed to the reader's thread, which raises it
            self._put(error)

    def _put(self, item: list[Decoded] | BaseException | None) -> None:
        while not self._stopped.is_set():
            try:
                self._queue.put(item, timeout=0.2)
            except Full:
                continue
            return
