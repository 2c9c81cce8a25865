"""VISEM's tables, letter by letter, and read by motilens as VISEM's own are."""

import csv
import io
from pathlib import Path

import pytest

from motilens.data.owned_videos import assign_videos
from motilens.data.visem import read_participants
from motilens.simulate.tables import HEADER, OTHERS, TableOf, percentages_of, tables
from motilens.simulate.truth import Percentages, read_truth
from tests.simulate.factories import fill_folder, truth

TABLE = "semen_analysis_data.csv"
MOTILITY = ("Progressive motility (%)", "Non progressive sperm motility (%)", "Immotile sperm (%)")
MORPHOLOGY = ("Head defects (%)", "Midpiece and neck defects (%)", "Tail defects (%)")


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";"))


def number(text: str) -> float:
    assert "." not in text  # VISEM writes decimal commas
    return float(text.replace(",", "."))


@pytest.mark.parametrize("table_of", ["exact", "seen", "counted"])
def test_the_table_holds_what_was_asked_for(table_of: TableOf) -> None:
    text = tables([truth()], table_of)[TABLE]
    assert text.startswith("\ufeff" + HEADER + "\n")
    (row,) = rows(text)
    expected = getattr(truth(), table_of)
    assert percentages_of(truth(), table_of) == expected
    assert tuple(number(row[name]) for name in MOTILITY) == expected.motility_pct
    assert tuple(number(row[name]) for name in MORPHOLOGY) == expected.morphology_pct
    assert number(row["Sperm concentration (x10⁶/mL)"]) == 12.5
    assert row["ID"] == "1"
    assert row["Sperm vitality (%)"] == row["DNA fragmentation index, DFI (%)"] == "Not reported"


def test_all_of_visems_tables_are_there_with_the_key() -> None:
    made = tables([truth(4), truth(11)], "exact")
    assert set(made) == {"videos.csv", TABLE, *OTHERS}
    assert len(OTHERS) == 4
    for name in OTHERS:
        assert made[name] == "\ufeffID\n4\n11\n"
    assert made["videos.csv"] == "\ufeffID;video\n4;4_09.09.03_SSW.avi\n11;11_09.09.03_SSW.avi\n"


def test_every_digit_comes_back() -> None:
    third = truth().model_copy(
        update={"exact": Percentages(motility_pct=(100 / 3, 100 / 3, 100 / 3), morphology_pct=(1 / 3, 0.1, 1e-7))}
    )
    (row,) = rows(tables([third], "exact")[TABLE])
    assert [number(row[name]) for name in MOTILITY] == [100 / 3] * 3
    assert [number(row[name]) for name in MORPHOLOGY] == [1 / 3, 0.1, 1e-7]


@pytest.mark.parametrize("table_of", ["exact", "seen", "counted"])
def test_the_reader_of_visem_reads_it_without_a_flag(tmp_path: Path, table_of: TableOf) -> None:
    fill_folder(tmp_path, [1, 2], table_of=table_of)
    table = read_participants(tmp_path)
    assert list(table.rows) == ["1", "2"] and not table.absent
    expected = percentages_of(truth(), table_of)
    for row in table.rows.values():
        assert (row.motility, row.morphology) == (expected.motility_pct, expected.morphology_pct)
        assert row.concentration == 12.5
    given = assign_videos(table, ["1_09.09.03_SSW", "2_09.09.03_SSW"])
    assert dict(given.videos) == {"1": ("1_09.09.03_SSW",), "2": ("2_09.09.03_SSW",)} and not given.left_out


def test_a_counted_table_of_a_whole_set(filmed: Path) -> None:
    """Whole cells of 200, so half percents; the truth beside it has the exact ones."""
    for row in read_participants(filmed).rows.values():
        known = read_truth(filmed, int(row.participant))
        assert row.motility == known.counted.motility_pct != known.exact.motility_pct
        assert row.morphology == known.counted.morphology_pct
        for percent in (*known.counted.motility_pct, *known.counted.morphology_pct):
            assert percent * 2 == pytest.approx(round(percent * 2), abs=1e-9)
        assert known.counted_cells == 200
        # Five standard errors of a count of 200, the largest being 5 * sqrt(50 * 50 / 200) = 17.7 points.
        for counted, exact in zip(known.counted.motility_pct, known.exact.motility_pct, strict=True):
            assert abs(counted - exact) < 18


def test_a_table_that_is_missing_is_written_again_and_the_others_are_left(tmp_path: Path) -> None:
    fill_folder(tmp_path, [1])
    first = (tmp_path / TABLE).read_bytes()
    (tmp_path / TABLE).write_text("mine")
    fill_folder(tmp_path, [1])
    assert (tmp_path / TABLE).read_text() == "mine"  # all there: left alone
    (tmp_path / "videos.csv").unlink()
    fill_folder(tmp_path, [1])
    assert (tmp_path / TABLE).read_bytes() == first
