"""Patches: small parts of clips for the discriminator, 64 x 64 px and 18 successive frames.

Two parts of one field share its dirt and its uneven light, so training and testing patches come from different places
and different times of a clip: training from the left half and the first 0.6 of the time, testing from the right half
and the last 0.35, with 32 px and 0.05 of the time between. Places are drawn evenly, so most patches hold little or
nothing, as most of a frame does. The clip's own median grey is subtracted and nothing else: level alone gives nothing
away, contrast does.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np

from motilens.errors import InputError

from .clip import Clip

SIZE_PX, DEPTH = 64, 18
GAP_PX = 32
TRAIN_SHARE, TEST_SHARE = 0.6, 0.35
CLEAR_PX = 8
"""A patch without heads has none in itself and in a margin of this width, in any of its frames."""
TILE_PX, TILE_FRAMES = 96, 50
"""Patches whose corners share a tile are resampled together."""
_TRIES = 40

Part: TypeAlias = Literal["train", "test"]
PARTS: tuple[Part, ...] = ("train", "test")


@dataclass(frozen=True)
class Patches:
    """Patches of one source.

    Attributes:
        pixels: (n, 18, 64, 64), uint8 grey.
        level_grey: (n,), median grey of the clip that each is from.
        tile: (n,), number of the tile that each is from; the same number only within a clip.
    """

    pixels: np.ndarray = field(repr=False)
    level_grey: np.ndarray
    tile: np.ndarray

    def __post_init__(self) -> None:
        if self.pixels.shape[1:] != (DEPTH, SIZE_PX, SIZE_PX) or self.pixels.dtype != np.uint8:
            raise InputError(
                f"patches of {self.pixels.dtype} {self.pixels.shape} came; (n, 18, 64, 64) uint8 is allowed"
            )
        if not len(self.pixels) == len(self.level_grey) == len(self.tile):
            raise InputError(f"{len(self)} patches, {len(self.level_grey)} levels, {len(self.tile)} tiles came")

    def __len__(self) -> int:
        return len(self.pixels)

    def first(self, n: int) -> "Patches":
        """The first ``n`` of them; they are in random order."""
        return Patches(self.pixels[:n], self.level_grey[:n], self.tile[:n])


def bounds(clip: Clip, part: Part) -> tuple[range, range, range] | None:
    """First frames, rows and columns at which patches of a part may start; None where a part has no room."""
    n_frames, height, width = clip.frames.shape
    half = (width - GAP_PX) // 2
    columns = range(0, half - SIZE_PX + 1) if part == "train" else range(width - half, width - SIZE_PX + 1)
    if part == "train":
        starts = range(0, int(n_frames * TRAIN_SHARE) - DEPTH + 1)
    else:
        starts = range(int(np.ceil(n_frames * (1 - TEST_SHARE))), n_frames - DEPTH + 1)
    rows = range(0, height - SIZE_PX + 1)
    return (starts, rows, columns) if len(starts) and len(rows) and len(columns) else None


def draw(
    clip: Clip, heads: list[np.ndarray], *, part: Part, n: int, headless: bool, rng: np.random.Generator
) -> Patches:
    """Draw patches of one clip.

    Args:
        clip: the frames.
        heads: for each frame (n, 2), x and y.
        part: where and when from.
        n: how many; fewer come where the clip has no room or, with ``headless``, few such places.
        headless: only patches without heads.
        rng: draws places and times.
    """
    room = bounds(clip, part)
    pixels, tiles = [], []
    for _ in range(n * (_TRIES if headless else 1) if room else 0):
        start, row, column = (int(rng.integers(each.start, each.stop)) for each in room or ())
        if headless and _has_head(heads[start : start + DEPTH], row, column):
            continue
        pixels.append(clip.frames[start : start + DEPTH, row : row + SIZE_PX, column : column + SIZE_PX])
        tiles.append((start // TILE_FRAMES * 1000 + row // TILE_PX) * 1000 + column // TILE_PX)
        if len(pixels) == n:
            break
    stacked = np.stack(pixels) if pixels else np.zeros((0, DEPTH, SIZE_PX, SIZE_PX), np.uint8)
    level = float(np.median(clip.frames[clip.some(16)]))
    return Patches(stacked, np.full(len(stacked), level), np.array(tiles, int))


def joined(parts: Sequence[Patches], rng: np.random.Generator) -> Patches:
    """Patches of several clips in random order."""
    order = rng.permutation(sum(len(part) for part in parts))
    tiles = [part.tile + (number << 40) for number, part in enumerate(parts)]
    return Patches(
        np.concatenate([part.pixels for part in parts])[order],
        np.concatenate([part.level_grey for part in parts])[order],
        np.concatenate(tiles)[order],
    )


def _has_head(heads: list[np.ndarray], row: int, column: int) -> bool:
    low = np.array([column, row]) - CLEAR_PX
    high = np.array([column, row]) + SIZE_PX + CLEAR_PX
    return any(bool(((at >= low) & (at < high)).all(axis=1).any()) for at in heads)
