import pickle
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from motilens.data.dataset import Dataset, open_dataset
from motilens.data.folds import make_folds
from motilens.data.values import LeftOut, Participant
from motilens.data.visem import read_participants
from motilens.errors import DataError, InputError, LabelError, MissingError
from tests.data.folders import ROWS, Row, make_store, make_visem, semen_table, write

STACKS = {"1_09.09.01_SSW": 3, "2_09.09.02_lots of debris_SSW": 2, "10_09.09.03_SSW": 4}
"""Values 10-12, 20-21, 30-33."""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    make_visem(tmp_path / "visem")
    make_store(tmp_path / "store", STACKS)
    return tmp_path


@pytest.fixture(params=[1 << 30, 0], ids=["in memory", "from the store"])
def dataset(data: Path, request: pytest.FixtureRequest) -> Dataset:
    return open_dataset(data / "store", data / "visem", cache_bytes=request.param)


def test_rows_stand_by_participant_then_stack(dataset: Dataset) -> None:
    assert dataset.participants == ("1", "2", "10")
    assert dataset.n_rows == 9
    assert dataset.rows_of(("10", "1")).tolist() == [5, 6, 7, 8, 0, 1, 2]
    assert dataset.rows_of(()).tolist() == []
    pixels = dataset.read(np.arange(9))
    assert pixels.shape == (9, 9, 16, 16)
    assert pixels.dtype == np.uint8
    assert pixels[:, 0, 0, 0].tolist() == [10, 11, 12, 20, 21, 30, 31, 32, 33]


@given(st.lists(st.integers(0, 8), max_size=12))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20, deadline=None)
def test_rows_are_read_in_any_order_any_number_of_times(dataset: Dataset, rows: list[int]) -> None:
    values = [10, 11, 12, 20, 21, 30, 31, 32, 33]
    pixels = dataset.read(np.array(rows, dtype=np.int64))
    assert pixels.shape == (len(rows), 9, 16, 16)
    assert pixels[:, -1, -1, -1].tolist() == [values[row] for row in rows]


def test_a_copy_for_another_process_is_small_and_reads_the_same(dataset: Dataset) -> None:
    rows = np.array([8, 0, 4])
    before = dataset.read(rows)
    sent = pickle.dumps(dataset)
    assert len(sent) < 20_000
    assert np.array_equal(pickle.loads(sent).read(rows), before)
    assert np.array_equal(dataset.read(rows), before)


def test_what_was_read_belongs_to_the_caller(dataset: Dataset) -> None:
    rows = np.array([0, 1])
    dataset.read(rows)[:] = 99
    assert dataset.read(rows)[:, 0, 0, 0].tolist() == [10, 11]


def test_labels_are_in_the_order_of_the_target_names(dataset: Dataset) -> None:
    assert {i: v.tolist() for i, v in dataset.labels("motility").items()} == {
        "1": [11, 17, 72],
        "2": [41, 43, 16],
        "10": [30, 31, 39],
    }
    assert dataset.labels("morphology")["1"].tolist() == [97, 28, 9.7]


def test_summaries_join_name_table_and_stacks(dataset: Dataset) -> None:
    assert dataset.summaries[0] == Participant(
        participant="1", videos=("1_09.09.01_SSW",), n_stacks=3, cells_seen=2.0, assessor="SSW", concentration=97.5
    )
    assert dataset.summaries[2].concentration is None


def test_everything_that_went_in_comes_out(tmp_path: Path) -> None:
    rows: dict[str, Row] = {**ROWS, "11": ROWS["1"], "12": ROWS["1"], "13": ROWS["1"]}
    write(tmp_path / "visem" / "semen_analysis_data.csv", semen_table(rows))
    make_store(
        tmp_path / "store",
        {**STACKS, "13_x": 1, "77_x": 1},
        left_out={"11_x": "5 frames, 9 needed", "88_x": "no frame can be decoded"},
    )
    dataset = open_dataset(tmp_path / "store", tmp_path / "visem", exclude=["13"])
    assert dataset.participants == ("1", "2", "10")
    assert dataset.left_out == (
        LeftOut(name="11_x", reason="no stacks: 5 frames, 9 needed"),
        LeftOut(name="13_x", reason="participant 13 was excluded"),
        LeftOut(name="77_x", reason="no label: semen_analysis_data.csv has no row with ID 77"),
        LeftOut(
            name="88_x",
            reason="no label: semen_analysis_data.csv has no row with ID 88; no stacks: no frame can be decoded",
        ),
        LeftOut(name="participant 12", reason="a row in semen_analysis_data.csv, but no video"),
    )


