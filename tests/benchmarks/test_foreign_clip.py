"""Another group's table of cells, made by hand: who is in view, and of which class."""

import gzip
from pathlib import Path

import pytest
from benchmarks.foreign_clip import read_drawn

from motilens.errors import InputError, MissingError

TABLE = """1,50,40,-90,1,0,0
2,99.5,10,0,1,1,0
3,10,79,0,1,2,0
4,20,20,0,1,3,0
5,100,20,0,1,3,0
6,-0.5,20,0,1,3,0
1,50,80,-90,2,0,1
4,20,20,0,2,3,0
"""


@pytest.mark.parametrize("name", ["drawn.csv", "drawn.csv.gz"])
def test_cells_in_view_are_counted_by_class(tmp_path: Path, name: str) -> None:
    """Linear and circular swimmers are progressive, hyperactive ones are not; a frame is 100 px wide and 80 high."""
    raw = TABLE.encode()
    (tmp_path / name).write_bytes(gzip.compress(raw) if name.endswith(".gz") else raw)
    in_view = read_drawn(tmp_path / name).in_view([0, 1, 0], height_px=80, width_px=100)
    assert in_view.tolist() == [[2, 1, 1], [0, 0, 1], [2, 1, 1]]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("cell,x,y\n1,2,3\n", "drawn.csv is no table of numbers"),
        ("1,2,3\n", "drawn.csv has 3 columns; allowed: 7, of which the sixth is the way of swimming, 0 to 3"),
        ("1,50,40,-90,1,4,0\n", "drawn.csv has 7 columns; allowed: 7, of which the sixth"),
    ],
)
def test_another_table_is_refused(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "drawn.csv").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=words):
        read_drawn(tmp_path / "drawn.csv")


def test_no_table(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="no table at"):
        read_drawn(tmp_path / "drawn.csv")
