import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from motilens.config import Target
from motilens.data.folds import Fold
from motilens.errors import DataError, FoldError, InputError, LabelError, MissingError
from motilens.evaluation.result import RepeatFolds, Triple
from motilens.evaluation.scores import summarise
from motilens.evaluation.submissions import HEADERS, read_submission, write_predictions, write_template
from tests.evaluation.results import LABELS, folds_of, made, off_by

FOLDS = folds_of(tuple(LABELS), repeats=2)
MORPHOLOGY: dict[str, Triple] = dict.fromkeys(("1", "2", "3"), (90.0, 20.0, 10.0))  # participant 10 has none
BOTH: dict[Target, dict[str, Triple]] = {"motility": LABELS, "morphology": MORPHOLOGY}
MOTILITY: dict[Target, dict[str, Triple]] = {"motility": LABELS}

Row = dict[str, str]


def rows_of(path: Path) -> list[Row]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def submission(path: Path, change: Callable[[list[Row]], list[Row]] = lambda rows: rows) -> Path:
    """A template for motility with every line filled in with 60, 30, 10, then changed."""
    write_template(path, FOLDS, MOTILITY)
    rows = rows_of(path)
    for row in rows:
        row |= {"predicted_1": "60", "predicted_2": "30", "predicted_3": "10"}
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(map(str, HEADERS)))
        writer.writeheader()
        writer.writerows(change(rows))
    return path


def with_first(**fields: str) -> Callable[[list[Row]], list[Row]]:
    return lambda rows: [{**rows[0], **fields}, *rows[1:]]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ours.csv"


# --- template


def test_a_template_asks_for_everyone_once_a_repeat(path: Path) -> None:
    write_template(path, FOLDS, BOTH)
    rows = rows_of(path)
    assert tuple(rows[0]) == HEADERS
    asked = [(row["repeat"], row["participant"], row["target"]) for row in rows]
    assert len(asked) == len(set(asked)) == 2 * (4 + 3)
    assert ("1", "10", "morphology") not in asked
    assert {row[name] for row in rows for name in HEADERS[4:]} == {""}


def test_ids_of_any_form_are_read_back_from_a_template(path: Path) -> None:
    """And so they are when Excel in Western Europe has saved it again: semicolons, decimal commas, Windows-1252."""
    labels: dict[Target, dict[str, Triple]] = {"motility": dict.fromkeys(('A;7, "b"', "Müller 2"), LABELS["1"])}
    folds = folds_of(tuple(labels["motility"]))
    write_template(path, folds, labels)
    rows = [{**row, "predicted_1": "60,5", "predicted_2": "30", "predicted_3": "9,5"} for row in rows_of(path)]
    with path.open("w", newline="", encoding="cp1252") as file:
        writer = csv.DictWriter(file, list(map(str, HEADERS)), delimiter=";")
        writer.writeheader()
        writer.writerows(rows)
    jobs = read_submission(path, "ours", folds, labels)
    found = {p.participant: p.predicted_pct for job in jobs for p in job.predictions}
    assert found == dict.fromkeys(labels["motility"], (60.5, 30.0, 9.5))


def test_a_template_says_who_trains(path: Path) -> None:
    """Everybody whom the same repeat tests in its other folds."""
    write_template(path, FOLDS, MOTILITY)
    rows = rows_of(path)
    for of_repeat in FOLDS:
        for fold in of_repeat.folds:
            own = [row for row in rows if int(row["repeat"]) == of_repeat.repeat]
            trains = {row["participant"] for row in own if int(row["fold"]) != fold.fold}
            assert trains == set(fold.train_ids)


def test_a_template_is_refused_where_it_could_not_say_who_trains(path: Path) -> None:
    folds = (Fold(fold=1, train_ids=("2",), test_ids=("1",)), Fold(fold=2, train_ids=("1", "3"), test_ids=("2",)))
    with pytest.raises(FoldError, match="fold 2 of repeat 1 trains on 2 participants, but 1 are tested"):
        write_template(path, [RepeatFolds(repeat=1, source="x", folds=folds)], MOTILITY)
    assert not path.exists()


# --- a submission


