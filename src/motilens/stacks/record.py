"""The record of one video: whether and how it was cut into stacks. Every video has one."""

from pathlib import Path
from typing import Literal

from motilens.config import Settings, StackConfig
from motilens.files import fingerprint
from motilens.video.info import VideoInfo
from motilens.video.source import video_id_of


class VideoRecord(Settings):
    """How one video was cut into stacks, or why it was left out."""

    video_id: str
    file: str
    """Path relative to the data folder, with forward slashes."""
    fingerprint: str
    """Fingerprint of the file's content; a file that has changed is extracted again."""
    status: Literal["extracted", "left_out"]
    reason: str = ""
    """Why the video was left out."""
    problems: tuple[str, ...] = ()
    """Problems of an extracted video, one line for each."""
    info: VideoInfo | None = None
    stacks_wanted: int
    frame_idx: tuple[tuple[int, int], ...] = ()
    """First and last frame of each stack in the video."""
    cells_seen: tuple[int, ...] = ()
    """Number of heads in each stack's first frame."""
    stage_moves: tuple[tuple[int, int], ...] = ()
    """Frames [first, stop) of stage moves that were found within stacks; ``inspect`` looks at all frames."""
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
    def left_out(cls, path: Path, config: StackConfig, reason: str, *, file: str | None = None) -> "VideoRecord":
        """Make the record of a video that cannot be used.

        Args:
            path: the video; it need not exist.
            config: settings of the stacks that were wanted.
            reason: why the video is left out, one line.
            file: the file's name in the record; None uses its own name.
        """
        return cls(
            video_id=video_id_of(path),
            file=file or path.name,
            fingerprint=fingerprint(path) if path.is_file() else "",
            status="left_out",
            reason=reason,
            stacks_wanted=config.stacks_per_video,
        )

    @property
    def n_stacks(self) -> int:
        """Number of extracted stacks."""
        return len(self.frame_idx)

    def line(self) -> str:
        """Format the record as one line of text."""
        if self.status == "left_out":
            return f"{self.video_id}: left out: {self.reason}"
        text = f"{self.video_id}: extracted, {self.n_stacks} of {self.stacks_wanted} stacks"
        return "; ".join([text, *self.problems])
