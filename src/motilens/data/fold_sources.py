"""Sources of folds: the organisers' folders of videos, a file, a published split, or a seeded draw.

A fold file says in which fold each participant is tested, as CSV with the columns ``id`` and ``fold``, or as JSON
``{"1": ["3", "5"], "2": [...]}``.
"""

import json
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from motilens.data.encodings import decode
from motilens.data.folds import Folds, folds_from_tests, make_folds
from motilens.data.names import listed, participant_id
from motilens.data.tables import ID_COLUMN, read_table
from motilens.errors import DataError, FoldError, MissingError
from motilens.files import path_text
from motilens.video.source import find_videos

SPLITS: dict[str, str] = {"goh2022": "goh2022.csv"}
"""Published splits of VISEM's 85 participants: goh2022 is the random three-fold split of Goh et al. 2022."""


@dataclass(frozen=True)
class FoldRequest:
    """The participants that folds are chosen for.

    Attributes:
        participants: participants that have stacks and a row.
        known: all IDs of the table.
        participant_of: function from a video's id to its participant; None if it belongs to no participant.
        order_by: progressive motility by participant, NaN where it is not known.
    """

    participants: tuple[str, ...]
    known: Collection[str]
    participant_of: Callable[[str], str | None]
    order_by: Mapping[str, float]


def choose_folds(
    request: FoldRequest, *, data: Path, choice: str | None = None, n_folds: int = 3, seed: int = 0
) -> Folds:
    """Choose folds; by default the organisers' folders if ``data`` has them, otherwise a stratified draw.

    Args:
        request: the participants.
        data: folder in which fold folders are looked for.
        choice: None, ``made``, the name of a published split, or a fold file's path.
        n_folds: number of folds of a draw.
        seed: seed of a draw.

    Raises:
        MissingError: the fold file does not exist.
        FoldError: folds overlap, leave someone out, name unknown participants, or are too small.
    """
    if choice is None and (folders := fold_folders(data)):
        return _from_folders(request, folders)
    if choice is None or choice == "made":
        return make_folds({i: request.order_by[i] for i in request.participants}, n_folds=n_folds, seed=seed)
    if choice in SPLITS:
        return _published(request, choice)
    tests = check_choice(choice)
    assert tests is not None, "draws and published splits were dealt with above"
    return folds_from_tests(tests, participants=request.participants, known=request.known, source=Path(choice).name)


def check_choice(choice: str | None) -> dict[int, list[str]] | None:
    """Read a fold file early, so that errors are found at once; None for choices that are not a file.

    Raises:
        MissingError: the fold file does not exist.
        FoldError: the file is not a valid fold file.
    """
    if choice is None or choice == "made" or choice in SPLITS:
        return None
    path = Path(choice)
    if not path.is_file():
        raise MissingError(
            f"no fold file {choice}; allowed: a CSV file with columns id and fold, a JSON file, 'made', "
            f"or {', '.join(SPLITS)}"
        )
    return read_fold_file(path)


def fold_folders(data: Path) -> dict[int, Path]:
    """The organisers' folders ``fold_1``, ``fold_2``, ... in a folder or in its ``videos``, by number."""
    for place in (data, data / "videos"):
        children = sorted(place.iterdir()) if place.is_dir() else []
        named = ((re.fullmatch(r"fold_(\d+)", child.name), child) for child in children if child.is_dir())
        if found := {int(name[1]): child for name, child in named if name}:
            return found
    return {}


def read_fold_file(path: Path) -> dict[int, list[str]]:
    """Read the test participants of each fold, by fold number.

    Raises:
        FoldError: the file is not a fold file, has an unknown column, or a fold is not a whole number.
    """
    try:
        pairs = _json_pairs(path) if path.suffix.lower() == ".json" else _csv_pairs(path)
    except FoldError:
        raise
    except DataError as error:
        raise FoldError(f"{error} (fold files have the columns id and fold)") from error
    tests: dict[int, list[str]] = {}
    for participant, fold in pairs:
        number = _FOLD.fullmatch(fold.strip())
        if number is None:
            raise FoldError(f"{path.name} puts {participant} into fold {fold!r}; allowed: a whole number")
        tests.setdefault(int(number[1]), []).append(participant_id(participant))
    if len(tests) < 2:
        raise FoldError(f"{path.name} has {len(tests)} fold{'s' * (len(tests) != 1)}; allowed: at least 2")
    return tests


def _csv_pairs(path: Path) -> list[tuple[str, str]]:
    table = read_table(path, (*ID_COLUMN, "fold"))
    id_column, fold_column = table.column(*ID_COLUMN), table.column("fold")
    # A column without a header holds the numbers of rows, as pandas writes them.
    strangers = [header for header in table.headers if header not in (id_column, fold_column, "")]
    if strangers:
        raise FoldError(f"{path.name} has unknown columns {listed(map(repr, strangers))}; allowed: id and fold")
    return [(line.fields[id_column], line.fields[fold_column]) for line in table.lines]


def _json_pairs(path: Path) -> list[tuple[str, str]]:
    try:
        content = json.loads(decode(path.read_bytes(), path.name))
    except ValueError as error:
        raise FoldError(f"{path.name} is not JSON ({error}); allowed: {_JSON}") from error
    if not isinstance(content, dict) or not all(isinstance(ids, list) for ids in content.values()):
        raise FoldError(f"{path.name} holds something else than folds; allowed: {_JSON}")
    return [(str(participant), str(fold)) for fold, ids in content.items() for participant in ids]


_FOLD = re.compile(r"(?:fold[\s_-]*)?(\d+)(?:[.,]0{1,2})?", re.IGNORECASE)  # spreadsheets make 1 a 1.0
_JSON = '{"1": ["3", "5"], "2": [...]}, test participants by fold'


def _published(request: FoldRequest, name: str) -> Folds:
    """Folds of a published split of VISEM; for a part of VISEM, its participants only, as the source then states."""
    text = files("motilens.data").joinpath("splits").joinpath(SPLITS[name])
    tests = read_fold_file(Path(str(text)))
    everyone = {participant for ids in tests.values() for participant in ids}
    here = {number: [i for i in ids if i in request.known] for number, ids in tests.items()}
    n_here = sum(i in everyone for i in request.participants)
    source = name if n_here == len(everyone) else f"{name}, {n_here} of its {len(everyone)} participants"
    return folds_from_tests(here, participants=request.participants, known=request.known, source=source)


def _from_folders(request: FoldRequest, folders: Mapping[int, Path]) -> Folds:
    tests: dict[int, list[str]] = {}
    for number, folder in folders.items():
        owners = (request.participant_of(path_text(video.path.stem)) for video in find_videos(folder).videos)
        # Videos without a row in the table are listed by the data set.
        tests[number] = list(dict.fromkeys(owner for owner in owners if owner is not None and owner in request.known))
    return folds_from_tests(tests, participants=request.participants, known=request.known, source="fold folders")
