"""What is known of one video file."""

from motilens.config import Settings


class VideoInfo(Settings):
    """Facts of one video, as its packets and its decoded frames tell them."""

    video_id: str
    """File name without its ending."""
    codec: str
    """FFmpeg's name, such as ``mjpeg`` or ``h264``."""
    pixel_format: str
    bit_depth: int
    height_px: int
    width_px: int
    """Size after rotation."""
    rotation_deg: int = 0
    """Rotation that the file asks for, honoured when read."""
    fps_hz: float
    """Typical rate: the mean over the intervals near the median one."""
    variable_rate: bool
    n_packets: int
    """Frames that the file holds, counted, not believed from its header."""
    duration_s: float
