"""The only decoder: reads a video from its first frame to its last, each frame once, whatever its length.

Frames are never sought by number: on inter-coded video an index seek can land on another frame. Memory stays constant.
Decoding may run a few frames ahead in a thread of its own, so that what is done with a frame costs no waiting.
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
from motilens.video.moves import segments
from motilens.video.scan import Scan, decoded, opened, scan

_BATCH = 4
"""Frames handed over at once: one handing-over costs as much as a thumbnail."""

_BATCHES_AHEAD = 2

_NAMED_LOSSES = 5


class VideoReader:
    """Reads one video once, in order. Use it in a ``with`` block and iterate over it.

    After the last frame ``lost`` tells which frames of the file could not be decoded.

    Args:
        video: the file, or the ``Scan`` of it where that is known already.
        threads: decoding threads; None lets FFmpeg choose. Frames are the same for any number.
        read_ahead: decode in a thread of its own, a few frames ahead. Faster where a processor is free; without it less
            is computed in all, because frames are used while they are in the processor's cache.

    Raises:
        MissingError: no such file.
        UndecodableError: not a video, no frame in it, or none that decodes.
    """

    def __init__(self, video: Path | Scan, *, threads: int | None = None, read_ahead: bool = True) -> None:
        self.scan = video if isinstance(video, Scan) else scan(video)
        self.n_decoded = 0
        self.n_other_size = 0
        """Frames passed over because their size is not the first frame's."""
        self._threads = threads
        self._read_ahead = read_ahead
        self._source: _Ahead | _Here | None = None
        self._seen = np.zeros(self.scan.info.n_packets, dtype=bool)
        self._shrinkers = Shrinkers()
        self._last = -1
        self._size: tuple[int, int] | None = None

    def __enter__(self) -> "VideoReader":
        self._source = (_Ahead if self._read_ahead else _Here)(self.scan.path, self._threads)
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
        """The same frames, a few at a time, for work that is cheaper on several at once."""
        if self._source is None or self._seen.any():
            raise InputError(
                f"the reader of {self.scan.path.name} is not open or was read; use it in a with block, once"
            )
        for pictures in self._source.batches():
            frames = [frame for picture in pictures if (frame := self._frame(picture))]
            if frames:
                yield frames

    def _frame(self, picture: av.VideoFrame) -> Frame | None:
        """Number a picture; None for one that cannot be used."""
        self._size = self._size or (picture.width, picture.height)
        if self._size != (picture.width, picture.height):
            self.n_other_size += 1
            return None
        stamped = self.scan.index_of.get(picture.pts, 0) if picture.pts is not None else 0
        index = max(self._last + 1, stamped)
        if index >= self.scan.info.n_packets:
            return None  # more frames than packets: FFmpeg repeats the last one of some streams
        self._last = index
        self._seen[index] = True
        self.n_decoded += 1
        return Frame(index, float(self.scan.times_s[index]), self.scan.info.rotation_deg, picture, self._shrinkers)

    @property
    def lost(self) -> list[int]:
        """Numbers of the frames that the file holds but that were not decoded; complete after the last frame."""
        return np.flatnonzero(~self._seen).tolist()

    @property
    def problems(self) -> tuple[str, ...]:
        """What went wrong while decoding, a line each; complete after the last frame."""
        lost, problems = self.lost, []
        if lost:
            where = ", ".join(
                str(first) if stop == first + 1 else f"{first}-{stop - 1}"
                for first, stop in segments(lost)[:_NAMED_LOSSES]
            )
            more = ", ..." if len(segments(lost)) > _NAMED_LOSSES else ""
            problems.append(
                f"{len(lost)} of {self.scan.info.n_packets} frames could not be decoded (frames {where}{more})"
            )
        if self.n_other_size:
            problems.append(f"{self.n_other_size} frames have another size than the first and were passed over")
        return tuple(problems)


class _Here:
    """Decodes when asked for the next frame."""

    def __init__(self, path: Path, threads: int | None) -> None:
        self._path, self._threads = path, threads
        self._opened = ExitStack()

    def batches(self) -> Iterator[list[av.VideoFrame]]:
        container = self._opened.enter_context(opened(self._path))
        for picture in decoded(container, threads=self._threads):
            yield [picture]

    def stop(self) -> None:
        self._opened.close()


class _Ahead:
    """Decodes in a thread, a few batches ahead of whoever reads, and no further."""

    def __init__(self, path: Path, threads: int | None) -> None:
        self._queue: Queue[list[av.VideoFrame] | BaseException | None] = Queue(_BATCHES_AHEAD)
        self._stopped = Event()
        self._thread = Thread(target=self._run, args=(path, threads), name=f"decode {path.name}", daemon=True)
        self._thread.start()

    def batches(self) -> Iterator[list[av.VideoFrame]]:
        while (batch := self._queue.get()) is not None:
            if isinstance(batch, BaseException):
                raise batch
            yield batch

    def stop(self) -> None:
        """End the thread, whether or not it is done."""
        self._stopped.set()
        while self._thread.is_alive():
            try:
                self._queue.get(timeout=0.05)
            except Empty:
                continue
        self._thread.join()

    def _run(self, path: Path, threads: int | None) -> None:
        try:
            batch: list[av.VideoFrame] = []
            with opened(path) as container:
                for picture in decoded(container, threads=threads):
                    batch.append(picture)
                    if len(batch) == _BATCH:
                        self._put(batch)
                        batch = []
                    if self._stopped.is_set():
                        return
            self._put(batch)
            self._put(None)
        except BaseException as error:  # handed to the reader's thread, where it is raised
            self._put(error)

    def _put(self, item: list[av.VideoFrame] | BaseException | None) -> None:
        while not self._stopped.is_set():
            try:
                self._queue.put(item, timeout=0.2)
            except Full:
                continue
            return