def test_a_submission_becomes_jobs(path: Path) -> None:
    jobs = read_submission(submission(path), "ours", FOLDS, MOTILITY)
    assert [(c.repeat, c.fold, c.target) for c in jobs] == [(r, f, "motility") for r in (1, 2) for f in (1, 2)]
    assert {job.method for job in jobs} == {"ours"}
    assert [each.participant for each in jobs[0].predictions] == ["1", "3"]
    assert jobs[0].predictions[0].predicted_pct == (60.0, 30.0, 10.0)
    assert jobs[0].costs is jobs[0].n_parameters is None
    assert jobs[0].notes[0].startswith("predictions of ours.csv, fingerprint ")


def test_a_template_filled_in_for_one_repeat_and_one_target(path: Path) -> None:
    write_template(path, FOLDS, BOTH)
    lines = path.read_text().splitlines()
    filled = [f"{x[:-3]},60,30,10" if x.startswith("1,") and "motility" in x else x for x in lines]
    path.write_text("\n".join(filled))
    jobs = read_submission(path, "ours", FOLDS, BOTH)
    assert [(job.repeat, job.target) for job in jobs] == [(1, "motility")] * 2


def test_spreadsheets_write_semicolons_commas_and_ids_as_numbers(path: Path) -> None:
    text = submission(path, with_first(predicted_1="60.5")).read_text()
    path.write_text("\ufeff" + text.replace(",", ";").replace("60.5", "60,5").replace(";1;motility", ";01;Motility"))
    assert read_submission(path, "ours", FOLDS, MOTILITY)[0].predictions[0].predicted_pct == (60.5, 30.0, 10.0)


def test_lines_may_stand_in_any_order(path: Path) -> None:
    in_order = read_submission(submission(path), "ours", FOLDS, MOTILITY)
    turned = read_submission(submission(path, lambda rows: rows[::-1]), "ours", FOLDS, MOTILITY)
    assert [job.predictions for job in turned] == [job.predictions for job in in_order]


# --- what is refused


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"predicted_2": "nan"}, "line 2: predicted_2 is 'nan'; allowed: a number from 0 to 100"),
        ({"predicted_2": "inf"}, "line 2: predicted_2 is 'inf'; allowed: a number from 0 to 100"),
        ({"predicted_2": ""}, "line 2: predicted_2 is ''; allowed: a number from 0 to 100"),
        ({"predicted_3": "ten"}, "line 2: predicted_3 is 'ten'; allowed: a number from 0 to 100"),
        ({"predicted_1": "-0.1"}, "line 2: predicted_1 is '-0.1'; allowed: a number from 0 to 100"),
        ({"predicted_1": "100.1"}, "line 2: predicted_1 is '100.1'; allowed: a number from 0 to 100"),
        ({"participant": "99"}, "line 2: participant '99' is not among the participants tested; remove the line"),
        ({"target": "speed"}, "line 2: target 'speed'; allowed: motility"),
        ({"target": "morphology"}, "target 'morphology'; allowed: motility; morphology is not evaluated here"),
        ({"repeat": "3"}, "line 2: repeat 3; allowed: 1 to 2"),
        ({"repeat": "1.5"}, "line 2: repeat is '1.5'; allowed: a whole number"),
        ({"fold": "2"}, "line 2: participant 1 is tested in fold 1 of repeat 1, not in fold 2"),
        (
            {"predicted_1": "", "predicted_2": "", "predicted_3": ""},
            "no prediction for participant 1, motility, repeat 1;",
        ),
    ],
)
def test_a_line_that_cannot_be_right(path: Path, fields: Row, message: str) -> None:
    submission(path, with_first(**fields))
    with pytest.raises(DataError) as error:
        read_submission(path, "ours", FOLDS, MOTILITY)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_someone_without_a_label_of_the_target(path: Path) -> None:
    submission(path, lambda rows: [{**row, "target": "morphology"} for row in rows])
    with pytest.raises(DataError, match="participant '10' has no morphology label; remove the line"):
        read_submission(path, "ours", FOLDS, BOTH)


