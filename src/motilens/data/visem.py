"""Reads VISEM's participants: laboratory values from the table, videos by name.

Supported are the published layout (Zenodo 2640506: ``videos.csv``, ``semen_analysis_data.csv``), a Hugging Face
copy (``data/<ID>.avi`` beside ``data/metadata.csv``), VISEM-Tracking (``Train/<ID>/<ID>.mp4`` beside
``semen_analysis_data_Train.csv``), and the organisers' ``fold_N/`` folders of videos.

Nothing is repaired: an invalid row raises an error with its file, ID and values, and can be skipped with ``exclude``. A
video without a row or a row without a video is not an error, but is listed by name.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from motilens.config import Target
from motilens.data.names import listed, naturally, parse_video_name, participant_id
from motilens.data.participants import LeftOut
from motilens.data.tables import Line, Table, number, read_table
from motilens.data.targets import COLUMNS, problem
from motilens.errors import InputError, LabelError, MissingError

TABLE_PATTERNS = ("semen_analysis_data*.csv", "metadata.csv")
"""Names of tables with laboratory values; the first one found is used."""

_HOLDS_VIDEOS = re.compile(r"fold_\d+|videos?|train", re.IGNORECASE)
_CONCENTRATION = ("Sperm concentration (x10⁶/mL)", "Concentration")
_ID = ("ID", "Participant", "Participant ID")
_FILE = ("video", "file_name", "file", "video file")


@dataclass(frozen=True)
class LabRow:
    """The laboratory's values of one participant.

    Attributes:
        participant: ID, such as ``"12"``.
        motility: progressive, non-progressive, immotile, in percent; None where any is not known.
        morphology: head, midpiece and neck, tail defects, in percent of all cells; None where any is not known.
        concentration: concentration in 10^6 cells per mL; None where it is not known.
    """

    participant: str
    motility: tuple[float, float, float] | None = None
    morphology: tuple[float, float, float] | None = None
    concentration: float | None = None

    def target(self, target: Target) -> tuple[float, float, float] | None:
        """The three percentages of a target."""
        return self.motility if target == "motility" else self.morphology


@dataclass(frozen=True)
class ParticipantTable:
    """All participants of a table, in natural order of their IDs.

    Attributes:
        source: the file's name.
        rows: rows by participant, without excluded ones.
        absent: description of the missing column, for each target that lacks one.
        video_ids: participant by video, from ``videos.csv``; None where there is no such file.
        excluded: participants that were left out on request.
    """

    source: str
    rows: Mapping[str, LabRow]
    absent: Mapping[Target, str]
    video_ids: Mapping[str, str] | None
    excluded: tuple[str, ...]

    def __repr__(self) -> str:
        return f"ParticipantTable({self.source!r}, {len(self.rows)} participants, {len(self.excluded)} excluded)"

    @property
    def known_ids(self) -> frozenset[str]:
        """All IDs of the file, including excluded ones."""
        return frozenset(self.rows) | frozenset(self.excluded)

    def labels(self, target: Target) -> dict[str, tuple[float, float, float]]:
        """Percentages of a target by participant; participants without them are left out.

        Raises:
            LabelError: the table lacks one of the target's columns.
        """
        if target in self.absent:
            raise LabelError(f"{self.source} has no column {self.absent[target]}")
        values = ((row.participant, row.target(target)) for row in self.rows.values())
        return {participant: triple for participant, triple in values if triple is not None}

    def participant_of(self, video_id: str) -> str | None:
        """The participant of a video, from ``videos.csv`` or, without that file, from the video's name."""
        if self.video_ids is not None:
            return self.video_ids.get(video_id)
        whole = participant_id(video_id)
        return whole if whole in self.known_ids else parse_video_name(video_id).participant


@dataclass(frozen=True)
class OwnedVideos:
    """Videos assigned to participants.

    Attributes:
        videos: video ids by participant, one or more each, all in natural order.
        left_out: videos without a participant and participants without a video.
    """

    videos: Mapping[str, tuple[str, ...]]
    left_out: tuple[LeftOut, ...]


def read_participants(data: Path, *, exclude: Collection[str] = ()) -> ParticipantTable:
    """Read the table that belongs to a folder of videos.

    Args:
        data: VISEM's folder or that of a copy, the folder of videos or folds inside it, or the table itself.
        exclude: IDs of participants to leave out; their rows are not checked.

    Raises:
        MissingError: the folder does not exist or has no table.
        LabelError: a row or column is invalid.
        InputError: ``exclude`` names a participant who is not in the table.
    """
    path = data if data.is_file() else find_table(data)
    table = read_table(path)
    own_ids = table.find_column(*_ID)
    column = own_ids or table.find_column(*_FILE) or table.column(*_ID)
    lines = _by_participant(table, column)
    excluded = naturally({participant_id(i) for i in exclude})
    if strangers := [i for i in excluded if i not in lines]:
        raise InputError(
            f"--exclude names {listed(strangers)}, not in {table.name}; "
            f"allowed: IDs of the table ({listed(naturally(lines))})"
        )
    columns: dict[Target, tuple[str, str, str]] = {}
    absent: dict[Target, str] = {}
    for target in get_args(Target):
        found = [table.find_column(*names) for names in COLUMNS[target]]
        if None in found:
            absent[target] = table.absence(COLUMNS[target][found.index(None)][0])
        else:
            columns[target] = (str(found[0]), str(found[1]), str(found[2]))
    if not columns:
        raise LabelError(f"{table.name} has no column {absent['motility']}")
    concentration = table.find_column(*_CONCENTRATION)
    problems: list[tuple[str, str]] = []
    rows = {i: _row(i, lines[i], columns, concentration, problems) for i in naturally(lines) if i not in excluded}
    if problems:
        told = "; ".join(f"ID {participant}: {words}" for participant, words in problems[:5])
        more = f"; and {len(problems) - 5} more" if len(problems) > 5 else ""
        ids = " ".join(dict.fromkeys(participant for participant, _ in problems))
        raise LabelError(f"{table.name}, {told}{more}; correct the table or leave out with --exclude {ids}")
    videos = path.with_name("videos.csv")
    return ParticipantTable(table.name, rows, absent, _read_videos(videos) if videos.is_file() else None, excluded)


