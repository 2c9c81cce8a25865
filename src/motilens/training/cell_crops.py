"""Crops of labelled stacks with maps of their cells, for training a counter.

A crop is turned, mirrored, reversed in time and slightly resized at random. Cells keep their classes in all of these: a
progressive cell is progressive backwards, too, and a small error of the width of a pixel is what an estimated one has.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from jaxtyping import Float32, Float64
from torch import Tensor

from motilens.config import FRAMES, CounterConfig
from motilens.networks.counter import MAPS
from motilens.simulate.labelled_stacks import UM_PER_PX, LabelledStacks
from motilens.training.batches import Sample

BLOB_SD = 1.0
"""Standard deviation of a cell in the maps, in their pixels."""


@dataclass(frozen=True)
class CellSample(Sample):
    """A crop of one stack.

    Attributes:
        row: number of the stack.
        top: upper edge, as a share of the room that the crop leaves.
        left: left edge, as such a share.
        flip_y: whether it is mirrored vertically.
        flip_x: whether it is mirrored horizontally.
        transpose: whether x and y are exchanged.
        backwards: whether time runs backwards.
        zoom: factor by which it is enlarged.
        around: which cell the crop is laid around, as a share of their number; ``top`` and ``left`` then say where in
            the middle of the crop it is. None, or in a stack without cells: anywhere.
    """

    row: int
    top: float = 0.0  # pyright: ignore[reportIncompatibleVariableOverride] - a share, see above
    left: float = 0.0  # pyright: ignore[reportIncompatibleVariableOverride]
    flip_y: bool = False
    flip_x: bool = False
    transpose: bool = False
    backwards: bool = False
    zoom: float = 1.0
    around: float | None = None


def draw_cell_samples(
    rng: np.random.Generator, rows: np.ndarray, *, largest_zoom: float, centred_share: float = 0.0
) -> list[Sample]:
    """Draw one crop of each row.

    Args:
        rng: random numbers.
        rows: stacks.
        largest_zoom: largest change of size, as a natural logarithm.
        centred_share: share of the crops that are laid around a cell.
    """
    u = rng.random((len(rows), 2))
    turns = rng.random((len(rows), 4)) < 0.5
    zooms = np.exp(rng.uniform(-largest_zoom, largest_zoom, len(rows)))
    around: list[float | None] = [None] * len(rows)
    if centred_share:
        which, chosen = rng.random((2, len(rows)))
        around = [float(w) if c < centred_share else None for w, c in zip(which, chosen, strict=True)]
    samples: list[Sample] = [
        CellSample(int(row), float(y), float(x), bool(a), bool(b), bool(c), bool(d), float(zoom), cell)
        for row, (y, x), (a, b, c, d), zoom, cell in zip(rows, u, turns, zooms, around, strict=True)
    ]
    return samples


class CellCrops(torch.utils.data.Dataset[Tensor]):
    """Reads the crops of a batch.

    Args:
        stacks: the labelled stacks.
        config: the network; determines frames and stride.
        um_per_px: width of a pixel of the crops.
        crop_px: height and width of the crops.
    """

    def __init__(self, stacks: LabelledStacks, config: CounterConfig, *, um_per_px: float, crop_px: int) -> None:
        self._stacks, self._config, self._crop_px = stacks, config, crop_px
        self._shrink = UM_PER_PX / um_per_px

    def __getitems__(self, samples: list[CellSample]) -> tuple[Tensor, Tensor, Tensor]:
        """Read one batch.

        Returns:
            Crops (n, frame, crop, crop), grey 0-1; maps (n, 6, crop / stride, crop / stride); and (n,) 1 for crops that
            may lie anywhere, 0 for those around a cell.
        """
        crops, maps = zip(*map(self.read, samples), strict=True)
        unbiased = torch.tensor([float(sample.around is None) for sample in samples])
        return torch.from_numpy(np.stack(crops)), torch.from_numpy(np.stack(maps)), unbiased

    def read(self, sample: CellSample) -> tuple[Float32[np.ndarray, "frame y x"], Float32[np.ndarray, "6 y2 x2"]]:
        """Read one crop and its maps."""
        crop, stride, n_frames = self._crop_px, self._config.stride, FRAMES[self._config.input_type]
        pixels, cells = self._stacks.pixels(sample.row), self._stacks.cells(sample.row)
        top, left, side = self._window(sample)
        zoom = crop / side
        first = (len(pixels) - n_frames) // 2  # cells are labelled with their mean place, so the middle frames fit
        window = pixels[first : first + n_frames, top : top + side, left : left + side].transpose(1, 2, 0)
        image = _resized(window.astype(np.float32), crop)
        maps = cell_blobs(
            (cells[:, 0] - left) * zoom, (cells[:, 1] - top) * zoom, cells[:, 2], cells[:, 3:6], crop, stride
        )
        frames = image.transpose(2, 0, 1) / np.float32(255)
        for flipped, axis in ((sample.flip_y, 1), (sample.flip_x, 2)):
            if flipped:
                frames, maps = np.flip(frames, axis), np.flip(maps, axis)
        if sample.transpose:
            frames, maps = frames.swapaxes(1, 2), maps.swapaxes(1, 2)
        if sample.backwards:
            frames = frames[::-1]
        return np.ascontiguousarray(frames), np.ascontiguousarray(maps)

    def cells(self, sample: CellSample) -> tuple[Float64[np.ndarray, "cell 2"], Float64[np.ndarray, "cell 6"]]:
        """Where the cells are in a crop that is not turned, x and y in pixels, and what they are, as in ``MAPS``."""
        assert not (sample.flip_y or sample.flip_x or sample.transpose)
        top, left, side = self._window(sample)
        cells = self._stacks.cells(sample.row)
        places = (cells[:, :2] - (left, top)) * (self._crop_px / side)
        there = ((places >= 0) & (places < self._crop_px)).all(axis=1)
        return places[there], _kinds(cells[there, 2], cells[there, 3:6])

    def _window(self, sample: CellSample) -> tuple[int, int, int]:
        """Upper edge, left edge and side of a crop in its stack."""
        size = self._stacks.pixels(sample.row).shape[1:]
        side = min(round(self._crop_px / (self._shrink * sample.zoom)), *size)
        cells, shares = self._stacks.cells(sample.row), (sample.top, sample.left)
        if sample.around is None or not len(cells):
            top, left = (int(share * (room - side + 1)) for share, room in zip(shares, size, strict=True))
            return top, left, side
        x_px, y_px = cells[int(sample.around * len(cells)), :2]
        middle = side * (0.25 + 0.5 * np.array(shares))  # where in the crop the cell is
        corner = np.clip((np.array([y_px, x_px]) - middle).round(), 0, np.array(size) - side).astype(int)
        return int(corner[0]), int(corner[1]), side


def _resized(image: np.ndarray, side_px: int) -> np.ndarray:
    """Resize a square image of any number of channels: (y, x, channel); OpenCV's own function takes four."""
    how = cv2.INTER_AREA if side_px < len(image) else cv2.INTER_LINEAR
    parts = [
        cv2.resize(image[..., k : k + 4], (side_px, side_px), interpolation=how).reshape(side_px, side_px, -1)
        for k in range(0, image.shape[2], 4)
    ]
    return np.concatenate(parts, axis=2)


