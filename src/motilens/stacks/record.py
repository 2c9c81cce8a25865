"""The record of one video: whether and how it was cut into stacks. Every video has one."""

from typing import Literal

from motilens.config import Settings, StackConfig
from motilens.video.info import VideoInfo
from motilens.video.source import VideoFile


class VideoRecord(Settings):
    """How one video was cut into stacks, or why it was left out."""

    video_id: str
    file: str
    """Path relative to the data folder, with forward slashes."""
    fingerprint: str
    """Fingerprint of the file's content and of how it is read; a video that has changed is extracted again."""
    status: Literal["extracted", "left_out"]
    reason: str = ""
    """Why the video was left out."""
    problems: tuple[str, ...] = ()
    """Problems of an extracted video, one line for each."""
    info: VideoInfo | None = None
    um_per_px: float | None = None
    """Width of a pixel of the video, for stacks with a given width of a pixel."""
    size_px: tuple[int, int] | None = None
    """Height and width of the stacks."""
    stacks_wanted: int
    frame_idx: tuple[tuple[int, int], ...] = ()
    """First and last frame of each stack in the video."""
    cells_seen: tuple[int, ...] = ()
    """Number of heads in each stack's first frame."""
    stage_moves: tuple[tuple[int, int], ...] = ()
    """Frames [first, stop) that show another place than the frame before."""
    n_lost: int = 0
    """Number of frames that are in the file but could not be decoded."""
    stack_times_s: tuple[tuple[float, float], ...] = ()
    """Start and end time of each stack."""
    start_s: float | None = None
    """Start time of the first stack."""
    stop_s: float | None = None
    """End time of the last stack."""
    max_time_error_ms: float | None = None
    """Largest difference between a frame's time in its stack and the time at the exact rate."""

    @classmethod
    def left_out(
        cls, video: VideoFile, config: StackConfig, reason: str, *, um_per_px: float | None = None
    ) -> "VideoRecord":
        """Make the record of a video that cannot be used.

        Args:
            video: the video; its file need not exist.
            config: settings of the stacks that were wanted.
            reason: why the video is left out, one line.
            um_per_px: width of a pixel of the video, for stacks with a given width of a pixel.
        """
        return cls(
            video_id=video.video_id,
            file=video.name,
            fingerprint=video.fingerprint if video.path.is_file() else "",
            status="left_out",
            reason=reason,
            um_per_px=um_per_px if config.um_per_px is not None else None,
            stacks_wanted=config.stacks_per_video,
        )

    @property
    def n_stacks(self) -> int:
        """Number of extracted stacks."""
        return len(self.frame_idx)

    def line(self) -> str:
        """Format the record as one line of text."""
        if self.status == "left_out":
            return f"{self.file}: left out: {self.reason}"
        text = f"{self.file}: extracted, {self.n_stacks} of {self.stacks_wanted} stacks"
        return "; ".join([text, *self.problems])
