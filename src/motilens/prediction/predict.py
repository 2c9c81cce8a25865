"""New videos in, percentages out: one line a video, the ones that could not be read included.

The same reader, the same preprocessing and the same networks as in training; no label, no augmentation.
"""

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path

from motilens import __version__
from motilens.config import TARGET_NAMES, InputType, Settings, Target
from motilens.errors import InputError, MismatchError, VideoError
from motilens.features.encode import encode_stacks
from motilens.files import write_text
from motilens.models.bundle import Bundle
from motilens.prediction.aggregate import aggregate
from motilens.prediction.regress import predict_stacks
from motilens.progress import Progress, Silent
from motilens.stacks.extract import extract_stacks
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
    """Mean over stacks; None when the video was left out."""
    spread_pct: tuple[float, float, float] | None
    """Standard deviation over stacks. No interval: stacks of one video err together."""
    stacks_used: int
    time_used: tuple[TimeRange, ...]
    """Where the stacks came from, overlapping ones joined."""
    left_out: str | None
    """Why there is no prediction; None when there is one."""
    problems: tuple[str, ...]
    """What was lost or had to be worked around."""
    input_type: InputType
    model: str
    """Short hash of the model's weights."""
    motilens_version: str = __version__


def predict_video(
    path: Path, bundle: Bundle, *, stacks: int | None = None, force_slow: bool = False, progress: Progress | None = None
) -> VideoPrediction:
    """Predict one video.

    Args:
        path: a video of any codec.
        bundle: a trained model.
        stacks: how many stacks to use instead of the number it was trained with.
        force_slow: take a video with fewer frames a second than the model was trained on all the same.
        progress: where to show how far it is.

    Returns:
        The prediction; a video that cannot be used has ``left_out`` set and no numbers.

    Raises:
        MismatchError: the model makes feature-images only.
        MissingError: no such file.
    """
    card = bundle.card
    if bundle.regressor is None or card.target is None:
        raise MismatchError("this model makes feature-images only; train one with --target motility or morphology")
    config = card.pipeline.stacks.model_copy(update={"force_slow": force_slow})
    if stacks is not None:
        config = config.model_copy(update={"stacks_per_video": stacks})
    line = {
        "video": path.name,
        "target": card.target,
        "names": TARGET_NAMES[card.target],
        "input_type": card.pipeline.stacks.input_type,
        "model": card.sha256.get("regressor.safetensors", "")[:12],
    }
    try:
        batch, record = extract_stacks(path, config, progress=progress)
    except VideoError as error:
        return VideoPrediction(
            **line, predicted_pct=None, spread_pct=None, stacks_used=0, time_used=(), left_out=str(error), problems=()
        )
    features = encode_stacks(bundle.autoencoder, batch)
    mean, spread = aggregate(predict_stacks(bundle.regressor, [features.images]))
    return VideoPrediction(
        **line,
        predicted_pct=(float(mean[0]), float(mean[1]), float(mean[2])),
        spread_pct=(float(spread[0]), float(spread[1]), float(spread[2])),
        stacks_used=len(batch),
        time_used=joined_ranges(record.stack_times_s),
        left_out=None,
        problems=tuple(record.problems),
    )


def joined_ranges(times_s: Sequence[tuple[float, float]]) -> tuple[TimeRange, ...]:
    """Join stretches that overlap or touch; in order of time."""
    joined: list[tuple[float, float]] = []
    for start, end in sorted(times_s):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return tuple(TimeRange(start_s=round(start, 3), end_s=round(end, 3)) for start, end in joined)


def predict_all(
    paths: Sequence[Path],
    bundle: Bundle,
    *,
    stacks: int | None = None,
    force_slow: bool = False,
    progress: Progress | None = None,
) -> tuple[VideoPrediction, ...]:
    """Predict videos and folders of videos: as many lines out as videos in, in the order given.

    Raises:
        MissingError: a path that is not there, or a folder without videos; said before any video is read.
        MismatchError: the model makes feature-images only.
    """
    videos = [video for path in paths for video in find_videos(path)]
    with (progress or Silent()).task("predict", len(videos)) as task:
        lines = []
        for video in videos:
            lines.append(predict_video(video, bundle, stacks=stacks, force_slow=force_slow))
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
        + [f"{name} spread (points)" for name in names]
        + ["stacks used", "time used (s)", "left out", "problems", "input", "model", "motilens"]
    )
    for p in predictions:
        times = " ".join(f"{t.start_s:g}-{t.end_s:g}" for t in p.time_used)
        numbers = [f"{v:.2f}" for v in (*(p.predicted_pct or ()), *(p.spread_pct or ()))] or [""] * 6
        writer.writerow(
            [
                *(p.video, p.target, *numbers, p.stacks_used, times, p.left_out or "", "; ".join(p.problems)),
                *(p.input_type, p.model, p.motilens_version),
            ]
        )
    write_text(path, buffer.getvalue())


def check_ending(path: Path) -> None:
    """Refuse an output file that is neither JSON nor CSV, before any video is read.

    Raises:
        InputError: another ending.
    """
    if path.suffix not in (".json", ".csv"):
        raise InputError(f"--out {path.name} ends in {path.suffix or 'nothing'}; allowed: .json or .csv")
