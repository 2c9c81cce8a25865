import pytest

from motilens.data.owners import Owners


@pytest.mark.parametrize(
    ("video_id", "expected"),
    [
        ("P001_09.02.08_IVS", ("P001",)),
        ("P001", ("P001",)),
        ("P001 copy", ("P001",)),
        ("p1_09.02.08_IVS", ("P001",)),
        ("P0012_x", ("P0012",)),
        ("P00123_x", ()),
        ("P001x", ()),
        ("xP001", ()),
        ("A-7_09.02.08_IVS", ("A-7",)),
        ("A-70_x", ("A", "A-7")),  # perhaps of a participant A-70 without a row
        ("A_x", ("A",)),
        ("A", ("A",)),
        ("12_09.02.08_IVS", ("12",)),  # a date, so not of 12_b
        ("12_b_09.02.08", ("12_b",)),
        ("12_c_09.02.08", ("12", "12_b")),
        ("012", ("12",)),
        ("two words_x", ("two words",)),
        ("Zo\u0308e_x", ("Zöe",)),
        ("", ()),
        ("_x", ()),
        ("Q1_x", ("Q1",)),
        ("q1_x", ("q1",)),
        ("Q01_x", ("Q1", "q1")),
    ],
)
def test_the_owner_is_who_the_name_begins_with(video_id: str, expected: tuple[str, ...]) -> None:
    ids = frozenset({"P001", "P0012", "A", "A-7", "12", "12_b", "two words", "Zöe", "Q1", "q1"})
    assert Owners(ids).of_video(video_id) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("P7", ("P7",)), ("P007", ("P007",)), ("p07", ("P007", "P7")), ("b 1", ("B 001",)), ("P70", ()), ("", ())],
)
def test_ids_are_found_exactly_before_case_and_zeros_are_ignored(text: str, expected: tuple[str, ...]) -> None:
    assert Owners(frozenset({"P7", "P007", "B 001"})).named(text) == expected
