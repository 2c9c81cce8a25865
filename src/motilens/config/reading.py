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

    def options(self) -> list[str]:
        """List the options of the command line that say the same; empty for the defaults."""
        fps = [] if self.fps_hz is None else ["--fps", f"{self.fps_hz:g}"]
        stream = [] if self.stream is None else ["--stream", str(self.stream)]
        return [*fps, *stream, *(["--deinterlace"] if self.deinterlace else [])]
