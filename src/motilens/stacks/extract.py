"""Cuts one video into stacks in one pass of decoding, with only the last few frames in memory.

The packets' time stamps choose the frames before anything is decoded; while frames are decoded, stage moves are found
and the placer decides where stacks end. Only if breaks that showed themselves late cost stacks that the video has room
for, it is decoded once more with all breaks known.
"""

from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple, get_args

import numpy as np

from motilens.arrays import GreyFrame
from motilens.config import FRAMES, StackConfig
from motilens.errors import TooShortError
from motilens.files import fingerprint
from motilens.progress import Progress, Silent, Task
from motilens.stacks.counts import count_heads
from motilens.stacks.indices import StackPlacer, count_seats
from motilens.stacks.record import VideoRecord
from motilens.stacks.values import StackBatch
from motilens.video.frame import Frame
from motilens.video.moves import MoveDetector, segments
from motilens.video.reader import VideoReader
from motilens.video.scan import Scan, scan
from motilens.video.timing import Choice, choose_frames, time_error_ms


def extract_stacks(
    path: Path,
    config: StackConfig,
    *,
    threads: int | None = None,
    file: str | None = None,
    read_ahead: bool = True,
    progress: Progress | None = None,
) -> tuple[StackBatch, VideoRecord]:
    """Cut one video into stacks.

    Args:
        path: the video.
        config: which stacks, how many, how large.
        threads: decoding threads; None lets FFmpeg choose. The stacks are the same for any number.
        file: how the record names the file; its name if None.
        read_ahead: decode in a thread of its own while frames are looked at; faster where a processor is free.
        progress: told of every frame.

    Returns:
        The stacks, (K, S, size_px, size_px), and the record of how they came about.

    Raises:
        MissingError: no such file.
        UndecodableError: not a video, or nothing in it decodes.
        TooSlowError: fewer frames a second than asked for, and not forced.
        TooShortError: not one stack's worth of frames in one place.
    """
    found = scan(path)
    choice = choose_frames(
        found.times_s,
        found.info,
        rate_hz=config.rate_hz,
        rate_tolerance=config.rate_tolerance,
        force_slow=config.force_slow,
    )
    frames, wanted = FRAMES[config.input_type], config.stacks_per_video
    n_chosen, size_px = len(choice.frame_idx), config.size_px
    # Room for all stacks at once: copying hundreds of megabytes at the end would double the memory.
    pixels = np.empty((min(wanted, n_chosen), frames, size_px, size_px), dtype=np.uint8)
    cut, seats = _Cut(), n_chosen
    for watch in _WATCHES:
        name = found.info.video_id if watch == "stacks" else f"{found.info.video_id} again"
        with (progress or Silent()).task(name, found.info.n_packets) as task:
            with VideoReader(found, threads=threads, read_ahead=read_ahead) as reader:
                cut = _pass(reader, choice, config, pixels, watch=watch, before=cut, task=task)
        seats = count_seats(n_chosen, (*choice.breaks, *cut.breaks), frames)
        if len(cut.ends) == min(wanted, seats):
            break
    if not cut.ends:
        raise TooShortError(_too_short(found, choice, cut, frames))
    starts = np.asarray(cut.ends, dtype=np.int64) - frames + 1
    frame_idx = choice.frame_idx[starts[:, None] + np.arange(frames)].astype(np.int64)
    batch = StackBatch(found.info.video_id, pixels[: len(starts)], frame_idx, np.asarray(cut.cells, dtype=np.int64))
    return batch, _record(path, file, config, found, choice, cut, batch)


Watch = Literal["stacks", "all", "nothing"]
_WATCHES: tuple[Watch, ...] = get_args(Watch)
"""Between which frames each pass looks for moves: between those of one stack (a move elsewhere parts nothing); if late
breaks have cost stacks, once more between all; and if that still came out short, with all breaks known."""


@dataclass
class _Cut:
    """What one pass over a video came to."""

    ends: list[int] = field(default_factory=list)
    cells: list[int] = field(default_factory=list)
    moving: list[int] = field(default_factory=list)
    lost: list[int] = field(default_factory=list)
    breaks: list[int] = field(default_factory=list)
    """Positions before which a break was found, by this pass or those before."""
    problems: tuple[str, ...] = ()


class _Kept(NamedTuple):
    """What a stack wants of a frame, taken while the frame is fresh in the processor's cache."""

    small: GreyFrame
    cells: int | None
    """Heads counted, if it is surely a stack's first frame."""
    frame: Frame | None
    """For counting later, if stacks overlap. Held frames cost the decoder its cache."""

    def grey(self) -> GreyFrame:
        if self.frame is None:
            raise RuntimeError("a stack's first frame was neither counted nor kept")
        return self.frame.grey()


