"""Predictions as plain CSV: submissions of outside methods, and the predictions of an evaluation.

::

    repeat,fold,participant,target,predicted_1,predicted_2,predicted_3
    1,1,12,motility,,,
    1,1,12,morphology,,,

``write_template`` writes a line for each test participant, target and repeat; the author of a submission fills in the
three percentages, in the order of ``config.TARGET_NAMES``. The same file defines the **training participants**: for
fold F of repeat R, train on the participants that repeat R tests in its other folds, and on no others. Nothing may be
fitted, chosen or scaled on participants of fold F.

A submission may stop after any complete repeat and may leave out a target; empty lines are not predictions. Lines may
be in any order, with decimal comma or point; other columns are ignored. Everything else is rejected: this file decides
which method is better, so nothing in it is guessed.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import cast, get_args

from motilens.config import Target
from motilens.data.names import listed, naturally, participant_id
from motilens.data.tables import Line, Table, number, read_table
from motilens.errors import DataError, FoldError, InputError
from motilens.evaluation.result import EvaluationResult, Job, ParticipantPrediction, RepeatFolds, Triple
from motilens.files import fingerprint, write_text

KEYS = ("repeat", "fold", "participant", "target")
PREDICTED = ("predicted_1", "predicted_2", "predicted_3")
HEADERS = (*KEYS, *PREDICTED)

Labels = Mapping[Target, Mapping[str, Triple]]
"""The three percentages of each participant, by target."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
_ADVICE = "motilens evaluate --submit-format FILE writes every line that is asked for"


@dataclass(frozen=True, order=True)
class _Place:
    """The participant, target and repeat of one line."""

    repeat: int
    target: Target
    participant: str

    def __str__(self) -> str:
        return f"participant {self.participant}, {self.target}, repeat {self.repeat}"


def write_template(path: Path, folds: Sequence[RepeatFolds], labels: Labels) -> None:
    """Write an empty submission: one line per repeat, fold, test participant and target.

    Args:
        path: the CSV file to write.
        folds: the folds of every repeat.
        labels: a line is written for each participant with a label of the target; the labels themselves are not
            written.

    Raises:
        FoldError: a fold does not train on all participants that its repeat tests in other folds, so the file could not
            define the training participants.
        StorageError: the disk is full or the file cannot be written.
    """
    for of_repeat in folds:
        tested = {i for fold in of_repeat.folds for i in fold.test_ids}
        for fold in of_repeat.folds:
            if set(fold.train_ids) != tested - set(fold.test_ids):
                raise FoldError(
                    f"fold {fold.fold} of repeat {of_repeat.repeat} trains on {len(fold.train_ids)} participants, but "
                    f"{len(tested - set(fold.test_ids))} are tested in the other folds; allowed: the same ones; "
                    "use folds that test everyone once"
                )
    rows = [(*keys, "", "", "") for keys in _asked(folds, labels)]
    write_text(path, _csv(HEADERS, rows))


def read_submission(path: Path, name: str, folds: Sequence[RepeatFolds], labels: Labels) -> tuple[Job, ...]:
    """Read the predictions of a submission.

    Args:
        path: a filled-in template.
        name: name of the method in tables.
        folds: the folds of every repeat.
        labels: labels by target and participant; they define which lines are expected.

    Returns:
        Jobs of the complete repeats, by repeat, fold and target, without costs.

    Raises:
        InputError: the name cannot be used in tables and file names.
        MissingError: there is no such file.
        DataError: columns are missing; a line is unexpected or occurs twice; a value is not a percentage; a repeat is
            incomplete or skipped.
    """
    if not _NAME.fullmatch(name):
        raise InputError(
            f"method name {name!r}; allowed: letters, digits, '.', '_' and '-', at most 40; give it as NAME=FILE"
        )
    table = read_table(path, HEADERS)
    for column in HEADERS:
        table.column(column)
    fold_of = {_Place(repeat, target, participant): fold for repeat, fold, participant, target in _asked(folds, labels)}
    given = _predictions(table, fold_of)
    targets = {place.target for place in given}
    repeats = _complete_repeats(table.name, given, [place for place in fold_of if place.target in targets])
    notes = (f"predictions of {table.name}, fingerprint {fingerprint(path)}",)
    return tuple(
        Job(
            method=name,
            target=target,
            repeat=of_repeat.repeat,
            fold=fold.fold,
            seed=0,
            predictions=tuple(
                _prediction(i, given[_Place(of_repeat.repeat, target, i)])
                for i in naturally(fold.test_ids)
                if i in labels[target]
            ),
            n_parameters=None,
            fits=(),
            notes=notes,
            costs=None,
        )
        for of_repeat in folds
        if of_repeat.repeat in repeats
        for fold in of_repeat.folds
        for target in labels
        if target in targets
    )


