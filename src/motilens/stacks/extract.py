"""Cuts one video into stacks, usually by decoding it once.

The time stamps of the packets decide which frames are used before any is decoded. While frames are decoded, the cutter
places stacks and detects stage moves. Only if breaks that are found late leave fewer stacks than the video could have,
it is decoded again with all breaks known by then.
"""

from pathlib import Path

import numpy as np

from motilens.config import FRAMES, StackConfig
from motilens.errors import TooShortError
from motilens.files import fingerprint
from motilens.progress import Progress, Silent
from motilens.stacks.cutter import Cut, Cutter, Watch
from motilens.stacks.indices import count_slots
from motilens.stacks.record import VideoRecord
from motilens.stacks.stack_batch import StackBatch
from motilens.video.moves import intervals
from motilens.video.reader import VideoReader
from motilens.video.scan import scan
from motilens.video.timing import FrameChoice, choose_frames, time_error_ms

_REPORT_EVERY = 50


def extract_stacks(
    path: Path,
    config: StackConfig,
    *,
    file: str | None = None,
    read_ahead: bool = True,
    progress: Progress | None = None,
) -> tuple[StackBatch, VideoRecord]:
    """Cut one video into stacks.

    Args:
        path: the video.
        config: settings of the stacks.
        file: the file's name in the record; None uses its own name.
        read_ahead: decode in a separate thread while frames are processed; see ``VideoReader``.
        progress: reports every frame.

    Returns:
        The stacks, (stack, frame, size_px, size_px), and the video's record.

    Raises:
        MissingError: the file does not exist.
        UndecodableError: the file is not a video, or none of its frames can be decoded.
        TooSlowError: the frame rate is too low, and ``force_slow`` is not set.
        TooShortError: there are not enough consecutive frames for one stack.
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
    # Allocated for all stacks at once: copying hundreds of megabytes at the end would double the memory.
    pixels = np.empty((min(wanted, n_chosen), frames, size_px, size_px), dtype=np.uint8)

    def one_pass(watch: Watch, before: Cut) -> tuple[Cut, VideoReader]:
        name = found.info.video_id if watch == "stacks" else f"{found.info.video_id} again"
        cutter = Cutter(choice, config, pixels, watch=watch, before=before)
        with (
            (progress or Silent()).task(name, found.info.n_packets) as task,
            VideoReader(found, read_ahead=read_ahead) as reader,
        ):
            for frame in reader:
                cutter.take(frame)
                if reader.n_decoded % _REPORT_EVERY == 0:
                    task.advance(_REPORT_EVERY)
            task.advance(reader.n_decoded % _REPORT_EVERY)
        return cutter.finish(), reader

    cut, reader = one_pass("stacks", Cut())
    for watch in ("all", "nothing"):
        slots = count_slots(n_chosen, (*choice.breaks, *cut.breaks), frames, lost=cut.lost)
        if len(cut.ends) == min(wanted, slots):
            break
        cut, reader = one_pass(watch, cut)
    if not cut.ends:
        raise TooShortError(_too_short(reader, choice, cut, frames))
    starts = np.asarray(cut.ends, dtype=np.int64) - frames + 1
    frame_idx = choice.frame_idx[starts[:, None] + np.arange(frames)].astype(np.int64)
    batch = StackBatch(found.info.video_id, pixels[: len(starts)], frame_idx, np.asarray(cut.cells, dtype=np.int64))
    return batch, _record(reader, file, config, choice, cut, batch)


def _too_short(reader: VideoReader, choice: FrameChoice, cut: Cut, frames: int) -> str:
    info, usable = reader.scan.info, len(choice.frame_idx) - len(cut.lost)
    text = f"{info.video_id} has {usable} usable frames, a stack needs {frames} consecutive ones"
    if usable >= frames:
        text += ", which there are not because of stage moves, gaps or lost frames"
    if reader.lost:
        text += f" ({len(reader.lost)} of {info.n_packets} frames could not be decoded)"
    return text + "; record a longer video, or use an input type with fewer frames"


def _record(
    reader: VideoReader, file: str | None, config: StackConfig, choice: FrameChoice, cut: Cut, batch: StackBatch
) -> VideoRecord:
    found = reader.scan
    problems = [*found.problems, *choice.problems, *reader.problems]
    if len(batch) < config.stacks_per_video:
        problems.append(f"only {len(batch)} different stacks of {config.stacks_per_video} fit between its breaks")
    stack_times_s = found.times_s[batch.frame_idx]
    return VideoRecord(
        video_id=found.info.video_id,
        file=file or found.path.name,
        fingerprint=fingerprint(found.path),
        status="extracted",
        problems=tuple(problems),
        info=found.info,
        stacks_wanted=config.stacks_per_video,
        frame_idx=tuple((int(row[0]), int(row[-1])) for row in batch.frame_idx),
        cells_seen=tuple(int(cells) for cells in batch.cells_seen),
        stage_moves=intervals(sorted(cut.moving)),
        n_lost=len(reader.lost),
        stack_times_s=tuple(
            (round(float(row[0]), 3), round(float(row[-1]) + 1 / found.info.fps_hz, 3)) for row in stack_times_s
        ),
        start_s=round(float(stack_times_s.min()), 3),
        stop_s=round(float(stack_times_s.max()) + 1 / found.info.fps_hz, 3),
        max_time_error_ms=time_error_ms(stack_times_s, config.rate_hz),
    )
