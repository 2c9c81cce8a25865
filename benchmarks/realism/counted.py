"""Counted: what the built-in network for motility, trained on simulated cells alone, finds in a clip.

Stacks are cut as for ``motilens predict``: 18 frames at 50 frames a second and 1 um a pixel. The network counts the
cells in each, and its detections are compared with the boxes of the stack's middle frame.
"""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from motilens.config import CountingConfig
from motilens.errors import VideoError
from motilens.features.cell_maps import cell_maps
from motilens.networks.counter import MOTILITY, Counter
from motilens.stacks.extract import extract_stacks
from motilens.video.source import VideoFile
from motilens.video.survey import survey

from .boxes import Boxes
from .clip import Clip
from .detections import agreement, peaks

STACK_EVERY_S = 0.75
"""Half of the frames are seen: a stack lasts 0.36 s."""

KEYS = ("cells_counted", "recall_pct", "precision_pct")


@dataclass(frozen=True)
class Counted:
    """Rows that the network gives for one clip.

    Attributes:
        samples: values by row key, one for each stack.
        reasons: why a row is not measured, by key.
    """

    samples: dict[str, np.ndarray] = field(repr=False)
    reasons: dict[str, str]


NOT_COUNTED = Counted({}, dict.fromkeys(KEYS, "there is no file to cut stacks from"))


def count_clip(path: Path, clip: Clip, counter: Counter, *, boxes: Boxes | None) -> Counted:
    """Count and detect the cells in stacks of a clip.

    Args:
        path: its file.
        clip: says which part of the file is measured.
        counter: the network for motility.
        boxes: heads of the file's frames; None where none are known.
    """
    source = VideoFile.of(path)
    found = survey(path, source.reading)
    config = CountingConfig(stacks_per_video=max(1, round(found.info.n_frames / found.info.fps_hz / STACK_EVERY_S)))
    try:
        batch, _ = extract_stacks(
            source,
            config.stacks("I4", "motility"),
            um_per_px=clip.um_per_px,
            found=found,
            read_ahead=False,
        )
    except VideoError as error:
        return Counted({}, dict.fromkeys(KEYS, str(error)))
    first, last = batch.frame_idx[:, 0], batch.frame_idx[:, -1]
    batch = batch[(first >= clip.first_frame) & (last < clip.first_frame + len(clip.frames))]
    if not len(batch):
        return Counted({}, dict.fromkeys(KEYS, "no stack of 18 frames fits into the clip"))
    maps = cell_maps(counter, batch.pixels)[:, MOTILITY].sum(axis=1)
    height_px, width_px = clip.frames.shape[1:]
    samples = {"cells_counted": maps.sum(axis=(1, 2)) / (height_px * width_px / (640 * 480))}
    if boxes is None:
        return Counted(samples, dict.fromkeys(KEYS[1:], "no boxes around its heads are known"))
    size_um = (width_px * clip.um_per_px, height_px * clip.um_per_px)
    to_um = counter.config.stride * np.divide(size_um, batch.pixels.shape[:1:-1])
    middle = batch.frame_idx[:, batch.frame_idx.shape[1] // 2].tolist()
    agreements = [
        agreement(peaks(each) * to_um, boxes.get(frame, np.zeros((0, 5))), size_um)
        for each, frame in zip(maps, middle, strict=True)
        if frame <= max(boxes)
    ]
    samples |= {key: np.array([value for each in agreements for value in getattr(each, key)]) for key in KEYS[1:]}
    return Counted(samples, dict.fromkeys(KEYS[1:], "no head away from the border, or no detection"))
