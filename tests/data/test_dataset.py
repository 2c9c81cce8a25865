from pathlib import Path

import pytest

from motilens.config import ReadingConfig
from motilens.data.dataset import Dataset, open_dataset, recordings_of
from motilens.data.folds import make_folds
from motilens.data.participants import LeftOut, Participant
from motilens.data.visem import read_participants
from motilens.errors import DataError, InputError, LabelError, MissingError
from tests.data.folders import ROWS, Row, make_visem, semen_table, write
from tests.recordings.fakes import FakeRecording
from tests.recordings.films import STACKS

VIDEOS = {"1": "1_09.09.01_SSW", "2": "2_09.09.02_lots of debris_SSW", "10": "10_09.09.03_SSW"}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return make_visem(tmp_path / "visem")


def ids_of(dataset: Dataset) -> dict[str, list[str]]:
    return {i: [recording.video_id for recording in own] for i, own in dataset.recordings.items()}


def with_replicate(data: Path) -> Path:
    """Participant 2 with a second video, ``2_b``."""
    write(data / "videos" / "2_b.avi")
    with (data / "videos.csv").open("a", encoding="utf-8") as file:
        file.write("2;2_b.avi\n")
    return data


def test_every_video_is_a_recording_of_its_participant(data: Path, tmp_path: Path) -> None:
    dataset = open_dataset(data, cache=tmp_path / "cache", um_per_px={"1": 0.5, "2": 0.3}.get)
    assert dataset.participants == ("1", "2", "10")
    assert ids_of(dataset) == {i: [video] for i, video in VIDEOS.items()}
    assert dataset.left_out == ()
    assert [recording.um_per_px for recording in dataset.all_recordings] == [0.5, 0.3, None]
    assert [recording.concentration for recording in dataset.all_recordings] == [97.5, 3.8, None]
    assert {recording.cache for recording in dataset.all_recordings} == {tmp_path / "cache"}
    assert not (tmp_path / "cache").exists()
    assert repr(dataset) == "Dataset(3 participants, 3 recordings, 0 left out)"


def test_replicates_belong_to_one_participant(data: Path) -> None:
    dataset = open_dataset(with_replicate(data))
    assert ids_of(dataset) == {**{i: [video] for i, video in VIDEOS.items()}, "2": [VIDEOS["2"], "2_b"]}
    assert tuple(dataset.labels("motility")) == ("1", "2", "10")
    assert repr(dataset) == "Dataset(3 participants, 4 recordings, 0 left out)"
    chosen = recordings_of(dataset, ("10", "2"))
    assert tuple(chosen) == ("10", "2")
    assert len(chosen["2"]) == 2


def test_the_frame_rate_in_videos_csv_counts_unless_one_is_given_for_all(data: Path) -> None:
    write(
        data / "videos.csv", f"ID;video;fps\n1;{VIDEOS['1']}.avi;59,94\n2;{VIDEOS['2']}.avi;\n10;{VIDEOS['10']}.avi;\n"
    )
    rates = [recording.video.reading.fps_hz for recording in open_dataset(data).all_recordings]
    assert rates == [59.94, None, None]
    given = open_dataset(data, reading=ReadingConfig(fps_hz=25.0))
    assert [recording.video.reading.fps_hz for recording in given.all_recordings] == [25.0] * 3


def test_videos_of_one_name_in_folders_of_participants(tmp_path: Path) -> None:
    write(tmp_path / "semen_analysis_data.csv", semen_table(ROWS))
    for participant in ROWS:
        write(tmp_path / "videos" / participant / "video.avi")
    assert ids_of(open_dataset(tmp_path)) == {i: [f"videos/{i}/video"] for i in ("1", "2", "10")}
    lines = "".join(f"{owner};day 1/{i}/video.avi\n" for owner, i in zip(("2", "10", "1"), ROWS, strict=True))
    write(tmp_path / "videos.csv", f"ID;video\n{lines}")
    found = ids_of(open_dataset(tmp_path))
    assert found == {"1": ["videos/10/video"], "2": ["videos/1/video"], "10": ["videos/2/video"]}


def test_labels_are_in_the_order_of_the_target_names(data: Path) -> None:
    dataset = open_dataset(data)
    assert {i: v.tolist() for i, v in dataset.labels("motility").items()} == {
        "1": [11, 17, 72],
        "2": [41, 43, 16],
        "10": [30, 31, 39],
    }
    assert dataset.labels("morphology")["1"].tolist() == [97, 28, 9.7]


def test_everything_that_went_in_comes_out(tmp_path: Path) -> None:
    rows: dict[str, Row] = {**ROWS, "12": ROWS["1"], "13": ROWS["1"]}
    write(tmp_path / "semen_analysis_data.csv", semen_table(rows))
    for video in (*VIDEOS.values(), "13_x", "77_x", "calibration"):
        write(tmp_path / "videos" / f"{video}.avi")
    dataset = open_dataset(tmp_path, exclude=["13"])
    assert dataset.participants == ("1", "2", "10")
    assert dataset.left_out == (
        LeftOut(name="13_x", reason="participant 13 was excluded"),
        LeftOut(name="77_x", reason="no label: semen_analysis_data.csv has no row with ID 77"),
        LeftOut(name="calibration", reason="no label: its name does not start with a participant's ID"),
        LeftOut(name="participant 12", reason="a row in semen_analysis_data.csv, but no video"),
    )


