"""Reads the frames of a video from the first to the last, each once.

Frames are never sought by number, because a seek in inter-coded video can return another frame. Memory does not grow
with the length of the video. Decoding can run a few frames ahead in a separate thread, while frames are processed.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from queue import Empty, Full, Queue
from threading import Event, Thread
from types import TracebackType

import av

from motilens.errors import InputError, UndecodableError
from motilens.video.frame import Conversion, Frame
from motilens.video.observe import stream_of
from motilens.video.survey import Survey, survey

_BATCH = 4
"""Number of frames passed between threads at once: passing them costs as much as computing a thumbnail."""

_BATCHES_AHEAD = 2


class VideoReader:
    """Reads the usable frames of one video once, in order. Use it in a ``with`` block and iterate over it.

    Args:
        video: the file, which is surveyed first, or its survey.
        read_ahead: decode a few frames ahead in a separate thread. This is faster if a processor core is free; without
            it the total processor time is smaller, because frames are used while they are in the processor's cache.

    Raises:
        MissingError: the file does not exist.
        UndecodableError: the file is not a video, none of its frames can be decoded, or it has changed since the
            survey.
    """

    def __init__(self, video: Path | Survey, *, read_ahead: bool = True) -> None:
        self.survey = video if isinstance(video, Survey) else survey(video)
        self._read_ahead = read_ahead
        self._source: _ReadAhead | _Direct | None = None
        self._started = False

    def __enter__(self) -> "VideoReader":
        self._source = (_ReadAhead if self._read_ahead else _Direct)(self.survey)
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
        at, decoded = 0, 0
        size: tuple[int, int] | None = None
        for picture in self._source:
            size = size or (picture.width, picture.height)
            if size != (picture.width, picture.height):
                continue
            decoded += 1
            if decoded - 1 in found.skipped:
                continue
            if at == len(found.number):
                raise _changed(name)
            yield Frame(int(found.number[at]), float(found.time_s[at]), picture, conversion)
            at += 1
        if at < len(found.number):
            raise _changed(name)

    @property
    def lost(self) -> list[int]:
        """Numbers of the frames that are in the file but could not be decoded."""
        return [number for first, stop in self.survey.lost for number in range(first, stop)]


def _changed(name: str) -> UndecodableError:
    return UndecodableError(f"{name} changed while it was read; wait until it has been copied, and read it again")


class _Direct:
    """Decodes each frame when it is requested."""

    def __init__(self, found: Survey) -> None:
        self._survey = found
        self._opened = ExitStack()

    def __iter__(self) -> Iterator[av.VideoFrame]:
        found = self._survey
        stream = self._opened.enter_context(stream_of(found.path, found.reading, strict=found.strict))
        for _, picture in stream.frames:
            yield picture

    def stop(self) -> None:
        """Close the file."""
        self._opened.close()


class _ReadAhead:
    """Decodes in a separate thread, a few batches ahead of the reader."""

    def __init__(self, found: Survey) -> None:
        self._queue: Queue[list[av.VideoFrame] | BaseException | None] = Queue(_BATCHES_AHEAD)
        self._stopped = Event()
        name = f"decode {found.path.name}"
        self._thread = Thread(target=self._run, args=(found,), name=name, daemon=True)
        self._thread.start()

    def __iter__(self) -> Iterator[av.VideoFrame]:
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

    def _run(self, found: Survey) -> None:
        try:
            batch: list[av.VideoFrame] = []
            with stream_of(found.path, found.reading, strict=found.strict) as stream:
                for _, picture in stream.frames:
                    batch.append(picture)
                    if len(batch) == _BATCH:
                        self._put(batch)
                        batch = []
                    if self._stopped.is_set():
                        return
            self._put(batch)
            self._put(None)
        except BaseException as error:  # passed to the reader's thread, which raises it
            self._put(error)

    def _put(self, item: list[av.VideoFrame] | BaseException | None) -> None:
        while not self._stopped.is_set():
            try:
                self._queue.put(item, timeout=0.2)
            except Full:
                continue
            return
