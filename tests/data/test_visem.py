import shlex
from pathlib import Path

import pytest

from motilens.data.owned_videos import assign_videos
from motilens.data.visem import ParticipantTable, find_table, read_participants
from motilens.errors import InputError, LabelError, MissingError
from tests.data.folders import ROWS, Row, make_visem, semen_table, write

COMMA_TABLE = (
    "ID,Sperm concentration (x10_6/mL),Head defects (%),Midpiece and neck defects (%),Tail defects (%),"
    'Progressive motility (%),Non progressive sperm motility (%),Immotile sperm (%),"High DNA stainability, HDS (%)"\n'
    "1,97.5,97.0,28.0,9.7,11,17,72,6\n2,3.8,96.0,36.0,17.0,41,43,16,Not reported\n10,,98.5,39.0,20.5,30,31,39,\n"
)


def with_row(participant: str, *values: object) -> str:
    return semen_table({**ROWS, participant: values})


def check_known(table: ParticipantTable) -> None:
    assert tuple(table.rows) == ("1", "2", "10")
    assert table.labels("motility") == {"1": (11, 17, 72), "2": (41, 43, 16), "10": (30, 31, 39)}
    assert table.labels("morphology") == {"1": (97, 28, 9.7), "2": (96, 36, 17), "10": (98.5, 39, 20.5)}
    assert [row.concentration for row in table.rows.values()] == [97.5, 3.8, None]


def test_visem_as_published(tmp_path: Path) -> None:
    table = read_participants(make_visem(tmp_path))
    check_known(table)
    ids = [path.stem for path in (tmp_path / "videos").iterdir()]
    assert assign_videos(table, ids).videos == {
        "1": ("1_09.09.01_SSW",),
        "2": ("2_09.09.02_lots of debris_SSW",),
        "10": ("10_09.09.03_SSW",),
    }
    assert assign_videos(table, ids).left_out == ()


@pytest.mark.parametrize("bom", ["", "\ufeff"])
def test_comma_copies(tmp_path: Path, bom: str) -> None:
    write(tmp_path / "semen_analysis_data.csv", bom + COMMA_TABLE)
    check_known(read_participants(tmp_path))


def test_a_hugging_face_copy(tmp_path: Path) -> None:
    write(tmp_path / "data" / "metadata.csv", COMMA_TABLE)
    table = read_participants(tmp_path)
    check_known(table)
    assert assign_videos(table, ["1", "2", "10"]).videos == {"1": ("1",), "2": ("2",), "10": ("10",)}
    check_known(read_participants(tmp_path / "data"))


def test_a_metadata_table_may_name_files_instead_of_participants(tmp_path: Path) -> None:
    header, *rows = COMMA_TABLE.splitlines()
    files = [f"{row.split(',')[0]}.avi,{row.split(',', 1)[1]}" for row in rows]
    write(tmp_path / "data" / "metadata.csv", "\n".join([header.replace("ID,", "file_name,"), *files]))
    check_known(read_participants(tmp_path))


def test_visem_tracking(tmp_path: Path) -> None:
    for i in ROWS:
        write(tmp_path / "Train" / i / f"{i}.mp4")
    write(tmp_path / "semen_analysis_data_Train.csv", COMMA_TABLE)
    check_known(read_participants(tmp_path))
    check_known(read_participants(tmp_path / "Train"))


def test_tables_beside_folders_of_videos_are_found(tmp_path: Path) -> None:
    make_visem(tmp_path)
    write(tmp_path / "videos" / "fold_1" / "1.avi")
    assert find_table(tmp_path / "videos" / "fold_1") == tmp_path / "semen_analysis_data.csv"


def test_a_table_may_be_named_itself(tmp_path: Path) -> None:
    check_known(read_participants(write(tmp_path / "mine.csv", COMMA_TABLE)))


def test_real_rows(real_data: Path) -> None:
    table = read_participants(real_data / "visem_tracking")
    assert tuple(table.rows) == ("11", "14", "21", "23", "29", "35", "38", "52", "60", "82")
    row = table.rows["82"]
    assert (row.motility, row.morphology, row.concentration) == ((17, 33, 50), (99.5, 30.5, 14), 22)
    assert sum(motility[0] for motility in table.labels("motility").values()) == 193
    assert assign_videos(table, ["82_first15s"]).videos == {"82": ("82_first15s",)}