def cell_blobs(
    x_px: np.ndarray, y_px: np.ndarray, kind: np.ndarray, defects: np.ndarray, size_px: int, stride: int
) -> Float32[np.ndarray, "6 y x"]:
    """Draw maps in which each cell is a Gaussian of sum 1; what lies outside the crop is cut off.

    Args:
        x_px: (cell,) positions from the left edge, in pixels of the crop.
        y_px: (cell,) positions from the upper edge.
        kind: (cell,) motility class, 0-2.
        defects: (cell, 3), 1 where head, midpiece or tail is defective.
        size_px: height and width of the crop.
        stride: pixels of the crop for one pixel of the maps.
    """
    centres = np.arange(size_px // stride) + 0.5
    norm = BLOB_SD * np.sqrt(2 * np.pi)
    rows, columns = (np.exp(-((centres - at[:, None] / stride) ** 2) / (2 * BLOB_SD**2)) / norm for at in (y_px, x_px))
    return np.einsum("km,ky,kx->myx", _kinds(kind, defects), rows, columns).astype(np.float32)


def _kinds(kind: np.ndarray, defects: np.ndarray) -> Float64[np.ndarray, "cell 6"]:
    """Each cell's share in the maps, 0 or 1."""
    kinds = np.zeros((len(kind), len(MAPS)))
    kinds[np.arange(len(kind)), kind.astype(int)] = 1
    kinds[:, 3:] = defects
    return kinds
