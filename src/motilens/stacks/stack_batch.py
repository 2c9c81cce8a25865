"""Stacks of one video: their pixels together with the video's id and the frame numbers."""

from dataclasses import dataclass

import numpy as np

from motilens.errors import InputError
from motilens.shapes import FrameIndices, StackPixels


@dataclass(frozen=True)
class StackBatch:
    """Some stacks of one video.

    Attributes:
        video_id: the video's file name without its extension.
        pixels: (stack, frame, y, x), uint8, grey 0-255.
        frame_idx: (stack, frame), number of each frame in the video, from 0, in display order.
        cells_seen: (stack,), number of heads in each stack's first frame.

    Raises:
        InputError: the shapes of the arrays do not agree.
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

    def __getitem__(self, rows: np.ndarray | slice) -> "StackBatch":
        """Select stacks by their numbers (an integer array), by a mask, or by a slice."""
        return StackBatch(self.video_id, self.pixels[rows], self.frame_idx[rows], self.cells_seen[rows])

    def __repr__(self) -> str:
        return f"StackBatch({self.video_id!r}, pixels={self.pixels.dtype}{list(self.pixels.shape)})"
