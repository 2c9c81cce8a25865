"""Cuts one video into stacks.

The survey of the video tells which frames can be used and where the stage moved, so all stacks are placed before the
frames are read. Only frames of stacks are read, and reading ends with the last of them.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from motilens.config import FRAMES, StackConfig
from motilens.errors import ScaleError, TooShortError
from motilens.progress import Progress, Silent
from motilens.stacks.counts import HeadCount, head_count
from motilens.stacks.indices import find_slots, place_stacks
from motilens.stacks.record import VideoRecord
from motilens.stacks.stack_batch import StackBatch
from motilens.video.checked import checked_frames
from motilens.video.source import VideoFile
from motilens.video.survey import Survey, survey
from motilens.video.timing import FrameChoice, choose_frames, time_error_ms

LEAST_SIDE_PX = 32
"""Least height and width of stacks with a given width of a pixel."""

MOST_PX = 16 << 20
"""Greatest number of pixels of such a frame."""


def extract_stacks(
    video: VideoFile | Path,
    config: StackConfig,
    *,
    um_per_px: float | None = None,
    found: Survey | None = None,
    read_ahead: bool = True,
    progress: Progress | None = None,
) -> tuple[StackBatch, VideoRecord]:
    """Cut one video into stacks.

    Args:
        video: the video, or the path of one that stands alone.
        config: settings of the stacks.
        um_per_px: width of a pixel of the video in um; needed for stacks with a given width of a pixel.
        found: its survey, if it has been surveyed already.
        read_ahead: decode in a separate thread while frames are processed; see ``VideoReader``.
        progress: reports every frame that is examined, and every stack.

    Returns:
        The stacks, (stack, frame, y, x), and the video's record.

    Raises:
        MissingError: the file does not exist.
        UndecodableError: not a video, or none of its frames can be decoded, or it has changed since the survey.
        OverlookedError: the survey is sparse, and something comes to light that it has not seen.
        TooSlowError: the frame rate is too low, and ``force_slow`` is not set.
        TooShortError: there are not enough consecutive frames for one stack.
        ScaleError: pixels of the given width in um would be too few or too many, or ``um_per_px`` is missing.
    """
    video = VideoFile.of(video)
    found = found or survey(video.path, video.reading, progress=progress)
    plan = plan_stacks(found, config)
    frames, positions = FRAMES[config.input_type], plan.positions
    size_px = stack_size_px(found, config, um_per_px)
    pixels = np.empty((*positions.shape, *size_px), dtype=np.uint8)
    counts: dict[int, HeadCount] = {}
    stacks_at: dict[int, list[tuple[int, int]]] = {}
    for (stack, order), at in np.ndenumerate(positions):
        stacks_at.setdefault(int(at), []).append((stack, order))
    with (progress or Silent()).task(video.name, len(positions)) as task:
        for at, frame in checked_frames(found, positions, read_ahead=read_ahead):
            for stack, order in stacks_at[at]:
                pixels[stack, order] = frame.area_average(*size_px)
                if order == 0:
                    counts[stack] = head_count(frame.grey())
                if order == frames - 1:
                    task.advance()
    cells = np.array([counts[stack].n for stack in range(len(positions))], dtype=np.int64)
    batch = StackBatch(video.video_id, pixels, found.number[positions], cells)
    problems = (*plan.choice.problems, *_doubts(counts.values()))
    return batch, _record(video, found, config, plan, batch, um_per_px, problems)


def stack_size_px(found: Survey, config: StackConfig, um_per_px: float | None) -> tuple[int, int]:
    """Compute height and width of a video's stacks: a square, or the size at which a pixel has the wanted width.

    Raises:
        ScaleError: the width of the video's pixels is needed and not known, or the size would be below
            ``LEAST_SIDE_PX``, or above ``MOST_PX`` in all.
    """
    if config.um_per_px is None:
        return config.size_px, config.size_px
    if um_per_px is None:
        raise ScaleError(
            f"the width of a pixel of {found.path.name} is not known, and stacks with pixels of "
            f"{config.um_per_px:g} um need it; give it as Recording(..., um_per_px=...), or choose "
            "stacks of a given size_px"
        )
    shrink = um_per_px / config.um_per_px
    height_px, width_px = (max(1, round(side * shrink)) for side in (found.info.height_px, found.info.width_px))
    if min(height_px, width_px) < LEAST_SIDE_PX or height_px * width_px > MOST_PX:
        raise ScaleError(
            f"{found.path.name} has {found.info.width_px} x {found.info.height_px} pixels of {um_per_px:g} um, which "
            f"makes stacks of {width_px} x {height_px} pixels of {config.um_per_px:g} um; allowed: at least "
            f"{LEAST_SIDE_PX} on each side, and {MOST_PX} in all; give the true width of a pixel with --um-per-px"
        )
    return height_px, width_px


@dataclass(frozen=True)
class StackPlan:
    """Where the stacks of a video lie.

    Attributes:
        choice: the frames that stacks are made of.
        positions: (stack, frame) positions of the stacks' frames among the usable frames of the survey.
        n_slots: number of different stacks that the video has.
    """

    choice: FrameChoice
    positions: np.ndarray
    n_slots: int


def plan_stacks(found: Survey, config: StackConfig) -> StackPlan:
    """Plan the stacks of a video.

    Args:
        found: its survey.
        config: settings of the stacks.

    Raises:
        TooSlowError, TooShortError: as ``extract_stacks``.
    """
    choice = choose_frames(
        found,
        rate_hz=config.rate_hz,
        rate_tolerance=config.rate_tolerance,
        force_slow=config.force_slow,
        repeated_from_hz=config.repeated_from_hz,
    )
    frames = FRAMES[config.input_type]
    slots = find_slots(len(choice.position), choice.breaks, frames=frames)
    if not len(slots):
        raise TooShortError(_too_short(found, choice, frames))
    placed = place_stacks(slots, frames=frames, stacks=config.stacks_per_video)
    return StackPlan(choice, choice.position[placed], len(slots))


def _too_short(found: Survey, choice: FrameChoice, frames: int) -> str:
    n_usable = len(choice.position)
    text = f"{found.path.name} has {n_usable} usable frames"
    if n_usable >= frames:
        text += f", but never the {frames} consecutive ones of a stack because of {_breaks(found, choice)}"
    else:
        text += f", a stack needs {frames} consecutive ones"
    if found.lost:
        text += f" ({found.n_lost} of {found.info.n_frames} frames are missing or could not be decoded)"
    return text + "; record a longer video, or use an input type with fewer frames"


def _breaks(found: Survey, choice: FrameChoice) -> str:
    """Name what separates the frames of a video."""
    kinds = []
    if found.moved.any():
        kinds.append("stage moves")
    if found.repeated:
        kinds.append("repeated frames")
    if found.lost:
        kinds.append("lost frames")
    if len(choice.breaks) and not kinds:
        kinds.append("gaps in time")
    return " and ".join(kinds) or "its length"


def _doubts(counts: Collection[HeadCount]) -> tuple[str, ...]:
    """Say why the numbers of cells seen may be wrong, if they are doubtful in most of the frames."""
    doubts = [count.doubt.partition(":")[0] for count in counts if count.doubt]
    if 2 * len(doubts) <= len(counts):
        return ()
    (common, _), *_ = Counter(doubts).most_common(1)
    return (f"the number of cells seen may be far off in {len(doubts)} of {len(counts)} frames: {common}",)


def _record(
    video: VideoFile,
    found: Survey,
    config: StackConfig,
    plan: StackPlan,
    batch: StackBatch,
    um_per_px: float | None,
    problems: tuple[str, ...],
) -> VideoRecord:
    choice, problems = plan.choice, (*found.problems, *problems)
    if len(batch) < config.stacks_per_video:
        why = f" between its {_breaks(found, choice)}" if choice.breaks else ", as the video is short"
        problems = (*problems, f"only {len(batch)} different stacks of {config.stacks_per_video} fit{why}")
    times_s = found.time_s[plan.positions]
    frame_s = 1 / found.info.fps_hz
    return VideoRecord(
        video_id=video.video_id,
        file=video.name,
        fingerprint=video.fingerprint,
        status="extracted",
        problems=problems,
        info=found.info,
        um_per_px=um_per_px if config.um_per_px is not None else None,
        size_px=batch.pixels.shape[2:],
        stacks_wanted=config.stacks_per_video,
        frame_idx=tuple((int(row[0]), int(row[-1])) for row in batch.frame_idx),
        cells_seen=tuple(int(cells) for cells in batch.cells_seen),
        stage_moves=found.stage_moves,
        n_lost=found.n_lost,
        stack_times_s=tuple((round(float(row[0]), 3), round(float(row[-1]) + frame_s, 3)) for row in times_s),
        start_s=round(float(times_s.min()), 3),
        stop_s=round(float(times_s.max()) + frame_s, 3),
        max_time_error_ms=time_error_ms(times_s, config.rate_hz),
    )