def test_what_is_not_reported_is_no_label(tmp_path: Path) -> None:
    rows = {"1": ROWS["1"], "2": ("3,8", "Not reported", 1, 2, 41, "Not reported", 16)}
    table = read_participants(make_visem(tmp_path, rows))
    assert tuple(table.labels("motility")) == tuple(table.labels("morphology")) == ("1",)
    assert tuple(table.rows) == ("1", "2")


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (("1,0", 90, 10, 10, 40, 30, 40), r"motility 40 \+ 30 \+ 40 sums to 110 %; allowed: 100 \+- 1"),
        (("1,0", 90, 10, 10, -1, 51, 50), "progressive is -1 %; allowed: 0 to 100"),
        (("1,0", 90, 10, "100,5", 20, 30, 50), r"tail defects is 100\.5 %; allowed: 0 to 100"),
        (
            ("1,0", 90, 10, 10, "many", 30, 50),
            r"Progressive motility \(%\): 'many' is not a number; allowed: a number, or",
        ),
        (("-3", 90, 10, 10, 20, 30, 50), r"Sperm concentration \(x10⁶/mL\) is -3; allowed: 0 or more"),
    ],
)
def test_values_that_cannot_be_right_stop(tmp_path: Path, row: tuple[object, ...], words: str) -> None:
    write(tmp_path / "semen_analysis_data.csv", with_row("12", *row))
    with pytest.raises(LabelError, match=r"semen_analysis_data\.csv, ID 12: " + words) as caught:
        read_participants(tmp_path)
    assert str(caught.value).endswith("; correct the table or leave out with --exclude 12")
    assert "\n" not in str(caught.value)
    assert "12" not in read_participants(tmp_path, exclude=["12"]).rows


def test_many_bad_rows_are_told_at_once(tmp_path: Path) -> None:
    bad = {str(i): ("1,0", 90, 10, 10, 50, 50, 50) for i in range(20, 27)}
    write(tmp_path / "semen_analysis_data.csv", semen_table({**ROWS, **bad}))
    with pytest.raises(LabelError, match=r"ID 20: .*; ID 24: .*; and 2 more; .* --exclude 20 .*--exclude 26$"):
        read_participants(tmp_path)


def test_two_rows_with_one_id_are_refused(tmp_path: Path) -> None:
    write(tmp_path / "semen_analysis_data.csv", with_row("02", "1,0", 90, 10, 10, 20, 30, 50))
    with pytest.raises(
        LabelError,
        match=r"semen_analysis_data\.csv has two rows with ID 2 \(lines 3 and 5\); allowed: one row a participant",
    ):
        read_participants(tmp_path)


def test_a_row_without_id_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "semen_analysis_data.csv", with_row("", "1,0", 90, 10, 10, 20, 30, 50))
    with pytest.raises(LabelError, match=r"line 5: '' in column 'ID' is no participant's ID"):
        read_participants(tmp_path)


def test_an_unknown_column_stops_where_it_is_needed(tmp_path: Path) -> None:
    write(tmp_path / "semen_analysis_data.csv", semen_table().replace("Head defects (%)", "Haed defects (%)"))
    table = read_participants(tmp_path)
    assert len(table.labels("motility")) == 3
    with pytest.raises(
        LabelError,
        match=r"has no column 'Head defects \(%\)'; did you mean it by 'Haed defects \(%\)'\? "
        "then rename that; columns there: ID, ",
    ):
        table.labels("morphology")


def test_a_table_without_any_target_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "semen_analysis_data.csv", "ID;Age\n1;30\n")
    with pytest.raises(LabelError, match=r"no column 'Progressive motility \(%\)'; add it; columns there: ID, Age"):
        read_participants(tmp_path)
    write(tmp_path / "semen_analysis_data.csv", semen_table().replace("ID;", "Nummer;"))
    with pytest.raises(LabelError, match="no column 'ID'"):
        read_participants(tmp_path)


def test_a_table_without_rows_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "semen_analysis_data.csv", semen_table({}))
    with pytest.raises(LabelError, match="has a header but no row"):
        read_participants(tmp_path)


def test_a_missing_table_is_said(tmp_path: Path) -> None:
    with pytest.raises(
        MissingError, match=r"no table with laboratory values in .*; put VISEM's semen_analysis_data\.csv there"
    ):
        read_participants(tmp_path)
    with pytest.raises(MissingError, match=r"no folder .*nowhere"):
        read_participants(tmp_path / "nowhere")


def test_several_tables_are_refused(tmp_path: Path) -> None:
    make_visem(tmp_path)
    write(tmp_path / "semen_analysis_data_old.csv", semen_table())
    with pytest.raises(
        LabelError, match=r"2 tables in .*: semen_analysis_data\.csv, semen_analysis_data_old\.csv; allowed: one"
    ):
        read_participants(tmp_path)