def test_a_line_twice(path: Path) -> None:
    submission(path, lambda rows: [*rows, rows[0]])
    with pytest.raises(DataError, match="line 10: participant 1, motility, repeat 1 is in line 2 already"):
        read_submission(path, "ours", FOLDS, MOTILITY)


def test_lines_that_are_missing(path: Path) -> None:
    submission(path, lambda rows: rows[:5])
    with pytest.raises(
        DataError, match="has no prediction for participant .*, motility, repeat 2.*; allowed: complete repeats"
    ):
        read_submission(path, "ours", FOLDS, MOTILITY)


def test_a_target_in_one_repeat_only(path: Path) -> None:
    write_template(path, FOLDS, BOTH)
    lines = [f"{line[:-3]},60,30,10" for line in path.read_text().splitlines()[1:]]
    kept = [line for line in lines if not (line.startswith("2,") and "morphology" in line)]
    path.write_text("\n".join([",".join(HEADERS), *kept]))
    with pytest.raises(DataError, match="has no prediction for participant .*, morphology, repeat 2"):
        read_submission(path, "ours", FOLDS, BOTH)


def test_a_repeat_that_is_skipped(path: Path) -> None:
    submission(path, lambda rows: [row for row in rows if row["repeat"] == "2"])
    with pytest.raises(DataError, match="has repeats 2; allowed: 1 to any, none skipped"):
        read_submission(path, "ours", FOLDS, MOTILITY)


def test_an_empty_template(path: Path) -> None:
    write_template(path, FOLDS, MOTILITY)
    with pytest.raises(DataError, match="ours.csv has no prediction in it; fill in predicted_1"):
        read_submission(path, "ours", FOLDS, MOTILITY)


def test_a_column_that_is_not_there(path: Path) -> None:
    path.write_text("repeat,fold,participant,target,predicted_1,predicted_2\n1,1,1,motility,1,2\n")
    with pytest.raises(LabelError, match="ours.csv has no column 'predicted_3'"):
        read_submission(path, "ours", FOLDS, MOTILITY)


def test_no_file(path: Path) -> None:
    with pytest.raises(MissingError, match="no table .*ours.csv"):
        read_submission(path, "ours", FOLDS, MOTILITY)


@pytest.mark.parametrize("name", ["", "two words", "a|b", "-x", "a" * 41, "a/b"])
def test_a_name_that_tables_cannot_have(path: Path, name: str) -> None:
    with pytest.raises(InputError, match="method name .*; allowed: letters, digits"):
        read_submission(submission(path), name, FOLDS, MOTILITY)


# --- predictions of all methods


def test_predictions_are_written_beside_what_the_laboratory_counted(path: Path) -> None:
    write_predictions(path, made({"a": off_by(3.14159), "b": off_by(1.0)}, repeats=2))
    rows = rows_of(path)
    assert len(rows) == 2 * 2 * 4
    assert rows[0] == {
        "method": "a",
        "repeat": "1",
        "fold": "1",
        "participant": "1",
        "target": "motility",
        "predicted_1": "43.14",
        "predicted_2": "26.86",
        "predicted_3": "30.00",
        "label_1": "40.00",
        "label_2": "30.00",
        "label_3": "30.00",
        "n_parts": "5",
        "sd_1": "1.00",
        "sd_2": "1.00",
        "sd_3": "1.00",
    }


def test_predictions_of_simulated_data_have_the_exact_truth(path: Path) -> None:
    write_predictions(path, made({"a": off_by(1.0)}, exact=LABELS))
    assert {"label_3", "exact_1", "exact_2", "exact_3"} <= set(rows_of(path)[0])


def test_what_one_method_predicted_can_be_submitted_again(path: Path) -> None:
    """A submission that copies a method's predictions scores as that method did."""
    result = made({"a": off_by(3.0)}, repeats=2)
    write_predictions(path, result)
    again = tuple(
        job.model_copy(update={"method": "a"}) for job in read_submission(path, "copy", result.repeats, MOTILITY)
    )
    ours, theirs = (summarise(r).methods["a"]["motility"] for r in (result, result.model_copy(update={"jobs": again})))
    assert (ours.mae, ours.ci95, ours.r2) == (theirs.mae, theirs.ci95, theirs.r2)