def write_predictions(path: Path, result: EvaluationResult) -> None:
    """Write every prediction of every method beside what the laboratory counted, to two decimals.

    The columns are ``method``, those of a submission, ``label_1`` to ``label_3``, ``exact_1`` to ``exact_3`` (simulated
    data only), ``n_parts`` (number of stacks or windows), and ``sd_1`` to ``sd_3`` (their standard deviations).

    Raises:
        StorageError: the disk is full or the file cannot be written.
    """
    order = {method.name: k for k, method in enumerate(result.methods)}
    jobs = sorted(result.jobs, key=lambda j: (order[j.method], result.targets.index(j.target), j.repeat, j.fold))
    truths = {"label": result.labels} | ({"exact": result.exact} if result.exact is not None else {})
    header = ["method", *HEADERS, *(f"{name}_{k}" for name in truths for k in (1, 2, 3))]
    rows = []
    for job in jobs:
        for p in job.predictions:
            known = [value for of_target in truths.values() for value in of_target[job.target][p.participant]]
            keys = (job.method, job.repeat, job.fold, p.participant, job.target)
            percentages = (f"{value:.2f}" for value in (*p.predicted_pct, *known))
            rows.append((*keys, *percentages, p.n_parts, *(f"{value:.2f}" for value in p.sd_pct)))
    write_text(path, _csv([*header, "n_parts", "sd_1", "sd_2", "sd_3"], rows))


def _asked(folds: Sequence[RepeatFolds], labels: Labels) -> Iterator[tuple[int, int, str, Target]]:
    """Every expected line of a submission: repeat, fold, participant, target."""
    for of_repeat in folds:
        for fold in of_repeat.folds:
            for participant in naturally(fold.test_ids):
                for target, of_target in labels.items():
                    if participant in of_target:
                        yield of_repeat.repeat, fold.fold, participant, target


def _predictions(table: Table, fold_of: Mapping[_Place, int]) -> dict[_Place, Triple]:
    """Predictions of the lines that are filled in, each one checked."""
    column = {name: table.column(name) for name in HEADERS}
    found: dict[_Place, Triple] = {}
    first_line: dict[_Place, int] = {}
    for line in table.lines:
        where = f"{table.name}, line {line.number}"
        place = _place(where, line, column, fold_of)
        if place in first_line:
            raise DataError(
                f"{where}: {place} is in line {first_line[place]} already; allowed: once; remove one of them"
            )
        first_line[place] = line.number
        texts = [line.fields[column[name]] for name in PREDICTED]
        if any(texts):
            found[place] = _triple(where, texts)
    if not found:
        raise DataError(f"{table.name} has no prediction in it; fill in {', '.join(PREDICTED)} of at least repeat 1")
    return found


def _place(where: str, line: Line, column: Mapping[str, str], fold_of: Mapping[_Place, int]) -> _Place:
    """Participant, target and repeat of a line. Raises DataError for a line that is not expected."""
    target = line.fields[column["target"]].casefold()
    repeat, fold = (_whole(where, name, line.fields[column[name]]) for name in ("repeat", "fold"))
    participant = participant_id(line.fields[column["participant"]])
    allowed = tuple(dict.fromkeys(place.target for place in fold_of))
    if target not in allowed:
        there = f"; {target} is not evaluated here" if target in get_args(Target) else ""
        raise DataError(f"{where}: target {target!r}; allowed: {', '.join(allowed)}{there}")
    repeats = sorted({place.repeat for place in fold_of})
    if repeat not in repeats:
        raise DataError(
            f"{where}: repeat {repeat}; allowed: {repeats[0]} to {repeats[-1]}; ask for more with --repeats, "
            "or remove the line"
        )
    place = _Place(repeat, cast(Target, target), participant)
    if place not in fold_of:
        known = any(other.participant == participant for other in fold_of)
        why = f"has no {target} label" if known else "is not among the participants tested"
        raise DataError(f"{where}: participant {participant!r} {why}; remove the line; {_ADVICE}")
    if fold_of[place] != fold:
        raise DataError(
            f"{where}: participant {participant} is tested in fold {fold_of[place]} of repeat {repeat}, not in fold "
            f"{fold}; a prediction must come from a model that was not trained on them; {_ADVICE}"
        )
    return place


def _triple(where: str, texts: Sequence[str]) -> Triple:
    values = []
    for name, text in zip(PREDICTED, texts, strict=True):
        try:
            value = number(text)
        except ValueError:
            value = None
        if value is None or not 0 <= value <= 100:
            raise DataError(
                f"{where}: {name} is {text!r}; allowed: a number from 0 to 100, in percent; "
                "a line without a prediction leaves all three empty"
            )
        values.append(value)
    first, second, third = values
    return first, second, third


def _complete_repeats(name: str, places: Iterable[_Place], asked: Iterable[_Place]) -> frozenset[int]:
    """Numbers of the submitted repeats. Raises DataError if one is incomplete or skipped."""
    given = set(places)
    repeats = sorted({place.repeat for place in given})
    if repeats[0] != 1 or any(after != before + 1 for before, after in pairwise(repeats)):
        raise DataError(
            f"{name} has repeats {listed(map(str, repeats))}; allowed: 1 to any, none skipped; "
            "all methods are compared on the first ones"
        )
    lacking = [place for place in asked if place.repeat in repeats and place not in given]
    if lacking:
        raise DataError(
            f"{name} has no prediction for {listed(map(str, lacking), most=3)}; allowed: complete repeats, of every "
            "target that it predicts at all; fill them in, or leave that repeat or target empty altogether"
        )
    return frozenset(repeats)


def _whole(where: str, name: str, text: str) -> int:
    try:
        value = number(text)
    except ValueError:
        value = None
    if value is None or not value.is_integer():
        raise DataError(f"{where}: {name} is {text!r}; allowed: a whole number; {_ADVICE}")
    return int(value)


def _prediction(participant: str, predicted: Triple) -> ParticipantPrediction:
    return ParticipantPrediction(
        participant=participant, n_parts=1, predicted_pct=predicted, sd_pct=(0.0, 0.0, 0.0), part_error_pct=None
    )


def _csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue()
