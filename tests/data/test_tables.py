from pathlib import Path

import pytest

from motilens.data.tables import header_key, number, read_table
from motilens.errors import LabelError, MissingError
from tests.data.folders import write


@pytest.mark.parametrize(
    "header",
    [
        "Sperm concentration (x10⁶/mL)",
        "sperm  concentration (x10_6/mL)",
        "Sperm_concentration_x10_6/mL",
        "Sperm concentration x10⁶",
        "Sperm concentration\n(x10?/mL)",
        "Sperm concentration x10?/mL",
        "SPERM-CONCENTRATION [10^6 per mL]",
        "Sperm concentration (%)",
    ],
)
def test_spellings_of_a_header_are_one(header: str) -> None:
    assert header_key(header) == "spermconcentration"


def test_different_headers_stay_apart() -> None:
    assert header_key("Progressive motility (%)") != header_key("Non progressive sperm motility (%)")


@pytest.mark.parametrize(
    ("text", "expected"), [("1,3", 1.3), ("1.3", 1.3), (" 72 ", 72.0), ("1e-05", 1e-5), ("97,", 97.0), ("-4", -4.0)]
)
def test_numbers_have_a_comma_or_a_point(text: str, expected: float) -> None:
    assert number(text) == expected


@pytest.mark.parametrize("text", ["", "Not reported", "not reported", "NaN", "N/A"])
def test_words_for_missing_are_missing(text: str) -> None:
    assert number(text) is None


@pytest.mark.parametrize("text", ["unknown", "1.234,5", "1 2", "12%"])
def test_other_words_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a number; allowed: a number, or 'Not reported'"):
        number(text)


@pytest.mark.parametrize(
    "text",
    [
        'ID;a, b\n1;"x;y"\n',
        '\ufeffID;a, b\r\n1;"x;y"\r\n\r\n',
        'ID;a, b;;\n1;"x;y";;\n;;;\n',
        "ID\ta, b\n1\tx;y\n",
        'ID,"a, b"\n1,x;y\n',
        'ID, "a, b"\n1, x;y\n',
    ],
)
def test_delimiters_and_empty_ends_do_not_matter(tmp_path: Path, text: str) -> None:
    table = read_table(write(tmp_path / "t.csv", text), ["ID"])
    assert table.headers == ("ID", "a, b")
    assert [line.fields for line in table.lines] == [{"ID": "1", "a, b": "x;y"}]


@pytest.mark.parametrize(
    ("line", "delimiter"),
    [("sep=;", ";"), ("sep=,", ","), ('"sep=;"', ";"), ("sep=\t", "\t"), ("sep=\\t", "\t"), ("SEP=|", "|")],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_line_that_tells_excel_the_delimiter(tmp_path: Path, line: str, delimiter: str, end: str) -> None:
    rows = [line, delimiter.join(["ID", "fold"]), delimiter.join(["1", "2"])]
    (tmp_path / "t.csv").write_bytes("".join(row + end for row in rows).encode())
    table = read_table(tmp_path / "t.csv", ["ID", "fold"])
    assert table.headers == ("ID", "fold")
    assert [(row.number, row.fields) for row in table.lines] == [(3, {"ID": "1", "fold": "2"})]


@pytest.mark.parametrize(
    "above",
    [
        "Title\n",
        "Title;;\n;;\n",
        "\n\n",
        "Ward 7, fold mountain\nID of the ward;7;\n",
        'sep=;\n"A title\nof two lines"\n',
        "sep=,\n",  # saved again with another delimiter
        "ID\n",
        "1;2;3;4;5;6;7\n",
    ],
)
def test_the_header_is_found_by_its_columns(tmp_path: Path, above: str) -> None:
    table = read_table(write(tmp_path / "t.csv", above + '"ID\n";fold;x, y\n1;2;\n'), ["ID", "fold"])
    assert table.headers == ("ID", "fold", "x, y")
    assert [(row.number, row.fields) for row in table.lines] == [
        (above.count("\n") + 3, {"ID": "1", "fold": "2", "x, y": ""})
    ]


def test_the_first_header_counts(tmp_path: Path) -> None:
    """A second one does not silently drop the rows above it."""
    text = "ID;fold;\n1;2;\nID;fold;repeat\n3;4;5\n"
    with pytest.raises(LabelError, match="line 3: 3 fields, but the header has 2"):
        read_table(write(tmp_path / "t.csv", text), ["ID", "fold", "repeat"])


@pytest.mark.parametrize("text", ["", "\n\n", ";;;\n;;;\n", "sep=;", "sep=;\n\n"])
def test_a_table_of_nothing_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(LabelError, match=r"t\.csv is empty; allowed: a header"):
        read_table(write(tmp_path / "t.csv", text), ["ID"])


def test_a_row_of_another_length_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        LabelError, match=r"t\.csv, line 3: 4 fields, but the header has 3; put fields that hold the delimiter"
    ):
        read_table(write(tmp_path / "t.csv", "ID,a,b\n1,2,3\n2,3,4,5\n"), ["ID"])
    with pytest.raises(LabelError, match="line 2: 2 fields, but the header has 3"):
        read_table(write(tmp_path / "t.csv", "ID,a,b\n1,2\n"), ["ID"])


def test_a_missing_table_is_said(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match=r"no table .*t\.csv"):
        read_table(tmp_path / "t.csv", ["ID"])


def test_something_else_than_a_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LabelError, match=r"t\.csv, line 2: not a table"):
        read_table(write(tmp_path / "t.csv", "ID\n" + "x" * 200_000), ["ID"])


def test_a_missing_column_names_those_there_and_the_closest(tmp_path: Path) -> None:
    table = read_table(write(tmp_path / "t.csv", "ID;Progresive motility;x\n1;2;3\n"), ["ID"])
    with pytest.raises(
        LabelError,
        match=r"t\.csv has no column 'Progressive motility \(%\)'; did you mean it by 'Progresive motility'\? "
        "then rename that; columns there: ID, Progresive motility, x",
    ):
        table.column("Progressive motility (%)")
    with pytest.raises(LabelError, match="no column 'Tail defects'; add it; columns there"):
        table.column("Tail defects")


def test_two_columns_of_one_meaning_are_refused(tmp_path: Path) -> None:
    table = read_table(write(tmp_path / "t.csv", "ID;id\n1;2\n"), ["ID"])
    with pytest.raises(LabelError, match="2 columns for 'ID': 'ID', 'id'; allowed: one; remove the others"):
        table.column("ID")
