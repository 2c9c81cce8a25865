"""Looks at one video from end to end and says what it holds and what is wrong with it."""

from pathlib import Path

from motilens.progress import Progress, Silent
from motilens.video.info import VideoInfo
from motilens.video.moves import MoveDetector, segments
from motilens.video.reader import VideoReader


class VideoReport(VideoInfo):
    """Facts of one video after decoding all of it."""

    file: str
    """The file's name."""
    frames_decoded: int
    """Frames that really decode."""
    lost_frames: tuple[tuple[int, int], ...]
    """Frames [first, stop) that the file holds but that do not decode."""
    stage_moves: tuple[tuple[int, int], ...]
    """Frames [first, stop) whose picture is in another place than the one before."""
    problems: tuple[str, ...]
    """What is wrong, a line each; empty is well."""

    def lines(self) -> list[str]:
        """The report for people, a line each."""
        depth = f"{self.bit_depth} bits" + (f", turned by {self.rotation_deg} degrees" if self.rotation_deg else "")
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


def inspect_video(path: Path, *, threads: int | None = None, progress: Progress | None = None) -> VideoReport:
    """Decode a whole video and report on it.

    Args:
        path: the video.
        threads: decoding threads; None lets FFmpeg choose.
        progress: told of every frame.

    Raises:
        MissingError: no such file.
        UndecodableError: not a video, or nothing in it decodes.
    """
    detector, moving = MoveDetector(), []
    with VideoReader(path, threads=threads) as reader:
        scan = reader.scan
        with (progress or Silent()).task(f"decode {path.name}", scan.info.n_packets) as task:
            for frames in reader.batches():
                moved = detector.feed_many([frame.thumbnail() for frame in frames])
                moving += [frame.index for frame, move in zip(frames, moved, strict=True) if move]
                task.advance(len(frames))
    lost = segments(reader.lost)
    return VideoReport(
        **scan.info.model_dump(),
        file=path.name,
        frames_decoded=reader.n_decoded,
        lost_frames=lost,
        stage_moves=segments(moving),
        problems=(*scan.problems, *reader.problems),
    )


def _span(frames: tuple[int, int]) -> str:
    first, stop = frames
    return f"{first}" if stop == first + 1 else f"{first}-{stop - 1}"
