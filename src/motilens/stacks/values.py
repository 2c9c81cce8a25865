"""Stacks as values: pixels never travel without knowing which frames of which video they are."""

from dataclasses import dataclass

import numpy as np

from motilens.arrays import FrameIndices, StackPixels
from motilens.errors import InputError


@dataclass(frozen=True)
class StackBatch:
    """Some stacks of one video.

    Attributes:
        video_id: the video's file name without its ending.
        pixels: (stack, frame, y, x), uint8, grey 0-255.
        frame_idx: (stack, frame), index of each frame in the video, from 0, in the order of decoding for display.
        cells_seen: (stack,), heads counted in each stack's first frame at the video's own size.

    Raises:
        InputError: the leading axes do not agree.
    """

    video_id: str
    pixels: StackPixels
    frame_idx: FrameIndices
    cells_seen: np.ndarray

    def __post_init__(self) -> None:
        if self.pixels.shape[:2] != self.frame_idx.shape or len(self.cells_seen) != len(self.pixels):
            raise InputError(
                f"stacks of {self.video_id}: pixels {self.pixels.shape}, frame_idx {self.frame_idx.shape} and "
                f"cells_seen {self.cells_seen.shape} must agree in stacks and frames"
            )

    def __len__(self) -> int:
        return len(self.pixels)

    def __getitem__(self, which: slice) -> "StackBatch":
        return StackBatch(self.video_id, self.pixels[which], self.frame_idx[which], self.cells_seen[which])

    def __repr__(self) -> str:
        return f"StackBatch({self.video_id!r}, pixels={self.pixels.dtype}{list(self.pixels.shape)})"
