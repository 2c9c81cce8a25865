import os
from pathlib import Path

import numpy as np
import pytest

from motilens.config import Target
from motilens.data.fold_sources import FoldRequest, choose_folds, fold_folders, read_fold_file
from motilens.data.visem import read_participants
from motilens.errors import FoldError, MissingError
from tests.data.folders import write

IDS = ("1", "2", "3", "10", "11", "12")

TRAINING_MEAN_MAE: dict[Target, float] = {"motility": 13.26, "morphology": 5.93}
"""Of always predicting the training mean on Goh et al.'s split of all 85 participants: a check on any reader."""

GOH_TEST_1 = "1 3 5 8 15 18 26 29 31 33 35 38 43 44 46 51 52 56 58 59 60 63 65 66 68 75 77 84"


def request(participants: tuple[str, ...] = IDS, known: tuple[str, ...] = (*IDS, "13")) -> FoldRequest:
    return FoldRequest(participants, known, lambda video: video.split("_")[0], {i: float(i) for i in known})


def parts_of(data: Path, choice: str | None = None) -> list[tuple[str, ...]]:
    return [fold.test_ids for fold in choose_folds(request(), data=data, choice=choice).folds]


def test_the_organisers_folders(tmp_path: Path) -> None:
    for fold, ids in {"fold_1": ["1", "10"], "fold_2": ["2", "12"], "fold_3": ["3", "11"]}.items():
        for i in ids:
            write(tmp_path / fold / f"{i}_09.01.01_SSW.avi")
    write(tmp_path / "fold_3" / "13_no stacks_SSW.avi")
    write(tmp_path / "fold_3" / "99_nobody's.avi")
    write(tmp_path / "fold_3" / "notes.txt")
    folds = choose_folds(request(), data=tmp_path)
    assert folds.source == "fold folders"
    assert [fold.test_ids for fold in folds.folds] == [("1", "10"), ("2", "12"), ("3", "11")]
    (tmp_path / "videos").mkdir()
    for number, folder in fold_folders(tmp_path).items():
        folder.rename(tmp_path / "videos" / f"fold_{number}")
    assert parts_of(tmp_path) == [("1", "10"), ("2", "12"), ("3", "11")]


def test_replicates_in_one_folder_are_one_participant(tmp_path: Path) -> None:
    for fold, ids in {"fold_1": ["1", "10"], "fold_2": ["2", "12"], "fold_3": ["3", "11"]}.items():
        for i in ids:
            write(tmp_path / fold / f"{i}_09.01.01_SSW.avi")
    write(tmp_path / "fold_2" / "12_09.01.02_SSW.avi")
    assert parts_of(tmp_path) == [("1", "10"), ("2", "12"), ("3", "11")]


def test_replicates_in_two_folders_are_refused(tmp_path: Path) -> None:
    for fold, ids in {"fold_1": ["1", "10", "2"], "fold_2": ["2", "3", "11", "12"]}.items():
        for i in ids:
            write(tmp_path / fold / f"{i}_09.01.0{fold[-1]}_SSW.avi")
    with pytest.raises(
        FoldError,
        match="folds of fold folders overlap: participant 2 is tested in fold 1 and in fold 2; allowed: once",
    ):
        parts_of(tmp_path)


def test_without_folders_folds_are_made(tmp_path: Path) -> None:
    folds = choose_folds(request(), data=tmp_path, n_folds=2, seed=5)
    assert (folds.source, len(folds)) == ("made: stratified, seed 5", 2)


