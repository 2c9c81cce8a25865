"""Counts the cells of stacks with a trained network: maps of how many cells of each class are where.

Large frames are processed in tiles. A tile is read with as many pixels around it as the network sees, so its maps are
those of the whole frame, and the number of tiles changes nothing::

    +-----------+-----------+
    | tile   . .|. .        |    . the pixels around a tile that are read, too; what they give is thrown away
    |        . .|. .  tile  |
    +-----------+-----------+
"""

from collections.abc import Iterator
from itertools import product

import numpy as np
import torch
from jaxtyping import Float32

from motilens.config import FRAMES
from motilens.errors import MismatchError
from motilens.networks.counter import MAPS, Counter, prepared
from motilens.shapes import ChannelImages, StackPixels

TILE_PX = 512
"""Height and width of a tile."""

CellMaps = Float32[np.ndarray, "stack 6 map_height map_width"]


def cell_maps(counter: Counter, pixels: StackPixels, *, tile_px: int = TILE_PX) -> CellMaps:
    """Count the cells in stacks.

    Args:
        counter: a trained network.
        pixels: (stack, frame, y, x), uint8, at the network's width of a pixel.
        tile_px: height and width of a tile, a multiple of 8; it affects memory, not the result.

    Returns:
        (stack, 6, y / stride, x / stride), the number of cells in each pixel of the maps, in the order of
        ``networks.counter.MAPS``. Rows and columns beyond the last multiple of the stride are not counted.

    Raises:
        MismatchError: the stacks have fewer frames than the network sees.
    """
    return np.concatenate([_maps(counter, stack, tile_px) for stack in _inputs(counter, pixels)])


def counter_images(counter: Counter, pixels: StackPixels) -> ChannelImages:
    """Make the feature-images of stacks: (stack, 3, y, x), in the stacks' size. Raises as ``cell_maps`` does."""
    with torch.inference_mode():
        return np.concatenate([counter.encode(stack).numpy() for stack in _inputs(counter, pixels)])


def _inputs(counter: Counter, pixels: StackPixels) -> Iterator[torch.Tensor]:
    """Prepare stacks one by one: (1, channel, y, x)."""
    n_frames = FRAMES[counter.config.input_type]
    if pixels.shape[1] < n_frames:
        raise MismatchError(
            f"the network sees {n_frames} frames, these stacks have {pixels.shape[1]}; extract stacks with --input "
            f"{counter.config.input_type}"
        )
    for stack in pixels[:, :n_frames]:
        grey = torch.from_numpy(stack.astype(np.float32)[None] / np.float32(255))
        yield prepared(grey).contiguous(memory_format=torch.channels_last)


def _maps(counter: Counter, x: torch.Tensor, tile_px: int) -> CellMaps:
    stride, reach = counter.config.stride, counter.reach_px
    height, width = (side // stride * stride for side in x.shape[2:])
    x = x[:, :, :height, :width]
    with torch.inference_mode():
        if reach is None or (height <= tile_px and width <= tile_px):
            return counter(x).numpy()
        maps = torch.empty(1, len(MAPS), height // stride, width // stride)
        for top, left in product(range(0, height, tile_px), range(0, width, tile_px)):
            first_y, first_x = max(0, top - reach), max(0, left - reach)
            tile = x[:, :, first_y : top + tile_px + reach, first_x : left + tile_px + reach]
            found = counter(tile)[:, :, (top - first_y) // stride :, (left - first_x) // stride :]
            part = maps[:, :, top // stride : (top + tile_px) // stride, left // stride : (left + tile_px) // stride]
            part[:] = found[:, :, : part.shape[2], : part.shape[3]]
        return maps.numpy()
