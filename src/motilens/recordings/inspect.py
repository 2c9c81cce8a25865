"""Reports what a video holds, what is wrong with it, and what can be done with it."""

from pathlib import Path

from motilens.config import INPUT_TYPES, InputType, StackConfig
from motilens.errors import VideoError
from motilens.progress import Progress
from motilens.stacks.extract import plan_stacks
from motilens.video.info import VideoInfo
from motilens.video.moves import interval_text
from motilens.video.source import VideoFile
from motilens.video.survey import survey

_FROM = {
    "time stamps": "by its time stamps",
    "header": "by its header",
    "user": "as given",
    "assumed": "assumed: the file has none",
}


class VideoReport(VideoInfo):
    """Facts of one video that has been decoded from end to end."""

    file: str
    """File name."""
    frames_decoded: int
    """Number of frames that could be decoded."""
    frames_repeated: int
    """Number of these that repeat the one before; they are dropped."""
    lost_frames: tuple[tuple[int, int], ...]
    """Frames [first, stop) that are in the file but could not be decoded."""
    stage_moves: tuple[tuple[int, int], ...]
    """Frames [first, stop) that show another place than the frame before."""
    problems: tuple[str, ...]
    """What is wrong with the video, one line for each problem."""
    fit_for: dict[InputType, int]
    """Number of different stacks of each input type; 0 where there is none."""
    in_the_way: str
    """Why there are no stacks, or fewer input types than all; empty if nothing is in the way."""

    def lines(self) -> list[str]:
        """Format the report as lines of text."""
        depth = f"{self.bit_depth} bits" + (f", rotated by {self.rotation_deg} degrees" if self.rotation_deg else "")
        rate = f"{self.fps_hz:g} frames a second, {_FROM[self.rate_from]}"
        if self.header_fps_hz != self.fps_hz and self.rate_from == "header":
            rate = f"{self.fps_hz:g} frames a second are left of the {self.header_fps_hz:g} that its header states"
        elif self.header_fps_hz != self.fps_hz:
            rate += f" ({self.header_fps_hz:g} by its header)"
        moves = ", ".join(interval_text(move) for move in self.stage_moves) or "none found"
        fit = ", ".join(f"{name} ({n})" for name, n in self.fit_for.items() if n).replace(")", " different stacks)", 1)
        return [
            f"file         {self.file}",
            f"codec        {self.codec} ({self.pixel_format}, {depth})",
            f"size         {self.width_px} x {self.height_px} pixels",
            f"rate         {rate}",
            f"frames       {self.frames_decoded} decoded of {self.n_frames} in the file",
            f"duration     {self.duration_s:g} s",
            f"stage moves  {moves}",
            *(f"problem      {problem}" for problem in self.problems or ("none",)),
            f"fit for      {fit or 'nothing'}",
            *([f"in the way   {self.in_the_way}"] if self.in_the_way else []),
        ]


def inspect_video(
    video: VideoFile | Path, config: StackConfig | None = None, *, progress: Progress | None = None
) -> VideoReport:
    """Decode a whole video and report on it.

    Args:
        video: the video, or the path of one that stands alone.
        config: settings of the stacks that it should be fit for; the input type does not matter.
        progress: reports every frame.

    Raises:
        MissingError: the file does not exist.
        UndecodableError: the file is not a video, or none of its frames can be decoded.
    """
    video = VideoFile.of(video)
    found = survey(video.path, video.reading, progress=progress)
    fit_for: dict[InputType, int] = {}
    reasons: list[str] = []
    for input_type in INPUT_TYPES:
        wanted = (config or StackConfig()).model_copy(update={"input_type": input_type})
        try:
            fit_for[input_type] = plan_stacks(found, wanted).n_slots
        except VideoError as error:
            fit_for[input_type] = 0
            reasons.append(str(error))
    n_repeated = len(found.repeated)
    return VideoReport(
        **found.info.model_dump(),
        file=video.name,
        frames_decoded=len(found.number) + n_repeated,
        frames_repeated=n_repeated,
        lost_frames=found.lost,
        stage_moves=found.stage_moves,
        problems=found.problems,
        fit_for=fit_for,
        in_the_way=reasons[0] if reasons else "",
    )
