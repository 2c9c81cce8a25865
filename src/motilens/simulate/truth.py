"""The truth of simulated videos: a JSON file for each, a table of its cells, and its tracks in VISEM-Tracking's layout.

::

    truth/<ID>.json         participant, three sets of percentages (exact, seen, counted), optics, fields
    truth/<ID>_cells.csv    one row for each cell that came into view: class, morphology, kinematics
    truth/<ID>_labels.zip   <ID>/labels_ftid/<ID>_frame_<n>_with_ftid.txt: "track class cx cy w h", shares of the frame

The JSON file is written last: where it exists, the others are complete.
"""

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from motilens.config import Settings
from motilens.errors import InputError
from motilens.files import write_json, write_text
from motilens.simulate.difficulty import DifficultyName
from motilens.simulate.morphology import HeadForm, MidpieceForm, TailForm
from motilens.simulate.motion.gaits import Gait, Kind

TRUTH_VERSION = 2

Triple = tuple[float, float, float]


class CellTruth(Settings):
    """One cell that came into view. Kinematics are means over windows of a second (``tracking.kinematics``)."""

    field: int
    """Number of the field of view, from 0."""
    track: int
    """Number of the cell's track in the labels."""
    kind: Kind
    gait: Gait
    head: HeadForm
    midpiece: MidpieceForm
    tail: TailForm
    clustered: bool
    stuck: bool
    frames_in_view: int
    """Frames in which its head is in view."""
    depth_um: float
    beat_hz: float
    vsl_um_s: float
    vcl_um_s: float
    vap_um_s: float
    lin: float
    alh_um: float
    bcf_hz: float
    str: float
    wob: float


class FieldTruth(Settings):
    """One field of view."""

    first_frame: int
    end_frame: int
    """One past the last frame."""
    cells_in_view: float
    """Mean over the field's frames."""
    flow_um_s: tuple[float, float]


class Percentages(Settings):
    """One set of percentages."""

    motility_pct: Triple
    """Progressive, non-progressive, immotile."""
    morphology_pct: Triple
    """Head, midpiece and neck, tail defects."""


class VideoTruth(Settings):
    """One participant's video."""

    truth_version: Literal[2] = TRUTH_VERSION
    participant: int
    video: str
    fps_hz: float
    um_per_px: float
    difficulty: DifficultyName
    exact: Percentages
    """The participant's percentages: the probabilities with which each cell was drawn. Along real tracks: the
    laboratory's values."""
    seen: Percentages
    """Percentages of the cells in view, each cell weighted by the frames in which its head is in view."""
    counted: Percentages
    """A simulated count of ``counted_cells`` of the participant's cells. Along real tracks: the laboratory's values."""
    counted_cells: int | None
    concentration: float
    """10^6 cells per mL."""
    n_cells: int
    """Cells that came into view."""
    fields: tuple[FieldTruth, ...]
    stage_moves: tuple[tuple[int, int], ...] = Field(default=())
    """Frames [first, stop) in which the stage moves; the picture of each is in another place than the one before."""


def truth_path(out: Path, participant: int) -> Path:
    """Path of a participant's truth."""
    return out / "truth" / f"{participant}.json"


def labels_path(out: Path, participant: int) -> Path:
    """Path of a participant's tracks."""
    return out / "truth" / f"{participant}_labels.zip"


def write_truth(out: Path, truth: VideoTruth, cells: Sequence[CellTruth]) -> None:
    """Write the table of cells, then the JSON."""
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(CellTruth.model_fields), lineterminator="\n")
    writer.writeheader()
    for cell in cells:
        row = cell.model_dump()
        writer.writerow({k: f"{v:.6g}" if isinstance(v, float) else v for k, v in row.items()})
    write_text(out / "truth" / f"{truth.participant}_cells.csv", text.getvalue())
    write_json(truth_path(out, truth.participant), truth.model_dump(mode="json"))


def read_truth(out: Path, participant: int) -> VideoTruth:
    """Read the truth of one participant.

    Raises:
        InputError: there is no truth of that participant, or it is damaged.
    """
    path = truth_path(out, participant)
    try:
        return VideoTruth.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise InputError(f"no readable truth at {path}; remove the folder and simulate it again") from error


def read_cells(out: Path, participant: int) -> list[CellTruth]:
    """Read the table of one participant's cells.

    Raises:
        InputError: there is no table of cells, or it is damaged.
    """
    path = out / "truth" / f"{participant}_cells.csv"
    try:
        rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))
        return [CellTruth.model_validate(row) for row in rows]
    except (OSError, ValidationError) as error:
        raise InputError(f"no readable table of cells at {path}; remove the folder and simulate it again") from error


def um_per_px_of(data: Path, participant: str) -> float | None:
    """Width of a pixel of a participant's video in a simulated data set; None for other data."""
    if not (participant.isdecimal() and truth_path(data, int(participant)).is_file()):
        return None
    return read_truth(data, int(participant)).um_per_px