def find_table(data: Path) -> Path:
    """Find the table of a folder: in it, in its ``data``, or beside it if its name is that of a folder of videos.

    Raises:
        MissingError: there is no such folder, or no table.
        LabelError: a folder has several tables of one kind.
    """
    if not data.is_dir():
        raise MissingError(f"no folder {data}; allowed: a folder in VISEM's format")
    places = [data, data / "data", data / "csv"]
    whole = data.resolve()
    while _HOLDS_VIDEOS.fullmatch(whole.name):
        whole = whole.parent
        places.append(whole)
    for place in places:
        for pattern in TABLE_PATTERNS:
            found = sorted(place.glob(pattern))
            if len(found) > 1:
                names = listed(path.name for path in found)
                raise LabelError(f"{len(found)} tables in {place}: {names}; allowed: one; move the others away")
            if found:
                return found[0]
    raise MissingError(
        f"no table with laboratory values in {data} or its data folder; allowed: {' or '.join(TABLE_PATTERNS)}; "
        "put VISEM's semen_analysis_data.csv there"
    )


def assign_videos(table: ParticipantTable, video_ids: Iterable[str]) -> OwnedVideos:
    """Assign videos to participants; several videos of one participant are replicates.

    Args:
        table: the participants.
        video_ids: file names without ending.
    """
    videos: dict[str, list[str]] = {}
    left_out: list[LeftOut] = []
    for video_id in naturally(video_ids):
        participant = table.participant_of(video_id)
        if participant is None:
            where = (
                "videos.csv does not name it"
                if table.video_ids is not None
                else "its name does not start with a participant's ID"
            )
            left_out.append(LeftOut(name=video_id, reason=f"no label: {where}"))
        elif participant in table.excluded:
            left_out.append(LeftOut(name=video_id, reason=f"participant {participant} was excluded"))
        elif participant not in table.rows:
            left_out.append(LeftOut(name=video_id, reason=f"no label: {table.source} has no row with ID {participant}"))
        else:
            videos.setdefault(participant, []).append(video_id)
    for participant in table.rows:
        if participant not in videos:
            left_out.append(LeftOut(name=f"participant {participant}", reason=f"a row in {table.source}, but no video"))
    return OwnedVideos({i: tuple(videos[i]) for i in naturally(videos)}, tuple(left_out))


def _by_participant(table: Table, column: str) -> dict[str, Line]:
    names_files = column == table.find_column(*_FILE)
    lines: dict[str, Line] = {}
    for line in table.lines:
        text = line.fields[column]
        participant = parse_video_name(Path(text).stem).participant if names_files else participant_id(text)
        if not participant:
            raise LabelError(f"{table.name}, line {line.number}: {text!r} in column {column!r} is no participant's ID")
        if participant in lines:
            raise LabelError(
                f"{table.name} has two rows with ID {participant} (lines {lines[participant].number} and {line.number})"
                "; allowed: one row a participant; remove one"
            )
        lines[participant] = line
    if not lines:
        raise LabelError(f"{table.name} has a header but no row; allowed: one row a participant")
    return lines


def _row(
    participant: str,
    line: Line,
    columns: Mapping[Target, tuple[str, str, str]],
    concentration: str | None,
    problems: list[tuple[str, str]],
) -> LabRow:
    """Check one row; what is wrong with it is added to ``problems``."""

    def value(column: str) -> float | None:
        try:
            return number(line.fields[column])
        except ValueError as error:
            problems.append((participant, f"{column}: {error}"))
            return None

    triples: dict[Target, tuple[float, float, float] | None] = {}
    for target, headers in columns.items():
        first, second, third = (value(header) for header in headers)
        if first is not None and second is not None and third is not None:
            triples[target] = (first, second, third)
            if words := problem(target, triples[target] or ()):
                problems.append((participant, words))
    per_ml = None if concentration is None else value(concentration)
    if per_ml is not None and per_ml < 0:
        problems.append((participant, f"{concentration} is {per_ml:g}; allowed: 0 or more"))
    return LabRow(participant, triples.get("motility"), triples.get("morphology"), per_ml)


def _read_videos(path: Path) -> dict[str, str]:
    """Read the participant of each video from ``videos.csv``; file names may have a folder and an ending, or not."""
    table = read_table(path)
    id_column, file_column = table.column(*_ID), table.column(*_FILE)
    videos: dict[str, str] = {}
    for line in table.lines:
        video_id, participant = Path(line.fields[file_column]).stem, participant_id(line.fields[id_column])
        if videos.setdefault(video_id, participant) != participant:
            raise LabelError(
                f"{table.name}, line {line.number}: video {video_id!r} is given to participants {videos[video_id]} and "
                f"{participant}; allowed: one; remove a line"
            )
    return videos
