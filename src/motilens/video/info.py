"""Facts of one video file."""

from typing import Literal

from motilens.config import Settings

SurveyKind = Literal["full", "sparse"]
"""Whether all frames of a video were examined, or only as many as are needed to cut stacks; see ``sparse``."""

RateSource = Literal["time stamps", "header", "user", "assumed"]
"""Where a frame rate comes from. ``assumed``: the file has none, and FFmpeg takes one that is usual."""


class VideoInfo(Settings):
    """Facts of one video, from decoding all of it or, in a sparse survey, a part."""

    codec: str
    """FFmpeg's name, such as ``mjpeg`` or ``h264``; the four-character code where FFmpeg has no decoder."""
    pixel_format: str
    bit_depth: int
    """Bits of a grey value."""
    bits_used: int
    """Bits of a grey value that are in use."""
    height_px: int
    """Height after rotation."""
    width_px: int
    """Width after rotation."""
    rotation_deg: int = 0
    """Counter-clockwise rotation that the file specifies; it is applied when the video is read."""
    stream: int
    """Number of the stream in the file."""
    interlaced: bool
    """Whether a picture holds two fields of different times."""
    fps_hz: float
    """Rate of different pictures: from the mean of the intervals near the median interval, or as the user says."""
    header_fps_hz: float
    """Frame rate that the file's header states."""
    rate_from: RateSource
    variable_rate: bool
    n_frames: int
    """Number of frames in the file, with those that are lost and those that repeat another."""
    duration_s: float
    survey: SurveyKind = "full"

    @property
    def stored_px(self) -> tuple[int, int]:
        """Height and width before rotation."""
        return (self.width_px, self.height_px) if self.rotation_deg % 180 == 90 else (self.height_px, self.width_px)
