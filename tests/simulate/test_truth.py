"""The truth goes to files and comes back."""

import json
from pathlib import Path

import pytest

from motilens.errors import InputError
from motilens.simulate.truth import CellTruth, labels_path, read_cells, read_truth, truth_path, write_truth
from tests.simulate.factories import truth

CELL = CellTruth(
    field=0,
    track=3,
    kind="non-progressive",
    gait="on the spot",
    head="normal",
    midpiece="droplet",
    tail="bent",
    clustered=False,
    stuck=True,
    frames_in_view=50,
    depth_um=-1.25,
    beat_hz=7.5,
    vsl_um_s=0.123456789,
    vcl_um_s=3.0,
    vap_um_s=0.0,
    str=0.0,
    wob=0.0,
    lin=0.04,
    alh_um=0.5,
    bcf_hz=15.0,
)


def test_it_comes_back_as_it_was(tmp_path: Path) -> None:
    write_truth(tmp_path, truth(), [CELL, CELL])
    assert read_truth(tmp_path, 1) == truth()
    back = read_cells(tmp_path, 1)
    assert len(back) == 2
    assert back[0].vsl_um_s == pytest.approx(CELL.vsl_um_s, rel=1e-5)  # six digits are written
    assert back[0].model_copy(update={"vsl_um_s": CELL.vsl_um_s}) == CELL


def test_the_json_says_what_things_are(tmp_path: Path) -> None:
    write_truth(tmp_path, truth(), [])
    told = json.loads(truth_path(tmp_path, 1).read_text())
    assert told["exact"] == {"motility_pct": [40.5, 30.0, 29.5], "morphology_pct": [95.0, 20.25, 10.0]}
    assert {"seen", "counted", "fields", "stage_moves", "um_per_px", "fps_hz", "truth_version"} <= set(told)


def test_nobody_in_view_is_an_empty_table(tmp_path: Path) -> None:
    write_truth(tmp_path, truth(), [])
    assert read_cells(tmp_path, 1) == []


def test_where_the_json_is_the_rest_is_whole(filmed: Path) -> None:
    for path in (truth_path(filmed, 1), labels_path(filmed, 1), filmed / "truth" / "1_cells.csv"):
        assert path.is_file()
    assert truth_path(filmed, 1).stat().st_mtime_ns >= labels_path(filmed, 1).stat().st_mtime_ns


@pytest.mark.parametrize("content", ["", "{}", '{"participant": 1}', "[1, 2]", "no json"])
def test_a_damaged_truth_is_named(tmp_path: Path, content: str) -> None:
    truth_path(tmp_path, 1).parent.mkdir()
    truth_path(tmp_path, 1).write_text(content)
    with pytest.raises(InputError, match=r"no readable truth at .*1\.json; remove the folder and simulate it again"):
        read_truth(tmp_path, 1)


def test_a_truth_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no readable truth at .*7\.json"):
        read_truth(tmp_path, 7)
    with pytest.raises(InputError, match=r"no readable table of cells at .*7_cells\.csv"):
        read_cells(tmp_path, 7)


def test_a_damaged_table_of_cells_is_named(tmp_path: Path) -> None:
    write_truth(tmp_path, truth(), [CELL])
    path = tmp_path / "truth" / "1_cells.csv"
    path.write_text(path.read_text().replace("on the spot", "on the moon"))
    with pytest.raises(InputError, match=r"no readable table of cells at .*1_cells\.csv"):
        read_cells(tmp_path, 1)
