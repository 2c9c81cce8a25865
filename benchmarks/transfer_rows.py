"""Rows of the benchmark of transfer: one model's predictions for one data set or clip, and how far they are off."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from benchmarks.foreign_clip import DrawnCells
from benchmarks.perfect_sight import middle_frames, shares_in_frames

from motilens.config import Settings
from motilens.errors import MismatchError, TrackError, VideoError
from motilens.evaluation.result import Triple
from motilens.evaluation.statistics import bootstrap_ci
from motilens.prediction.predict import predict_recording
from motilens.predictors.bundle import LoadedModel
from motilens.predictors.counting import CountingPredictor
from motilens.progress import Progress
from motilens.recordings.recording import Recording
from motilens.shapes import triple

Recordings = Mapping[str, Sequence[Recording]]
"""The one recording of each participant."""

PixelWidth = Literal["given", "estimated"]

PERFECT_SIGHT = "perfect sight"


@dataclass(frozen=True)
class Entry:
    """A model that takes part.

    Attributes:
        name: its name in tables.
        model: the model, for motility.
        pixel_width: whether it is told the width of a pixel.
    """

    name: str
    model: LoadedModel
    pixel_width: PixelWidth = "given"


class Predictions(Settings):
    """What one model says of the participants of a data set."""

    predicted_pct: dict[str, Triple]
    refused: dict[str, str]
    """Reason for each participant without a prediction."""
    cpu_s: float


class Row(Settings):
    """One model's errors in one condition, in points; means over the participants that it predicted."""

    condition: str
    model: str
    pixel_width: PixelWidth
    participants: int
    predicted: int
    mae_pct: float | None
    """Mean absolute error over classes and participants; None if no participant was predicted."""
    mae_low_pct: float | None
    mae_high_pct: float | None
    """95 % bootstrap interval over participants."""
    progressive_error_pct: float | None
    non_progressive_error_pct: float | None
    immotile_error_pct: float | None
    mae_seen_pct: float | None
    """The same error against the shares of the cells in view, without the chance by which cells were drawn."""
    cpu_s: float
    refused: dict[str, str]


class ClipRow(Settings):
    """One model's prediction for a clip."""

    model: str
    pixel_width: PixelWidth
    um_per_px: float | None
    """Width of a pixel that was used; None if it could not be estimated."""
    drawn_in_view: float
    """Mean number of cells in view in the middle frames of the stacks."""
    counted_in_view: float | None
    """Mean number that the model counts in a stack; None for a model that counts none."""
    drawn_pct: Triple
    """Shares of the cells in view."""
    predicted_pct: Triple | None
    mae_pct: float | None
    refused: str | None
    """Reason why there is no prediction."""


def predict_all(recordings: Recordings, entry: Entry, progress: Progress) -> Predictions:
    """Predict every participant, or note why not."""
    begin_s = time.process_time()
    found: dict[str, Triple] = {}
    refused: dict[str, str] = {}
    with progress.task(entry.name, len(recordings)) as task:
        for i, (recording,) in recordings.items():
            predicted = predicted_or_reason(recording, entry.model)
            if isinstance(predicted, str):
                refused[i] = predicted
            else:
                found[i] = predicted
            task.advance(note=f"participant {i}")
    return Predictions(predicted_pct=found, refused=refused, cpu_s=round(time.process_time() - begin_s, 1))


def predicted_or_reason(recording: Recording, model: LoadedModel) -> Triple | str:
    """Predict one recording; a model that refuses it is no error, and its reason is returned."""
    try:
        line = predict_recording(recording, model.predictor, model=model.digest)
    except (MismatchError, TrackError) as error:
        return str(error)
    return line.predicted_pct or line.left_out or "no reason given"


def see_all(data: Path, recordings: Recordings, counting: CountingPredictor) -> Predictions:
    """Look up the true shares of the cells in the middle frames of the stacks in which a model counts."""
    begin_s = time.process_time()
    found: dict[str, Triple] = {}
    refused: dict[str, str] = {}
    for i, (recording,) in recordings.items():
        try:
            shares = shares_in_frames(data, int(i), middle_frames(recording, counting.stacks))["motility"]
        except VideoError as error:
            refused[i] = str(error)
            continue
        if sum(shares):
            found[i] = shares
        else:
            refused[i] = "no cells in view"
    return Predictions(predicted_pct=found, refused=refused, cpu_s=round(time.process_time() - begin_s, 1))


