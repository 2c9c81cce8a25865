"""How a video file is read where the file itself does not tell, or tells it wrong."""

from pydantic import Field

from motilens.config.base import Settings


class ReadingConfig(Settings):
    """How a video file is read."""

    fps_hz: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    """True frame rate of the camera; None takes that of the file."""
    stream: int | None = Field(default=None, ge=0)
    """Number of the video stream in the file; None takes the best one."""
    deinterlace: bool = False
    """Make two pictures of each interlaced one, so that 25 frames a second become 50."""
