"""Decodes a whole video and reports what it holds and what is wrong with it."""

from pathlib import Path

from motilens.progress import Progress, Silent
from motilens.video.info import VideoInfo
from motilens.video.moves import MoveDetector, intervals
from motilens.video.reader import VideoReader


class VideoReport(VideoInfo):
    """Facts of one video that has been decoded from end to end."""

    file: str
    """File name."""
    frames_decoded: int
    """Number of frames that could be decoded."""
    lost_frames: tuple[tuple[int, int], ...]
    """Frames [first, stop) that are in the file but could not be decoded."""
    stage_moves: tuple[tuple[int, int], ...]
    """Frames [first, stop) that show another place than the frame before."""
    problems: tuple[str, ...]
    """What is wrong with the video, one line for each problem."""

    def lines(self) -> list[str]:
        """Format the report as lines of text."""
        depth = f"{self.bit_depth} bits" + (f", rotated by {self.rotation_deg} degrees" if self.rotation_deg else "")
        rate = f"{self.fps_hz:g} frames a second" + (", varying" if self.variable_rate else "")
        moves = ", ".join(_span(move) for move in self.stage_moves) or "none found"
        return [
            f"file         {self.file}",
            f"codec        {self.codec} ({self.pixel_format}, {depth})",
            f"size         {self.width_px} x {self.height_px} pixels",
            f"rate         {rate}",
            f"frames       {self.frames_decoded} decoded of {self.n_packets} in the file",
            f"duration     {self.duration_s:g} s",
            f"stage moves  {moves}",
            *(f"problem      {problem}" for problem in self.problems or ("none",)),
        ]


def inspect_video(path: Path, *, progress: Progress | None = None) -> VideoReport:
    """Decode a whole video and report on it.

    Args:
        path: the video.
        progress: reports every frame.

    Raises:
        MissingError: the file does not exist.
        UndecodableError: the file is not a video, or none of its frames can be decoded.
    """
    detector, moving = MoveDetector(), []
    with VideoReader(path) as reader:
        scan = reader.scan
        with (progress or Silent()).task(f"decode {path.name}", scan.info.n_packets) as task:
            for frames in reader.batches():
                moved = detector.feed_many([frame.thumbnail() for frame in frames])
                moving += [frame.index for frame, move in zip(frames, moved, strict=True) if move]
                task.advance(len(frames))
    lost = intervals(reader.lost)
    return VideoReport(
        **scan.info.model_dump(),
        file=path.name,
        frames_decoded=reader.n_decoded,
        lost_frames=lost,
        stage_moves=intervals(moving),
        problems=(*scan.problems, *reader.problems),
    )


def _span(frames: tuple[int, int]) -> str:
    first, stop = frames
    return f"{first}" if stop == first + 1 else f"{first}-{stop - 1}"