def test_a_participant_without_a_target_is_listed_for_it(tmp_path: Path) -> None:
    rows: dict[str, Row] = {**ROWS, "2": ("3,8", "96,0", "36,0", "17,0", "Not reported", 43, 16)}
    make_visem(tmp_path / "visem", rows)
    make_store(tmp_path / "store", STACKS)
    dataset = open_dataset(tmp_path / "store", tmp_path / "visem")
    assert tuple(dataset.labels("motility")) == ("1", "10")
    assert dataset.unlabelled("motility") == (
        LeftOut(
            name="participant 2",
            reason="motility not reported in semen_analysis_data.csv (progressive, non-progressive, immotile)",
        ),
    )
    assert dataset.unlabelled("morphology") == ()


def test_a_target_that_nobody_has_is_refused(tmp_path: Path) -> None:
    rows: dict[str, Row] = {i: (*row[:4], "", "", "") for i, row in ROWS.items()}
    make_visem(tmp_path / "visem", rows)
    make_store(tmp_path / "store", STACKS)
    with pytest.raises(DataError, match="has no motility of any participant with a video; ask for the other target"):
        open_dataset(tmp_path / "store", tmp_path / "visem").labels("motility")


def test_a_table_without_the_targets_columns_is_refused(data: Path) -> None:
    table = data / "visem" / "semen_analysis_data.csv"
    write(table, semen_table().replace("Immotile sperm (%)", "Rest"))
    with pytest.raises(LabelError, match=r"no column 'Immotile sperm \(%\)'; add it"):
        open_dataset(data / "store", data / "visem").labels("motility")


def test_strangers_and_rows_that_are_not_there_are_refused(dataset: Dataset) -> None:
    with pytest.raises(InputError, match="no stacks of 77; allowed: 1, 2, 10"):
        dataset.rows_of(("1", "77"))
    with pytest.raises(InputError, match="rows from -1 to 9 asked for; allowed: 0 to 8"):
        dataset.read(np.array([-1, 9]))


def test_videos_of_nobody_are_refused(tmp_path: Path) -> None:
    table = read_participants(make_visem(tmp_path / "visem"))
    with pytest.raises(
        DataError, match=r"none of 1 videos can be used with semen_analysis_data\.csv: 77_x: no label: videos\.csv does"
    ):
        Dataset(make_store(tmp_path / "store", {"77_x": 1}), table)


def test_a_missing_store_is_said(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="no stack store at"):
        open_dataset(tmp_path / "store", make_visem(tmp_path / "visem"))


def test_the_fingerprint_follows_labels_videos_and_folds_alone(tmp_path: Path) -> None:
    rows: dict[str, Row] = {str(i): ("1,0", 90, 10, 10, 10 * i, 30, 70 - 10 * i) for i in range(1, 7)}

    def open_at(place: str, changed: dict[str, Row], stacks: int = 1) -> Dataset:
        write(tmp_path / place / "visem" / "semen_analysis_data.csv", semen_table({**rows, **changed}))
        make_store(tmp_path / place / "store", dict.fromkeys(rows, stacks))
        return open_dataset(tmp_path / place / "store", tmp_path / place / "visem")

    one, elsewhere = open_at("a", {}), open_at("b", {})
    folds = one.choose_folds(tmp_path / "a" / "visem")
    assert one.fingerprint(folds) == elsewhere.fingerprint(folds)
    order_by = {i: float(i) for i in rows}
    assert folds == make_folds(order_by)
    others = [
        one.fingerprint(make_folds(order_by, seed=1)),
        open_at("c", {"3": ("1,0", 90, 10, 11, 30, 30, 40)}).fingerprint(folds),
        open_dataset(tmp_path / "a" / "store", tmp_path / "a" / "visem", exclude=["6"]).fingerprint(folds),
    ]
    assert len({one.fingerprint(folds), *others}) == 4
