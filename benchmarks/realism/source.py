"""Sources: all clips of one origin, measured, with the patches and the frames that are needed later."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from motilens.networks.counter import Counter

from .boxes import Boxes
from .clip import LEAST_FRAMES, Clip, read_clip
from .counted import count_clip
from .heads import find_heads, head_rule, in_frames
from .measures import Measures, measure, together
from .patches import PARTS, Patches, draw, joined

SHOWN_S = 2.0


@dataclass(frozen=True)
class Source:
    """One origin of clips.

    Attributes:
        name: real, simulated or yardstick.
        measures: of all its clips together.
        by_clip: of each clip.
        patches: by "train", "test", "train_headless", "test_headless"; empty if none were asked for.
        shown: 2 s from the middle of the first clip.
        shown_heads: (n, 2), x and y in its first frame.
    """

    name: str
    measures: Measures
    by_clip: tuple[Measures, ...]
    patches: dict[str, Patches] = field(repr=False)
    shown: Clip
    shown_heads: np.ndarray = field(repr=False)


def measure_source(
    name: str,
    videos: list[Path],
    *,
    seconds: float,
    um_per_px: float,
    patches: tuple[int, int],
    seed: int,
    counter: Counter,
    boxes: Callable[[Path], Boxes | None],
) -> Source:
    """Read and measure every video of a source, one after another.

    Args:
        name: real, simulated or yardstick.
        videos: at least one.
        seconds: how much of each video's start is read.
        um_per_px: micrometres that a pixel shows.
        patches: how many for training and for testing, over all videos; (0, 0) for none.
        seed: of the patches' places.
        counter: network that counts cells.
        boxes: reads the boxes around the heads of a video; None where there are none.
    """
    rng = np.random.default_rng(seed)
    by_clip: list[Measures] = []
    drawn: dict[str, list[Patches]] = {}
    shown: tuple[Clip, np.ndarray] | None = None
    for number, video in enumerate(videos):
        print(f"measuring {name}: {video.name}", flush=True)
        clip = read_clip(video, seconds=seconds, um_per_px=um_per_px)
        rule = head_rule(clip)
        found = find_heads(clip, rule)
        by_clip.append(measure(clip, rule, found, count_clip(video, clip, counter, boxes=boxes(video))))
        heads = in_frames(found)
        for part, total in zip(PARTS, patches, strict=True):
            n = (total + number) // len(videos)  # the remainders go to the last clips
            for ending in ("", "_headless") if total else ():
                patches_of_clip = draw(clip, heads, part=part, n=n, headless=bool(ending), rng=rng)
                drawn.setdefault(part + ending, []).append(patches_of_clip)
        if shown is None:
            length = max(LEAST_FRAMES, round(SHOWN_S * clip.fps_hz))
            start = max(0, (len(clip.frames) - length) // 2)
            shown = replace(clip, frames=clip.frames[start : start + length].copy()), heads[start]
    assert shown is not None
    together_ = {part: joined(parts, rng) for part, parts in drawn.items()}
    return Source(name, together(by_clip), tuple(by_clip), together_, *shown)
