"""New videos in, percentages out: one line a video, those that could not be used included.

The same recording, the same preprocessing and the same predictor as in an evaluation; no label, no augmentation.
"""

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path

from motilens import __version__
from motilens.config import TARGET_NAMES, Settings, Target
from motilens.errors import InputError, VideoError
from motilens.files import write_text
from motilens.predictors.bundle import LoadedModel
from motilens.predictors.origin import Origin
from motilens.predictors.parts import target_of
from motilens.predictors.predictor import Predictor
from motilens.progress import Progress, Silent
from motilens.recordings.recording import Recording
from motilens.shapes import triple
from motilens.video.source import find_videos


class TimeRange(Settings):
    """A stretch of a video, seconds from its start, half open."""

    start_s: float
    end_s: float


class VideoPrediction(Settings):
    """One video's line: percentages, or the reason why there are none."""

    video: str
    """File name."""
    target: Target
    names: tuple[str, str, str]
    """What the three percentages are of."""
    predicted_pct: tuple[float, float, float] | None
    """Mean over parts; None when the video was left out."""
    sd_pct: tuple[float, float, float] | None
    """Standard deviation over parts. It is not an interval: parts of one video err together."""
    parts: int
    """Stacks, windows or recordings that the prediction is the mean of."""
    part: str | None
    """What the parts are."""
    time_used: tuple[TimeRange, ...]
    """Where the parts came from, overlapping ones joined; empty where the whole video was looked at."""
    left_out: str | None
    """Why there is no prediction; None when there is one."""
    problems: tuple[str, ...]
    """What was lost or had to be worked around."""
    method: str
    model: str
    """Short hash of the model's files."""
    motilens_version: str = __version__


def predict_recording(recording: Recording, predictor: Predictor, *, model: str = "") -> VideoPrediction:
    """Predict one recording.

    Args:
        recording: a video of any codec.
        predictor: a fitted one.
        model: names the model in the line.

    Returns:
        The prediction; a video that cannot be used has ``left_out`` set and no numbers.

    Raises:
        MismatchError: the model makes feature-images only, or the recording lacks what the model needs (the width of a
            pixel, the concentration).
        MissingError: no such file.
    """
    target = target_of(predictor.origin)
    line = {
        "video": recording.path.name,
        "target": target,
        "names": TARGET_NAMES[target],
        "method": predictor.origin.method,
        "model": model,
    }
    try:
        found = predictor.predict(recording)
    except VideoError as error:
        nothing = {"predicted_pct": None, "sd_pct": None, "parts": 0, "part": None, "time_used": (), "problems": ()}
        return VideoPrediction(**line, **nothing, left_out=str(error))
    return VideoPrediction(
        **line,
        predicted_pct=triple(found.predicted_pct),
        sd_pct=triple(found.sd_pct),
        parts=len(found.parts_pct),
        part=found.part,
        time_used=joined_ranges(found.times_s),
        left_out=None,
        problems=found.problems,
    )


def joined_ranges(times_s: Sequence[tuple[float, float]]) -> tuple[TimeRange, ...]:
    """Join stretches of time that overlap or touch; in order of time."""
    joined: list[tuple[float, float]] = []
    for start, end in sorted(times_s):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return tuple(TimeRange(start_s=round(start, 3), end_s=round(end, 3)) for start, end in joined)


def with_stack_choice(predictor: Predictor, *, stacks: int | None = None, force_slow: bool = False) -> Predictor:
    """The same predictor for another number of stacks, or for videos with too few frames a second."""
    if stacks is None and not force_slow:
        return predictor
    origin: Origin = predictor.origin
    changes: dict[str, object] = {"force_slow": True} if force_slow else {}
    if stacks is not None:
        changes["stacks_per_video"] = stacks
    settings = origin.settings.model_copy(update={"stacks": origin.settings.stacks.model_copy(update=changes)})
    return predictor.with_origin(origin.model_copy(update={"settings": settings}))


def predict_videos(
    paths: Sequence[Path],
    model: LoadedModel,
    *,
    um_per_px: float | None = None,
    concentration: float | None = None,
    stacks: int | None = None,
    force_slow: bool = False,
    progress: Progress | None = None,
) -> tuple[VideoPrediction, ...]:
    """Predict videos and folders of videos: as many lines out as videos in, in the order given.

    Args:
        paths: videos, or folders of videos.
        model: as ``load_model`` gives it.
        um_per_px: width of a pixel in um, for models that need tracks.
        concentration: 10^6 cells per mL, for models that need it.
        stacks: how many stacks to use instead of the number that the model was trained with.
        force_slow: take videos with fewer frames a second than the model was trained on all the same.
        progress: told of every video.

    Raises:
        MissingError: a path that is not there, or a folder without videos; said before any video is read.
        MismatchError: the model makes feature-images only, or needs something that was not given.
    """
    predictor = with_stack_choice(model.predictor, stacks=stacks, force_slow=force_slow)
    videos = [video for path in paths for video in find_videos(path)]
    with (progress or Silent()).task("predict", len(videos)) as task:
        lines = []
        for video in videos:
            recording = Recording(video, um_per_px=um_per_px, concentration=concentration)
            lines.append(predict_recording(recording, predictor, model=model.digest))
            task.advance(1, note=video.name)
    return tuple(lines)


def write_predictions(path: Path, predictions: Sequence[VideoPrediction]) -> None:
    """Write predictions as JSON or CSV, by the file's ending.

    Raises:
        InputError: another ending.
        StorageError: the place may not be written.
    """
    check_ending(path)
    if path.suffix == ".json":
        lines = [prediction.model_dump(mode="json") for prediction in predictions]
        write_text(path, json.dumps(lines, indent=1, ensure_ascii=False) + "\n")
        return
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    names = predictions[0].names if predictions else ("", "", "")
    writer.writerow(
        ["video", "target"]
        + [f"{name} (%)" for name in names]
        + [f"{name} SD (points)" for name in names]
        + ["parts", "part", "time used (s)", "left out", "problems", "method", "model", "motilens"]
    )
    for p in predictions:
        times = " ".join(f"{t.start_s:g}-{t.end_s:g}" for t in p.time_used)
        numbers = [f"{v:.2f}" for v in (*(p.predicted_pct or ()), *(p.sd_pct or ()))] or [""] * 6
        writer.writerow(
            [
                *(p.video, p.target, *numbers, p.parts, p.part or "", times, p.left_out or "", "; ".join(p.problems)),
                *(p.method, p.model, p.motilens_version),
            ]
        )
    write_text(path, buffer.getvalue())


def check_ending(path: Path) -> None:
    """Refuse an output file that is neither JSON nor CSV, before any video is read. Raises InputError."""
    if path.suffix not in (".json", ".csv"):
        raise InputError(f"--out {path.name} ends in {path.suffix or 'nothing'}; allowed: .json or .csv")
