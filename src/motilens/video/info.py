"""Facts of one video file."""

from motilens.config import Settings


class VideoInfo(Settings):
    """Facts of one video, from its packets and its first frame."""

    video_id: str
    """File name without its extension."""
    codec: str
    """FFmpeg's name, such as ``mjpeg`` or ``h264``."""
    pixel_format: str
    bit_depth: int
    height_px: int
    """Height after rotation."""
    width_px: int
    """Width after rotation."""
    rotation_deg: int = 0
    """Counter-clockwise rotation that the file specifies; it is applied when the video is read."""
    fps_hz: float
    """Typical frame rate: from the mean of the intervals near the median interval."""
    variable_rate: bool
    n_packets: int
    """Number of frames in the file, counted, not taken from its header."""
    duration_s: float
