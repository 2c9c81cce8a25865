"""Reads VISEM's participants: laboratory values from the table, videos by name.

Supported are the published layout (Zenodo 2640506: ``videos.csv``, ``semen_analysis_data.csv``), a Hugging Face
copy (``data/<ID>.avi`` beside ``data/metadata.csv``), VISEM-Tracking (``Train/<ID>/<ID>.mp4`` beside
``semen_analysis_data_Train.csv``), and the organisers' ``fold_N/`` folders of videos.

Nothing is repaired: an invalid row raises an error with its file, ID and values, and can be skipped with ``exclude``. A
video without a row, a row without a video and a row of means or other statistics are no errors, but are listed by name.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import get_args

from motilens.config import Target
from motilens.data.names import exclusion, listed, named_video, naturally, parse_video_name, participant_id
from motilens.data.owners import Owners
from motilens.data.summary_rows import summary_rows
from motilens.data.tables import ID_COLUMN, Line, Table, number, read_table
from motilens.data.targets import COLUMNS, problem
from motilens.data.video_list import FILE_COLUMN, VideoList, read_video_list
from motilens.errors import InputError, LabelError, MissingError

TABLE_PATTERNS = ("semen_analysis_data*.csv", "metadata.csv")
"""Names of tables with laboratory values; the first one found is used."""

_HOLDS_VIDEOS = re.compile(r"fold_\d+|videos?|train", re.IGNORECASE)
_CONCENTRATION = ("Sperm concentration (x10⁶/mL)", "Concentration")
_KNOWN = (*ID_COLUMN, *FILE_COLUMN, *chain(*chain(*COLUMNS.values())), *_CONCENTRATION)


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
        videos: what ``videos.csv`` says; None where there is no such file.
        excluded: participants that were left out on request.
        summaries: names of rows that hold statistics of the others, such as ``Mean``; they are no participants.
    """

    source: str
    rows: Mapping[str, LabRow]
    absent: Mapping[Target, str]
    videos: VideoList | None
    excluded: tuple[str, ...]
    summaries: tuple[str, ...] = ()

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

    @property
    def fps_hz(self) -> Mapping[str, float]:
        """Frame rates from ``videos.csv`` in Hz, by the id under which ``videos.find`` finds a video; empty without."""
        return {} if self.videos is None else self.videos.fps_hz

    def participant_of(self, video_id: str) -> str | None:
        """The participant of a video, from ``videos.csv`` or, without that file, from the video's name.

        None if it belongs to nobody in the table, or if its name fits several participants.
        """
        owners = self.owners_of(video_id)
        return owners[0] if len(owners) == 1 else None

    def owners_of(self, video_id: str) -> tuple[str, ...]:
        """All participants to whom a video may belong; see ``owners``."""
        if self.videos is None:
            return self._owners.of_video(video_id)
        name = self.videos.find(video_id)
        return () if name is None else self._owners.named(self.videos.participants[name])

    @cached_property
    def _owners(self) -> Owners:
        return Owners(self.known_ids)


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
    table = read_table(path, _KNOWN)
    column = table.find_column(*ID_COLUMN) or table.find_column(*FILE_COLUMN) or table.column(*ID_COLUMN)
    lines, summaries = _by_participant(table, column)
    excluded = naturally({participant_id(i) for i in exclude} - summaries)
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
        advice = exclusion(dict.fromkeys(participant for participant, _ in problems))
        raise LabelError(f"{table.name}, {told}{more}; correct the table or leave out with {advice}")
    listing = path.with_name("videos.csv")
    videos = read_video_list(listing) if listing.is_file() else None
    return ParticipantTable(table.name, rows, absent, videos, excluded, naturally(summaries))


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


def _by_participant(table: Table, column: str) -> tuple[dict[str, Line], frozenset[str]]:
    """Rows by participant, and the names of rows that hold statistics."""
    names_files = column == table.find_column(*FILE_COLUMN)
    ids = [_participant_in(line.fields[column], names_files=names_files) for line in table.lines]
    summaries = summary_rows(ids)
    lines: dict[str, Line] = {}
    for participant, line in zip(ids, table.lines, strict=True):
        if not participant:
            raise LabelError(
                f"{table.name}, line {line.number}: {line.fields[column]!r} in column {column!r} is no participant's "
                "ID; give the row an ID or remove it"
            )
        if participant in summaries:
            continue
        if participant in lines:
            raise LabelError(
                f"{table.name} has two rows with ID {participant} (lines {lines[participant].number} and {line.number})"
                "; allowed: one row a participant; remove one"
            )
        lines[participant] = line
    if not lines:
        raise LabelError(f"{table.name} has a header but no row; allowed: one row a participant")
    return lines, summaries


def _participant_in(text: str, *, names_files: bool) -> str:
    """The ID in a field; in a column of file names, what precedes the first ``_`` unless they begin with a number."""
    if not names_files:
        return participant_id(text)
    name = named_video(text)
    return parse_video_name(name).participant or participant_id(name.split("_")[0])


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
