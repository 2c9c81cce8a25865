"""Reads a video from its first frame to its last, each frame once.

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
import numpy as np

from motilens.errors import InputError
from motilens.video.frame import Frame, Shrinkers
from motilens.video.moves import intervals
from motilens.video.scan import Scan, decoded, opened, scan

_BATCH = 4
"""Number of frames passed between threads at once: passing them costs as much as computing a thumbnail."""

_BATCHES_AHEAD = 2

_NAMED_LOSSES = 5
"""Number of intervals of lost frames that a problem names."""


class VideoReader:
    """Reads one video once, in order. Use it in a ``with`` block and iterate over it.

    After the last frame, ``lost`` holds the frames of the file that could not be decoded.

    Args:
        video: the file, or its ``Scan``.
        read_ahead: decode a few frames ahead in a separate thread. This is faster if a processor core is free; without
            it the total processor time is smaller, because frames are used while they are in the processor's cache.

    Raises:
        MissingError: the file does not exist.
        UndecodableError: the file is not a video, or none of its frames can be decoded.
    """

    def __init__(self, video: Path | Scan, *, read_ahead: bool = True) -> None:
        self.scan = video if isinstance(video, Scan) else scan(video)
        self.n_decoded = 0
        self.n_other_size = 0
        """Number of frames that were skipped because their size is not that of the first frame."""
        self._read_ahead = read_ahead
        self._source: _ReadAhead | _Direct | None = None
        self._seen = np.zeros(self.scan.info.n_packets, dtype=bool)
        self._shrinkers = Shrinkers()
        self._last = -1
        self._size: tuple[int, int] | None = None

    def __enter__(self) -> "VideoReader":
        self._source = (_ReadAhead if self._read_ahead else _Direct)(self.scan.path)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._source is not None:
            self._source.stop()

    def __iter__(self) -> Iterator[Frame]:
        for frames in self.batches():
            yield from frames

    def batches(self) -> Iterator[list[Frame]]:
        """Iterate over the frames a few at a time, for work that is faster on several at once."""
        if self._source is None or self._seen.any():
            raise InputError(
                f"the reader of {self.scan.path.name} is closed or has been read already; use it in a with block, once"
            )
        for pictures in self._source.batches():
            frames = [frame for picture in pictures if (frame := self._frame(picture))]
            if frames:
                yield frames

    def _frame(self, picture: av.VideoFrame) -> Frame | None:
        """Number a decoded frame; None for one that cannot be used."""
        self._size = self._size or (picture.width, picture.height)
        if self._size != (picture.width, picture.height):
            self.n_other_size += 1
            return None
        stamped = self.scan.index_of.get(picture.pts, 0) if picture.pts is not None else 0
        index = max(self._last + 1, stamped)
        if index >= self.scan.info.n_packets:
            return None  # FFmpeg repeats the last frame of some streams
        self._last = index
        self._seen[index] = True
        self.n_decoded += 1
        return Frame(index, float(self.scan.times_s[index]), self.scan.info.rotation_deg, picture, self._shrinkers)

    @property
    def lost(self) -> list[int]:
        """Numbers of the frames that are in the file but could not be decoded; complete after the last frame."""
        return np.flatnonzero(~self._seen).tolist()

    @property
    def problems(self) -> tuple[str, ...]:
        """Problems while decoding, one line for each; complete after the last frame."""
        lost, problems = self.lost, []
        if lost:
            where = ", ".join(
                str(first) if stop == first + 1 else f"{first}-{stop - 1}"
                for first, stop in intervals(lost)[:_NAMED_LOSSES]
            )
            more = ", ..." if len(intervals(lost)) > _NAMED_LOSSES else ""
            problems.append(
                f"{len(lost)} of {self.scan.info.n_packets} frames could not be decoded (frames {where}{more})"
            )
        if self.n_other_size:
            problems.append(f"{self.n_other_size} frames have another size than the first one and were skipped")
        return tuple(problems)


class _Direct:
    """Decodes each frame when it is requested."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._opened = ExitStack()

    def batches(self) -> Iterator[list[av.VideoFrame]]:
        container = self._opened.enter_context(opened(self._path))
        for picture in decoded(container):
            yield [picture]

    def stop(self) -> None:
        self._opened.close()


class _ReadAhead:
    """Decodes in a separate thread, a few batches ahead of the reader."""

    def __init__(self, path: Path) -> None:
        self._queue: Queue[list[av.VideoFrame] | BaseException | None] = Queue(_BATCHES_AHEAD)
        self._stopped = Event()
        self._thread = Thread(target=self._run, args=(path,), name=f"decode {path.name}", daemon=True)
        self._thread.start()

    def batches(self) -> Iterator[list[av.VideoFrame]]:
        while (batch := self._queue.get()) is not None:
            if isinstance(batch, BaseException):
                raise batch
            yield batch

    def stop(self) -> None:
        """End the thread, even if it has not finished."""
        self._stopped.set()
        while self._thread.is_alive():
            try:
                self._queue.get(timeout=0.05)
            except Empty:
                continue
        self._thread.join()

    def _run(self, path: Path) -> None:
        try:
            batch: list[av.VideoFrame] = []
            with opened(path) as container:
                for picture in decoded(container):
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