def test_a_participant_without_a_target_is_listed_for_it(tmp_path: Path) -> None:
    rows: dict[str, Row] = {**ROWS, "2": ("3,8", "96,0", "36,0", "17,0", "Not reported", 43, 16)}
    dataset = open_dataset(make_visem(tmp_path, rows))
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
    dataset = open_dataset(make_visem(tmp_path, rows))
    with pytest.raises(DataError, match="has no motility of any participant with a video; ask for the other target"):
        dataset.labels("motility")


def test_a_table_without_the_targets_columns_is_refused(data: Path) -> None:
    write(data / "semen_analysis_data.csv", semen_table().replace("Immotile sperm (%)", "Rest"))
    with pytest.raises(LabelError, match=r"no column 'Immotile sperm \(%\)'; add it"):
        open_dataset(data).labels("motility")


def test_summaries_join_names_table_and_stacks(data: Path) -> None:
    dataset = Dataset(
        read_participants(data),
        {
            "1": (FakeRecording("1_09.09.01_SSW", cells_seen=4),),
            "2": (FakeRecording("2_x", cells_seen=4), FakeRecording("2_09.09.02_drift_HH", cells_seen=7)),
            "10": (FakeRecording("10", cells_seen=0),),
        },
        (),
    )
    assert dataset.summaries(STACKS) == (
        Participant(
            participant="1",
            recordings=("1_09.09.01_SSW",),
            n_stacks=1,
            cells_seen=4,
            assessor="SSW",
            concentration=97.5,
        ),
        Participant(
            participant="2",
            recordings=("2_x", "2_09.09.02_drift_HH"),
            n_stacks=2,
            cells_seen=5.5,
            assessor="HH",
            concentration=3.8,
        ),
        Participant(participant="10", recordings=("10",), n_stacks=1, cells_seen=0),
    )


def test_recordings_that_cannot_be_used_are_taken_out_by_name(data: Path) -> None:
    whole = open_dataset(with_replicate(data))
    one_replicate = whole.without({"2_b": "no stacks: too short"})
    assert ids_of(one_replicate) == {i: [video] for i, video in VIDEOS.items()}
    assert one_replicate.left_out == (LeftOut(name="2_b", reason="no stacks: too short"),)
    nobody = one_replicate.without({VIDEOS["2"]: "no stacks: too dark"})
    assert nobody.participants == tuple(nobody.labels("motility")) == ("1", "10")
    assert [line.name for line in nobody.left_out] == ["2_b", VIDEOS["2"]]
    assert ids_of(whole)["2"] == [VIDEOS["2"], "2_b"]
    with pytest.raises(
        DataError,
        match=r"no video can be used with semen_analysis_data\.csv: .*_SSW: too dark; .*; allowed: videos named as "
        r"VISEM's, or named in videos\.csv",
    ):
        open_dataset(data).without({recording.video_id: "too dark" for recording in whole.all_recordings})


def test_videos_of_nobody_are_refused(tmp_path: Path) -> None:
    write(tmp_path / "semen_analysis_data.csv", semen_table())
    write(tmp_path / "77_x.avi")
    with pytest.raises(
        DataError, match=r"no video can be used with semen_analysis_data\.csv: 77_x: no label: .* has no row with ID 77"
    ):
        open_dataset(tmp_path)


def test_what_is_missing_is_said(data: Path, tmp_path: Path) -> None:
    with pytest.raises(MissingError, match=r"no folder .*nowhere"):
        open_dataset(tmp_path / "nowhere")
    with pytest.raises(InputError, match="--exclude names 99"):
        open_dataset(data, exclude=["99"])
    for video in (data / "videos").iterdir():
        video.unlink()
    with pytest.raises(MissingError, match="no video in"):
        open_dataset(data)


def test_folds_are_stratified_by_progressive_motility(tmp_path: Path) -> None:
    rows: dict[str, Row] = {str(i): ("1,0", 90, 10, 10, 10 * i, 30, 70 - 10 * i) for i in range(1, 8)}
    rows["7"] = ("1,0", 90, 10, 10, "", "", "")
    data = with_replicate(make_visem(tmp_path, rows))
    folds = open_dataset(data).choose_folds(data, seed=4)
    expected = {**{str(i): 10.0 * i for i in range(1, 7)}, "7": float("nan")}
    assert folds == make_folds(expected, seed=4)


def test_the_fingerprint_follows_labels_and_videos_and_no_path(tmp_path: Path) -> None:
    def fingerprint(place: str, *, rows: dict[str, Row] | None = None, video: str = "") -> str:
        data = make_visem(tmp_path / place, rows or ROWS)
        write(data / "videos" / f"{VIDEOS['1']}.avi", video)
        return open_dataset(data).fingerprint

    same = [fingerprint("a"), fingerprint("b"), open_dataset(tmp_path / "a", um_per_px=lambda i: 0.5).fingerprint]
    others = [
        fingerprint("c", rows={**ROWS, "2": ("3,8", "96,0", "36,0", "17,0", 40, 44, 16)}),
        fingerprint("d", rows={**ROWS, "2": ("3,9", *ROWS["2"][1:])}),
        fingerprint("e", video="other frames"),
        open_dataset(tmp_path / "a", exclude=["10"]).fingerprint,
        open_dataset(with_replicate(tmp_path / "a")).fingerprint,
    ]
    assert len({*same, *others}) == 1 + len(others)
