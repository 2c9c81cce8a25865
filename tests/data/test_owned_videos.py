from pathlib import Path

from motilens.data.owned_videos import assign_videos
from motilens.data.participants import LeftOut
from motilens.data.visem import ParticipantTable, read_participants
from tests.data.folders import ROWS, make_visem, semen_table, write


def table_of(folder: Path, *participants: str, videos: str | None = None) -> ParticipantTable:
    """A table of some participants, and a list of videos if it is given."""
    write(folder / "semen_analysis_data.csv", semen_table(dict.fromkeys(participants, ROWS["1"])))
    if videos is not None:
        write(folder / "videos.csv", videos)
    return read_participants(folder)


def test_without_videos_csv_the_leading_number_counts(tmp_path: Path) -> None:
    make_visem(tmp_path)
    (tmp_path / "videos.csv").unlink()
    table = read_participants(tmp_path)
    assert assign_videos(table, ["10_x_HH", "2", "1_09.09.01_drift_OW"]).videos == {
        "1": ("1_09.09.01_drift_OW",),
        "2": ("2",),
        "10": ("10_x_HH",),
    }


def test_videos_csv_decides_against_a_name(tmp_path: Path) -> None:
    make_visem(tmp_path)
    write(tmp_path / "videos.csv", "ID;video\n1;some/folder/2_swapped.avi\n2;1_swapped.avi\n10;ten\n")
    assert assign_videos(read_participants(tmp_path), ["1_swapped", "2_swapped", "ten"]).videos == {
        "1": ("2_swapped",),
        "2": ("1_swapped",),
        "10": ("ten",),
    }


def test_videos_and_rows_that_stay_alone_are_listed(tmp_path: Path) -> None:
    table = read_participants(make_visem(tmp_path), exclude=["2"])
    (tmp_path / "videos.csv").unlink()
    by_name = read_participants(tmp_path, exclude=["2"])
    videos = ["1_09.09.01_SSW", "2_x", "77_x", "calibration"]
    assert assign_videos(by_name, videos).left_out == (
        LeftOut(name="2_x", reason="participant 2 was excluded"),
        LeftOut(name="77_x", reason="no label: semen_analysis_data.csv has no row with ID 77"),
        LeftOut(name="calibration", reason="no label: its name does not start with a participant's ID"),
        LeftOut(name="participant 10", reason="a row in semen_analysis_data.csv, but no video"),
    )
    assert LeftOut(name="77_x", reason="no label: videos.csv does not name it") in assign_videos(table, videos).left_out


def test_several_videos_of_one_participant_are_replicates(tmp_path: Path) -> None:
    by_name = read_participants(write(tmp_path / "semen_analysis_data.csv", semen_table()))
    owned = assign_videos(by_name, ["2_09.09.10_SSW", "1", "2_09.09.02_SSW", "10", "2"])
    assert owned.videos == {"1": ("1",), "2": ("2", "2_09.09.02_SSW", "2_09.09.10_SSW"), "10": ("10",)}
    assert owned.left_out == ()
    write(tmp_path / "videos.csv", "ID;video\n10;c.avi\n2;b.avi\n2;folder/a.avi\n")
    owned = assign_videos(read_participants(tmp_path), ["c", "b", "a"])
    assert owned.videos == {"2": ("a", "b"), "10": ("c",)}
    assert owned.left_out == (LeftOut(name="participant 1", reason="a row in semen_analysis_data.csv, but no video"),)


def test_ids_with_letters(tmp_path: Path) -> None:
    owned = assign_videos(
        table_of(tmp_path, "P001", "P0012", "A-7", "12"),
        ["P001_09.02.08_IVS", "P0012", "A-7_09.02.08_minor drift_HH", "A-7", "12_x", "P0013_x", "sample"],
    )
    assert owned.videos == {
        "12": ("12_x",),
        "A-7": ("A-7", "A-7_09.02.08_minor drift_HH"),
        "P001": ("P001_09.02.08_IVS",),
        "P0012": ("P0012",),
    }
    assert [line.name for line in owned.left_out] == ["P0013_x", "sample"]


def test_a_video_that_fits_several_participants_belongs_to_none(tmp_path: Path) -> None:
    owned = assign_videos(table_of(tmp_path, "P7", "P007", "9"), ["P7_x", "P007_y", "P07_z", "p7_z"])
    assert owned.videos == {"P007": ("P007_y",), "P7": ("P7_x",)}
    why = "no label: its name fits participants P007, P7; say in videos.csv whose it is"
    assert owned.left_out == (
        LeftOut(name="P07_z", reason=why),
        LeftOut(name="p7_z", reason=why),
        LeftOut(name="participant 9", reason="a row in semen_analysis_data.csv, but no video"),
    )


def test_names_in_videos_csv_may_have_folders_other_letters_and_no_ending(tmp_path: Path) -> None:
    """NFC in the table and NFD on the disk, and the other way round; a Windows path; an ending in capitals."""
    table = table_of(
        tmp_path,
        *"12345",
        videos="ID;video\n1;M\u00fcller\n2;So\u0308ren.avi\n3;D:\\VISEM\\videos\\3_09.09.02_x.AVI\n4;Day 1/Four\n5;\n",
    )
    owned = assign_videos(table, ["Mu\u0308ller", "S\u00f6ren", "3_09.09.02_x", "four"])
    assert owned.videos == {
        "1": ("Mu\u0308ller",), "2": ("S\u00f6ren",), "3": ("3_09.09.02_x",), "4": ("four",),
    }  # fmt: skip
    assert [line.name for line in owned.left_out] == ["participant 5"]


def test_ids_in_videos_csv_are_found_as_those_of_names_are(tmp_path: Path) -> None:
    table = table_of(tmp_path, "P7", "P007", "B1", videos="ID;video\nb01;a.avi\np7;b.avi\nC3;c.avi\nP7;d.avi\n")
    owned = assign_videos(table, ["a", "b", "c", "d"])
    assert owned.videos == {"B1": ("a",), "P7": ("d",)}
    assert owned.left_out == (
        LeftOut(
            name="b", reason="no label: its ID in videos.csv, p7, fits participants P007, P7; write one of these there"
        ),
        LeftOut(name="c", reason="no label: semen_analysis_data.csv has no row with ID C3"),
        LeftOut(name="participant P007", reason="a row in semen_analysis_data.csv, but no video"),
    )


def test_summary_rows_are_listed(tmp_path: Path) -> None:
    owned = assign_videos(table_of(tmp_path, "1", "Mean", "Std. Dev."), ["1", "Mean"])
    assert owned.videos == {"1": ("1",)}
    assert owned.left_out == (
        LeftOut(name="Mean", reason="no label: its name does not start with a participant's ID"),
        LeftOut(name="row Mean", reason="a summary in semen_analysis_data.csv, not a participant"),
        LeftOut(name="row Std. Dev.", reason="a summary in semen_analysis_data.csv, not a participant"),
    )


def test_a_replicate_that_is_missing_is_listed(tmp_path: Path) -> None:
    table = table_of(tmp_path, "1", "2", videos="ID;video\n1;a.avi\n1;b.avi\n2;c.avi\n")
    assert assign_videos(table, ["A"]).left_out == (
        LeftOut(name="participant 2", reason="a row in semen_analysis_data.csv, but no video"),
        LeftOut(name="b", reason="videos.csv names it for participant 1, but it is missing"),
    )