def _pass(
    reader: VideoReader,
    choice: Choice,
    config: StackConfig,
    pixels: np.ndarray,
    *,
    watch: Watch,
    before: _Cut,
    task: Task,
) -> _Cut:
    """Decode once, look for moves, fill ``pixels``."""
    frames = FRAMES[config.input_type]
    cut = _Cut(breaks=list(before.breaks), moving=list(before.moving))
    known = {*choice.breaks, *before.breaks}
    placer = StackPlacer(len(choice.frame_idx), frames=frames, stacks=config.stacks_per_video, breaks=known)
    detector = _Watch()
    ring: deque[_Kept] = deque(maxlen=frames)
    wanted = choice.frame_idx.tolist()
    at, broken = 0, False

    def feed(*, broken: bool) -> bool:
        if broken and at not in known:
            cut.breaks.append(at)
        return placer.feed(broken=broken and at not in known)

    for frame in reader:
        if reader.n_decoded % _REPORT_EVERY == 0:
            task.advance(_REPORT_EVERY)
        while at < len(wanted) and wanted[at] < frame.index:  # could not be decoded
            feed(broken=True)
            broken, at = True, at + 1
        if at == len(wanted) or wanted[at] != frame.index:
            continue
        looked_at = watch == "all" or (watch == "stacks" and frames > 1 and placer.wants(at))
        if looked_at and detector.moved(frame, at):
            cut.moving.append(frame.index)
            broken = True
        ends_here = feed(broken=broken)
        if ends_here or placer.wants(at):
            if watch == "stacks" and frames > 1:
                detector.see(frame, at)
            ring.append(_kept(frame, at, placer, frames, config.size_px))
        if ends_here:
            cut.cells.append(ring[0].cells if ring[0].cells is not None else count_heads(ring[0].grey()))
            for order, kept in enumerate(ring):
                pixels[len(cut.ends), order] = kept.small
            cut.ends.append(at)
        broken, at = False, at + 1
    task.advance(reader.n_decoded % _REPORT_EVERY)
    cut.breaks += [lost for lost in range(at, len(wanted)) if lost not in known]  # lost at the end
    cut.moving = sorted(set(cut.moving))
    cut.lost, cut.problems = reader.lost, reader.problems
    return cut


def _kept(frame: Frame, at: int, placer: StackPlacer, frames: int, size_px: int) -> _Kept:
    small = frame.area_average(size_px)
    if placer.overlapping or placer.next_end is None or placer.ends[-1:] == [at]:
        return _Kept(small, None, frame)
    first = at == placer.next_end - frames + 1
    return _Kept(small, count_heads(frame.grey()) if first else None, None)


class _Watch:
    """Looks for stage moves between frames that follow each other."""

    def __init__(self) -> None:
        self._detector = MoveDetector()
        self._seen = -1

    def moved(self, frame: Frame, at: int) -> bool:
        """Whether the stage moved from the frame before to this one, if that one was seen."""
        if self._seen != at - 1:
            self._detector.skip()
        self._seen = at
        return self._detector.feed([frame.thumbnail()])[0]

    def see(self, frame: Frame, at: int) -> None:
        """Have the frame seen, if it was not yet."""
        if self._seen != at:
            self.moved(frame, at)


def _too_short(found: Scan, choice: Choice, cut: _Cut, frames: int) -> str:
    usable = len(choice.frame_idx) - len(set(cut.lost) & set(choice.frame_idx.tolist()))
    text = f"{found.info.video_id} has {usable} usable frames, a stack needs {frames} in a row"
    if usable >= frames:
        text += " and none are: stage moves, gaps or lost frames lie between them"
    if cut.lost:
        text += f" ({len(cut.lost)} of {found.info.n_packets} frames could not be decoded)"
    return text + "; record longer, or use an input of fewer frames"


def _record(
    path: Path, file: str | None, config: StackConfig, found: Scan, choice: Choice, cut: _Cut, batch: StackBatch
) -> VideoRecord:
    problems = [*found.problems, *choice.problems, *cut.problems]
    if len(batch) < config.stacks_per_video:
        problems.append(f"only {len(batch)} different stacks of {config.stacks_per_video} fit between its breaks")
    stack_times_s = found.times_s[batch.frame_idx]
    return VideoRecord(
        video_id=found.info.video_id,
        file=file or path.name,
        fingerprint=fingerprint(path),
        status="extracted",
        problems=tuple(problems),
        info=found.info,
        stacks_wanted=config.stacks_per_video,
        frame_idx=tuple((int(row[0]), int(row[-1])) for row in batch.frame_idx),
        cells_seen=tuple(int(cells) for cells in batch.cells_seen),
        stage_moves=segments(cut.moving),
        n_lost=len(cut.lost),
        stack_times_s=tuple(
            (round(float(row[0]), 3), round(float(row[-1]) + 1 / found.info.fps_hz, 3)) for row in stack_times_s
        ),
        start_s=round(float(stack_times_s.min()), 3),
        stop_s=round(float(stack_times_s.max()) + 1 / found.info.fps_hz, 3),
        max_time_error_ms=time_error_ms(stack_times_s, config.rate_hz),
    )
