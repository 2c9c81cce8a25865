"""A batch of feature-images, with the video and the frames that each was made from."""

from dataclasses import dataclass

from motilens.errors import InputError
from motilens.shapes import FeatureImages, FrameIndices


@dataclass(frozen=True)
class FeatureBatch:
    """Feature-images of one video.

    Attributes:
        video_id: the video's file name without its ending.
        images: (stack, 3, y, x), float32, in the encoder's units.
        frame_idx: (stack, frame), the frames each was made from.

    Raises:
        InputError: the leading axes do not agree.
    """

    video_id: str
    images: FeatureImages
    frame_idx: FrameIndices

    def __post_init__(self) -> None:
        if len(self.images) != len(self.frame_idx):
            raise InputError(
                f"feature-images of {self.video_id}: {len(self.images)} images, {len(self.frame_idx)} rows of "
                "frame_idx; they must agree"
            )

    def __len__(self) -> int:
        return len(self.images)

    def __repr__(self) -> str:
        return f"FeatureBatch({self.video_id!r}, images={self.images.dtype}{list(self.images.shape)})"
