"""Predicts percentages for new videos: one line per video, including those that could not be used.

Recordings, preprocessing and predictors are the same as in an evaluation; labels and augmentation are not used.
"""

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path

from motilens import __version__
from motilens.config import TARGET_NAMES, Settings, Target
from motilens.errors import InputError, MissingError, VideoError
from motilens.files import writable_file, write_text
from motilens.predictors.bundle import LoadedModel
from motilens.predictors.counting import n_cells
from motilens.predictors.origin import Origin
from motilens.predictors.parts import target_of
from motilens.predictors.predictor import Predictor
from motilens.progress import Progress, Silent
from motilens.recordings.recording import Recording
from motilens.shapes import triple
from motilens.video.info import SurveyKind, VideoInfo
from motilens.video.source import Videos, find_videos


class TimeRange(Settings):
    """A part of a video, in seconds from its start, half-open."""

    start_s: float
    end_s: float


class VideoPrediction(Settings):
    """One video's line: percentages, or the reason why there are none."""

    video: str
    """The file's path from the folder that was given."""
    target: Target
    names: tuple[str, str, str]
    """Names of the three percentages."""
    predicted_pct: tuple[float, float, float] | None
    """Mean over parts; None if the video was left out."""
    sd_pct: tuple[float, float, float] | None
    """Standard deviation over parts; None if there is one part. It is not an interval: the errors of parts of one video
    are correlated."""
    parts: int
    """Number of stacks, windows or recordings that the prediction was averaged over."""
    part: str | None
    """What the parts are."""
    cells_counted: float | None
    """Number of cells that were counted in all stacks together; a cell that is in two stacks counts twice. None if the
    method counts none."""
    fps_hz: float | None
    """Frame rate of different pictures, as used; None if the video was not decoded."""
    header_fps_hz: float | None
    """Frame rate by the file's header."""
    survey: SurveyKind | None
    """Whether all frames were examined before stacks were chosen, or only a part of them; None if none was."""
    time_used: tuple[TimeRange, ...]
    """Times of the parts, with overlapping ones joined; empty if the whole video was used."""
    left_out: str | None
    """Reason why there is no prediction; None if there is one."""
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
        predictor: a fitted predictor.
        model: identifies the model in the line.

    Returns:
        The prediction; a video that cannot be used has ``left_out`` set and no numbers.

    Raises:
        MismatchError: the model makes feature-images only, or the recording lacks what the model needs (the width of a
            pixel, the concentration).
    """
    target = target_of(predictor.origin)
    line = {
        "video": recording.video.name,
        "target": target,
        "names": TARGET_NAMES[target],
        "method": predictor.origin.method,
        "model": model,
    }
    info: VideoInfo | None = None
    try:
        info = recording.info  # for all methods: what is no video gets no percentages, not even constant ones
        found = predictor.predict(recording)
        info = recording.info  # by a survey of all frames, if a sparse one had overlooked something
    except (VideoError, MissingError) as error:
        nothing = {"predicted_pct": None, "sd_pct": None, "parts": 0, "part": None, "cells_counted": None}
        return VideoPrediction(
            **line,
            **nothing,
            time_used=(),
            problems=(),
            fps_hz=None if info is None else info.fps_hz,
            header_fps_hz=None if info is None else info.header_fps_hz,
            survey=None if info is None else info.survey,
            left_out=str(error),
        )
    return VideoPrediction(
        **line,
        fps_hz=info.fps_hz,
        header_fps_hz=info.header_fps_hz,
        survey=info.survey,
        predicted_pct=triple(found.predicted_pct),
        sd_pct=triple(found.sd_pct) if len(found.parts_pct) > 1 else None,
        parts=len(found.parts_pct),
        part=found.part,
        cells_counted=None if found.cell_counts is None else round(float(n_cells(found.cell_counts).sum()), 1),
        time_used=joined_ranges(found.times_s),
        left_out=None,
        problems=found.problems,
    )


def joined_ranges(times_s: Sequence[tuple[float, float]]) -> tuple[TimeRange, ...]:
    """Join time ranges that overlap or touch; in order of time."""
    joined: list[tuple[float, float]] = []
    for start, end in sorted(times_s):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return tuple(TimeRange(start_s=round(start, 3), end_s=round(end, 3)) for start, end in joined)


def with_stack_choice(predictor: Predictor, *, stacks: int | None = None, force_slow: bool = False) -> Predictor:
    """Return the same predictor for another number of stacks, or for videos with too low a frame rate."""
    if stacks is None and not force_slow:
        return predictor
    origin: Origin = predictor.origin
    changes: dict[str, object] = {"force_slow": True} if force_slow else {}
    if stacks is not None:
        changes["stacks_per_video"] = stacks
    settings = origin.settings
    updates = {name: getattr(settings, name).model_copy(update=changes) for name in ("stacks", "counting")}
    settings = settings.model_copy(update=updates)
    return predictor.with_origin(origin.model_copy(update={"settings": settings}))


def predict_videos(
    videos: Videos,
    model: LoadedModel,
    *,
    out: Path | None = None,
    um_per_px: float | None = None,
    concentration: float | None = None,
    stacks: int | None = None,
    force_slow: bool = False,
    progress: Progress | None = None,
) -> tuple[VideoPrediction, ...]:
    """Predict videos and folders of videos: one line per video, in the order given.

    A file that is removed while others are read is a line with that reason.

    Args:
        videos: videos and folders, or the result of ``find_videos``.
        model: a model from ``load_model``.
        out: JSON or CSV file, written after each video, so that an interruption loses nothing; None writes none.
        um_per_px: width of a pixel in um, for models that need tracks.
        concentration: 10^6 cells per mL, for models that need it.
        stacks: number of stacks; None for the number that the model was trained with.
        force_slow: use videos even if their frame rate is lower than that of the model's training.
        progress: shows how many videos are done.

    Raises:
        MissingError: a path does not exist, or nothing given has a video; raised before any video is read.
        MismatchError: the model makes feature-images only, or needs something that was not given.
        InputError: ``out`` has another ending.
        StorageError: ``out`` cannot be written; raised before any video is read if that is known then.
    """
    if out is not None:
        check_out(out)
    predictor = with_stack_choice(model.predictor, stacks=stacks, force_slow=force_slow)
    sparse = "tracks" not in predictor.needs
    found = find_videos(videos)
    with (progress or Silent()).task("predict", len(found.videos)) as task:
        lines: list[VideoPrediction] = []
        for video in found.videos:
            recording = Recording(video, um_per_px=um_per_px, concentration=concentration, sparse=sparse)
            lines.append(predict_recording(recording, predictor, model=model.digest))
            if out is not None:
                write_predictions(out, lines)
            task.advance(1, note=video.name)
    return tuple(lines)


def write_predictions(path: Path, predictions: Sequence[VideoPrediction]) -> None:
    """Write predictions as JSON or CSV, by the file's ending.

    Raises:
        InputError: the file has another ending.
        StorageError: the file cannot be written.
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
        + [
            "parts",
            "part",
            "cells counted",
            "frames/s",
            "frames/s in the header",
            "survey",
            "time used (s)",
            "left out",
            "problems",
            "method",
            "model",
            "motilens",
        ]
    )
    for p in predictions:
        times = " ".join(f"{t.start_s:g}-{t.end_s:g}" for t in p.time_used)
        numbers = [text for values in (p.predicted_pct, p.sd_pct) for text in _three_texts(values)]
        counted = "" if p.cells_counted is None else f"{p.cells_counted:.1f}"
        rates = ["" if rate is None else f"{rate:g}" for rate in (p.fps_hz, p.header_fps_hz)]
        writer.writerow(
            [
                *(p.video, p.target, *numbers, p.parts, p.part or "", counted, *rates, p.survey or "", times),
                *(p.left_out or "", "; ".join(p.problems), p.method, p.model, p.motilens_version),
            ]
        )
    write_text(path, buffer.getvalue())


def _three_texts(values: tuple[float, float, float] | None) -> list[str]:
    return ["", "", ""] if values is None else [f"{value:.2f}" for value in values]


def check_out(path: Path) -> None:
    """Check an output file before any video is read.

    Raises:
        InputError: the file is neither JSON nor CSV.
        StorageError: it cannot be written.
    """
    check_ending(path)
    writable_file(path)


def check_ending(path: Path) -> None:
    """Raise InputError for an output file that is neither JSON nor CSV."""
    if path.suffix not in (".json", ".csv"):
        ending = f"ends in {path.suffix}" if path.suffix else "has no extension"
        raise InputError(f"--out {path.name} {ending}; allowed: .json or .csv")