def test_made_folds_may_be_wanted_in_spite_of_folders(tmp_path: Path) -> None:
    (tmp_path / "fold_1").mkdir()
    assert choose_folds(request(), data=tmp_path, choice="made").source == "made: stratified, seed 0"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("f.csv", "id,fold\n1,1\n2,1\n3,2\n10,2\n11,3\n12,3\n"),
        ("f.csv", "\ufefffold;ID\n1;01\n1;2\n2;3\n2;10\n3;11\n3;12\n"),
        ("f.csv", ",id,fold\n0,1,1\n1,2,1\n2,3,2\n3,10,2\n4,11,3\n5,12,3\n"),
        ("f.csv", "id,fold\n1,1.0\n2,1.0\n3.0,2.0\n10,2\n11,3\n12,3,\n"),
        ("f.csv", 'sep=;\nFolds of 2024;\n"Participant\nID";fold\n1;fold_1\n2;Fold 1\n3;2,0\n10;2\n11;3\n12;3\n'),
        ("f.json", '\ufeff{"1": ["1", "2"], "2": ["3", "10"], "3": ["11", "12"]}'),
        ("f.json", '{"fold_1": [1.0, "02"], "2.0": ["3", "10"], "3": ["11", "12"]}'),
        ("f.json", '{"1": ["1", "2"], "2": ["3", "10"], "3": ["11", "12"]}'),
        ("f.json", '{"1": [1, 2], "2": [3, 10], "3": [11, 12]}'),
    ],
)
def test_a_fold_file(tmp_path: Path, name: str, text: str) -> None:
    path = write(tmp_path / name, text)
    assert parts_of(tmp_path, str(path)) == [("1", "2"), ("3", "10"), ("11", "12")]
    assert choose_folds(request(), data=tmp_path, choice=str(path)).source == name


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("f.csv", "id,fold,seed\n1,1,0\n", "f.csv has unknown columns 'seed'; allowed: id and fold"),
        (
            "f.csv",
            "id\n1\n",
            r"f.csv has no column 'fold'; add it; columns there: id \(fold files have the columns id and fold\)",
        ),
        ("f.csv", "id,fold\n1,A\n", "f.csv puts 1 into fold 'A'; allowed: a whole number"),
        ("f.csv", "id,fold\n1,1.5\n", "f.csv puts 1 into fold '1.5'; allowed: a whole number"),
        ("f.csv", "id,fold\n1,\n", "f.csv puts 1 into fold ''; allowed: a whole number"),
        ("f.csv", "id,fold\n1,1\n2,1\n", "f.csv has 1 fold; allowed: at least 2"),
        ("f.csv", "", "f.csv is empty"),
        ("f.json", "[1, 2]", "f.json holds something else than folds; allowed: {"),
        ("f.json", '{"1": "2"}', "f.json holds something else than folds"),
        ("f.json", '{"1": ', "f.json is not JSON"),
    ],
)
def test_a_fold_file_that_is_none_is_refused(tmp_path: Path, name: str, text: str, words: str) -> None:
    with pytest.raises(FoldError, match=words):
        read_fold_file(write(tmp_path / name, text))


def test_ids_with_letters_in_every_encoding(tmp_path: Path) -> None:
    (tmp_path / "f.csv").write_bytes("ID\tfold\nMüller 2\t1\nA-7\t2\n".encode("utf-16"))
    assert read_fold_file(tmp_path / "f.csv") == {1: ["Müller 2"], 2: ["A-7"]}
    (tmp_path / "f.json").write_bytes('{"1": ["Mu\u0308ller 2"], "2": ["A-7"]}'.encode("utf-16-le"))
    assert read_fold_file(tmp_path / "f.json") == {1: ["Müller 2"], 2: ["A-7"]}
    (tmp_path / "f.json").write_bytes(b"PK\x03\x04")
    with pytest.raises(FoldError, match=r"f\.json is a workbook"):
        read_fold_file(tmp_path / "f.json")


def test_a_missing_fold_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(
        MissingError, match=r"no fold file goh2023; allowed: a CSV file with columns id and fold, .*'made', or goh2022"
    ):
        parts_of(tmp_path, "goh2023")


def test_the_published_split(tmp_path: Path) -> None:
    everyone = tuple(str(i) for i in range(1, 86))
    folds = choose_folds(request(everyone, everyone), data=tmp_path, choice="goh2022")
    assert [len(fold.test_ids) for fold in folds.folds] == [28, 28, 29]
    assert " ".join(folds.folds[0].test_ids) == GOH_TEST_1
    assert folds.source == "goh2022"


def test_a_part_of_visem_takes_that_part_of_the_published_split_and_says_so(real_data: Path) -> None:
    ids = tuple(read_participants(real_data / "visem_tracking").rows)
    folds = choose_folds(request(ids, ids), data=real_data, choice="goh2022")
    assert [fold.test_ids for fold in folds.folds] == [("29", "35", "38", "52", "60"), ("21", "23", "82"), ("11", "14")]
    assert folds.source == "goh2022, 10 of its 85 participants"


def test_a_stranger_is_not_in_the_published_split(tmp_path: Path) -> None:
    ids = (*(str(i) for i in range(1, 86)), "86")
    with pytest.raises(FoldError, match="goh2022 tests 86 in no fold"):
        choose_folds(request(ids, ids), data=tmp_path, choice="goh2022")


@pytest.mark.skipif("MOTILENS_VISEM" not in os.environ, reason="needs VISEM's whole folder, named by MOTILENS_VISEM")
@pytest.mark.parametrize("target", ["motility", "morphology"])
def test_the_training_mean_errs_as_published_on_the_whole_of_visem(target: Target) -> None:
    data = Path(os.environ["MOTILENS_VISEM"])
    labels = {i: np.array(values) for i, values in read_participants(data).labels(target).items()}
    assert len(labels) == 85
    everyone = tuple(labels)
    folds = choose_folds(request(everyone, everyone), data=data, choice="goh2022")
    errors = [
        np.mean([np.abs(labels[i] - np.mean([labels[k] for k in fold.train_ids], axis=0)) for i in fold.test_ids])
        for fold in folds.folds
    ]
    assert np.mean(errors) == pytest.approx(TRAINING_MEAN_MAE[target], abs=0.02)  # published with two digits
