"""Cuts one video into stacks in one pass of decoding, with only the last few frames in memory.

The packets' time stamps choose the frames before anything is decoded; while frames are decoded, stage moves are found
and the placer decides where stacks end. Only if breaks that showed themselves late cost stacks that the video has room
for, it is decoded once more with all breaks known.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

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
    progress: Progress | None = None,
) -> tuple[StackBatch, VideoRecord]:
    """Cut one video into stacks.

    Args:
        path: the video.
        config: which stacks, how many, how large.
        threads: decoding threads; None lets FFmpeg choose. The stacks are the same for any number.
        file: how the record names the file; its name if None.
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
    with (progress or Silent()).task(found.info.video_id, found.info.n_packets) as task:
        cut = _pass(found, choice, config, pixels, threads=threads, task=task)
    seats = count_seats(n_chosen, cut.breaks, frames)
    if seats == 0:
        raise TooShortError(_too_short(found, choice, cut, frames))
    if len(cut.ends) < min(wanted, seats):
        with (progress or Silent()).task(f"{found.info.video_id} again", found.info.n_packets) as task:
            cut = _pass(found, choice, config, pixels, threads=threads, task=task, known=cut)
    starts = np.asarray(cut.ends, dtype=np.int64) - frames + 1
    frame_idx = choice.frame_idx[starts[:, None] + np.arange(frames)].astype(np.int64)
    batch = StackBatch(found.info.video_id, pixels[: len(starts)], frame_idx, np.asarray(cut.cells, dtype=np.int64))
    return batch, _record(path, file, config, found, choice, cut, batch)


@dataclass
class _Cut:
    """What one pass over a video came to."""

    ends: list[int] = field(default_factory=list)
    cells: list[int] = field(default_factory=list)
    moving: list[int] = field(default_factory=list)
    lost: list[int] = field(default_factory=list)
    breaks: list[int] = field(default_factory=list)
    """Positions before which a break lies, of all kinds."""
    problems: tuple[str, ...] = ()


class _Kept(NamedTuple):
    """A frame in the ring: what a stack wants of it, taken while it is fresh in the processor's cache."""

    frame: Frame
    small: GreyFrame


def _pass(
    found: Scan,
    choice: Choice,
    config: StackConfig,
    pixels: np.ndarray,
    *,
    threads: int | None,
    task: Task,
    known: _Cut | None = None,
) -> _Cut:
    """Decode once, find moves (or believe those of an earlier pass), fill ``pixels``."""
    frames = FRAMES[config.input_type]
    cut = _Cut(breaks=list(choice.breaks if known is None else known.breaks))
    placer = StackPlacer(len(choice.frame_idx), frames=frames, stacks=config.stacks_per_video, breaks=cut.breaks)
    detector = None if known is not None else MoveDetector()
    ring: deque[_Kept] = deque(maxlen=frames)
    wanted = choice.frame_idx.tolist()
    at, broken = 0, False

    def feed(*, broken: bool) -> bool:
        if broken:
            cut.breaks.append(at)
        return placer.feed(broken=broken)

    with VideoReader(found, threads=threads) as reader:
        for frame, moved in _watched(reader, detector, task):
            if moved:
                cut.moving.append(frame.index)
                broken = True
            while at < len(wanted) and wanted[at] < frame.index:  # could not be decoded
                feed(broken=known is None)
                broken, at = known is None, at + 1
            if at == len(wanted) or wanted[at] != frame.index:
                continue
            ends_here = feed(broken=broken)
            if ends_here or (placer.next_end is not None and at > placer.next_end - frames):
                ring.append(_Kept(frame, frame.area_average(config.size_px)))
            if ends_here:
                for order, kept in enumerate(ring):
                    pixels[len(cut.ends), order] = kept.small
                cut.ends.append(at)
                cut.cells.append(count_heads(ring[0].frame.grey()))
            broken, at = False, at + 1
        while known is None and at < len(wanted):  # lost at the end
            cut.breaks.append(at)
            at += 1
        cut.lost, cut.problems = reader.lost, reader.problems
    if known is not None:
        cut.moving = known.moving
    return cut


def _watched(reader: VideoReader, detector: MoveDetector | None, task: Task) -> Iterator[tuple[Frame, bool]]:
    """Each frame, and whether the stage moved before it."""
    for frames in reader.batches():
        moved = detector.feed([frame.thumbnail() for frame in frames]) if detector else [False] * len(frames)
        yield from zip(frames, moved, strict=True)
        task.advance(len(frames))


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