def test_excluding_a_stranger_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match=r"--exclude names 99, not in semen_analysis_data\.csv; allowed: IDs .*1, 2, 10"
    ):
        read_participants(make_visem(tmp_path), exclude=["99"])


def test_a_title_an_empty_row_and_a_note_above_the_header_do_not_matter(tmp_path: Path) -> None:
    title = "Semen analysis 2024" + ";" * 15 + "\n\nCounted by: HH, ID of the chamber: 7\n"
    write(tmp_path / "semen_analysis_data.csv", title + semen_table().removeprefix("\ufeff"))
    check_known(read_participants(tmp_path))


@pytest.mark.parametrize("header", ['"ID\nnumber"', '"Participant\r\nID"', '"ID\n"', "Participant number"])
def test_a_header_of_several_lines(tmp_path: Path, header: str) -> None:
    text = semen_table().removeprefix("\ufeff").replace("ID;", f"{header};", 1)
    text = text.replace("Sperm concentration (x10⁶/mL)", '"Sperm concentration\n(x10⁶/\nmL)"')
    (tmp_path / "semen_analysis_data.csv").write_bytes(text.encode())
    check_known(read_participants(tmp_path))


def test_excel_in_western_europe(tmp_path: Path) -> None:
    """Windows-1252 has no ⁶: Excel writes a question mark."""
    text = semen_table().removeprefix("\ufeff").replace("Sperm concentration (x10⁶/mL)", "Sperm concentration x10?/mL")
    (tmp_path / "semen_analysis_data.csv").write_bytes(
        text.replace("⁶", "?").replace("Tail", "«Tail»").encode("cp1252")
    )
    check_known(read_participants(tmp_path))


def test_summary_rows_are_no_participants_and_can_be_excluded(tmp_path: Path) -> None:
    """The mean of valid rows is valid itself, the standard deviation is not: neither is somebody's."""
    rows = {**ROWS, "Mean": ("1,0", 90, 10, 10, 20, 30, 50), "SD (n=3)": ("1,0", 9, 9, 9, 9, 9, 9)}
    write(tmp_path / "semen_analysis_data.csv", semen_table(rows))
    table = read_participants(tmp_path, exclude=["Mean"])
    check_known(table)
    assert (table.summaries, table.excluded) == (("Mean", "SD (n=3)"), ())


def test_advice_can_be_typed_as_printed(tmp_path: Path) -> None:
    odd = dict.fromkeys(("A  7", "$HOME & Co's", "Mean", "-3"), ("1,0", 9, 9, 9, 9, 9, 9))
    write(tmp_path / "semen_analysis_data.csv", semen_table({"Anna": ROWS["1"], **odd}))
    with pytest.raises(LabelError) as caught:
        read_participants(tmp_path)
    typed = shlex.split(str(caught.value).split("leave out with ")[1])
    assert typed == ["--exclude", "$HOME & Co's", "--exclude", "-3", "--exclude", "A 7", "--exclude", "Mean"]
    assert tuple(read_participants(tmp_path, exclude=typed[1::2]).rows) == ("Anna",)


def test_participants_whose_ids_differ_by_case_or_zeros_are_several(tmp_path: Path) -> None:
    rows: dict[str, Row] = dict(zip(("P7", "P007", "p7"), ROWS.values(), strict=True))
    table = read_participants(write(tmp_path / "mine.csv", semen_table(rows)))
    assert {i: row.concentration for i, row in table.rows.items()} == {"P7": 97.5, "P007": 3.8, "p7": None}


def test_frame_rates_of_videos(tmp_path: Path) -> None:
    make_visem(tmp_path)
    assert read_participants(tmp_path).fps_hz == {}
    write(tmp_path / "videos.csv", "ID;video;frame rate (1/s)\n1;1_09.09.01_SSW.avi;50,18\n2;b.avi;\n")
    assert read_participants(tmp_path).fps_hz == {"1_09.09.01_SSW": 50.18}
    (tmp_path / "videos.csv").unlink()
    assert read_participants(tmp_path).fps_hz == {}


def test_a_metadata_table_of_files_with_words(tmp_path: Path) -> None:
    header, *rows = COMMA_TABLE.splitlines()
    files = [f"P{row.split(',')[0]}_09.09.01_HH.MP4,{row.split(',', 1)[1]}" for row in rows]
    write(tmp_path / "metadata.csv", "\n".join([header.replace("ID,", "file_name,"), *files]))
    assert tuple(read_participants(tmp_path).rows) == ("P1", "P2", "P10")
