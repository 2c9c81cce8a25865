"""What became of one video: every video that goes in has one record out."""

from typing import Literal

from motilens.config import Settings
from motilens.video.info import VideoInfo


class VideoRecord(Settings):
    """One video of a data set: extracted, or left out with the reason."""

    video_id: str
    file: str
    """Path below the data folder, with forward slashes."""
    fingerprint: str
    """Of the file's content; a file that changes is extracted anew."""
    status: Literal["extracted", "left_out"]
    reason: str = ""
    """Why it was left out."""
    problems: tuple[str, ...] = ()
    """What is wrong or worth knowing though it was extracted."""
    info: VideoInfo | None = None
    stacks_wanted: int
    frame_idx: tuple[tuple[int, int], ...] = ()
    """First and last frame of each stack in the video."""
    cells_seen: tuple[int, ...] = ()
    """Heads counted in each stack's first frame."""
    stage_moves: tuple[tuple[int, int], ...] = ()
    """Frames [first, stop) at which stacks met stage moves and gave way. ``inspect`` looks between stacks, too."""
    n_lost: int = 0
    """Frames that the file holds but that could not be decoded."""
    stack_times_s: tuple[tuple[float, float], ...] = ()
    """When each stack begins and ends, half open."""
    start_s: float | None = None
    """When the first stack begins."""
    stop_s: float | None = None
    """When the last stack ends."""
    max_time_error_ms: float | None = None
    """Largest distance of a frame from where an exact rate would have it within its stack."""

    @property
    def n_stacks(self) -> int:
        """How many stacks were extracted."""
        return len(self.frame_idx)

    def line(self) -> str:
        """One line for people."""
        if self.status == "left_out":
            return f"{self.video_id}: left out: {self.reason}"
        text = f"{self.video_id}: extracted, {self.n_stacks} of {self.stacks_wanted} stacks"
        return "; ".join([text, *self.problems])