def row_of(
    condition: str,
    name: str,
    predictions: Predictions,
    *,
    exact: Mapping[str, Triple],
    seen: Mapping[str, Triple],
    pixel_width: PixelWidth = "given",
) -> Row:
    """Compare predictions with the truth.

    Args:
        condition: name of the data set.
        name: name of the model.
        predictions: its predictions.
        exact: percentages of each participant.
        seen: shares of the cells in view of each participant's video.
        pixel_width: whether the model was told the width of a pixel.
    """
    ids = list(predictions.predicted_pct)
    names = ["mae_pct", "mae_low_pct", "mae_high_pct"]
    names += ["progressive_error_pct", "non_progressive_error_pct", "immotile_error_pct", "mae_seen_pct"]
    figures: dict[str, Any] = dict.fromkeys(names)
    if ids:
        predicted = np.array([predictions.predicted_pct[i] for i in ids])
        errors = np.abs(predicted - np.array([exact[i] for i in ids]))
        of_seen = np.abs(predicted - np.array([seen[i] for i in ids])).mean()
        values = [errors.mean(), *bootstrap_ci(errors.mean(axis=1)), *errors.mean(axis=0), of_seen]
        figures = {key: round(float(value), 2) for key, value in zip(names, values, strict=True)}
    return Row(
        condition=condition,
        model=name,
        pixel_width=pixel_width,
        participants=len(exact),
        predicted=len(ids),
        cpu_s=predictions.cpu_s,
        refused=predictions.refused,
        **figures,
    )


def clip_row(
    video: Path, drawn: DrawnCells, entry: Entry, counting: CountingPredictor, um_per_px: float | None
) -> ClipRow:
    """Predict a clip with one model, and compare with what was drawn.

    Args:
        video: the clip.
        drawn: its cells.
        entry: the model.
        counting: the model in the middle frames of whose stacks cells are looked up.
        um_per_px: width of a pixel in um; None estimates it.

    Raises:
        VideoError: the clip has no stack.
    """
    recording = Recording(video, um_per_px=um_per_px, read_ahead=False)
    predictor = entry.model.predictor
    counts = isinstance(predictor, CountingPredictor)
    frames = middle_frames(recording, predictor.stacks if counts else counting.stacks)
    info = recording.info
    in_view = drawn.in_view(frames, height_px=info.height_px, width_px=info.width_px)
    drawn_pct = 100 * in_view.sum(axis=0) / in_view.sum()
    predicted = predicted_or_reason(recording, entry.model)
    refused = predicted if isinstance(predicted, str) else None
    counted: float | None = None
    if counts and refused is None:
        found = recording.cell_counts(predictor.counter, predictor.stacks)  # kept in the recording
        counted = round(float(found.array()[:, :3].sum(axis=1).mean()), 1)
    try:
        um_per_px = recording.scale.um_per_px
    except VideoError:
        um_per_px = None
    return ClipRow(
        model=entry.name,
        pixel_width=entry.pixel_width,
        um_per_px=um_per_px,
        drawn_in_view=round(float(in_view.sum(axis=1).mean()), 1),
        counted_in_view=counted,
        drawn_pct=triple(drawn_pct.round(1)),
        predicted_pct=None if isinstance(predicted, str) else triple(np.round(predicted, 1)),
        mae_pct=None if isinstance(predicted, str) else round(float(np.abs(predicted - drawn_pct).mean()), 2),
        refused=refused,
    )


def markdown(rows: Sequence[Row], clip: Sequence[ClipRow]) -> str:
    """Make the tables of a document: conditions by models, then the clip, then what was refused and why."""
    models = list(dict.fromkeys(row.model for row in rows))
    by_place = {(row.condition, row.model): row for row in rows}
    lines = [f"| condition | {' | '.join(models)} |", f"|---|{'---:|' * len(models)}"]
    for condition in dict.fromkeys(row.condition for row in rows):
        texts = [_error_text(by_place.get((condition, model))) for model in models]
        lines.append(f"| {condition} | {' | '.join(texts)} |")
    if clip:
        lines += ["", "| model | pixel, um | cells drawn | cells counted | drawn, % | predicted, % | MAE |"]
        lines.append("|---|---:|---:|---:|---:|---:|---:|")
    for row in clip:
        width = "" if row.um_per_px is None else f"{row.um_per_px:.2f} {row.pixel_width}"
        counted = "" if row.counted_in_view is None else f"{row.counted_in_view:.1f}"
        predicted = "refused" if row.predicted_pct is None else _shares_text(row.predicted_pct)
        mae = "" if row.mae_pct is None else f"{row.mae_pct:.1f}"
        about = f"| {row.model} | {width} | {row.drawn_in_view:.1f} | {counted}"
        lines.append(f"{about} | {_shares_text(row.drawn_pct)} | {predicted} | {mae} |")
    refusals = [
        f"- {row.condition}, {row.model}: {len(row.refused)} of {row.participants} refused; participant {i}: {reason}"
        for row in rows
        for i, reason in list(row.refused.items())[:1]
    ]
    refusals += [f"- clip, {row.model}: {row.refused}" for row in clip if row.refused]
    return "\n".join([*lines, *([""] if refusals else []), *refusals]) + "\n"


def _error_text(row: Row | None) -> str:
    if row is None:
        return ""
    if row.mae_pct is None:
        return "refused"
    of_all = "" if row.predicted == row.participants else f", {row.predicted} of {row.participants}"
    return f"{row.mae_pct:.1f} ({row.mae_low_pct:.1f}-{row.mae_high_pct:.1f}{of_all})"


def _shares_text(shares: Triple) -> str:
    return " / ".join(f"{share:.0f}" for share in shares)
