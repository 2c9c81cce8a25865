import pytest
from hypothesis import given
from hypothesis import strategies as st

from motilens.data.names import VideoName, exclusion, listed, naturally, parse_video_name, participant_id


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("1_09.09.02_SSW", VideoName("1", (), "SSW")),
        ("2_09.09.03_lots of debris_SSW", VideoName("2", ("lots of debris",), "SSW")),
        ("30_10.01.12_minor drift_HH", VideoName("30", ("minor drift",), "HH")),
        ("82", VideoName("82", (), None)),
        ("07_x", VideoName("7", ("x",), None)),
        ("82_first15s", VideoName("82", ("first15s",), None)),
        ("3 copy", VideoName("3", (), None)),
        ("calibration", VideoName(None, (), None)),
        ("12a", VideoName(None, (), None)),
    ],
)
def test_a_name_is_taken_apart(name: str, expected: VideoName) -> None:
    assert parse_video_name(name) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("7", "7"),
        (" 07 ", "7"),
        ("7.0", "7"),
        ("7,0", "7"),
        ("P7", "P7"),
        ("0", "0"),
        ("P007", "P007"),
        ("1,000", "1,000"),
    ],
)
def test_an_id_has_one_form(text: str, expected: str) -> None:
    assert participant_id(text) == expected


@given(st.lists(st.integers(0, 10_000), unique=True))
def test_numbers_stand_in_the_order_of_their_values(numbers: list[int]) -> None:
    assert naturally(str(n) for n in numbers) == tuple(str(n) for n in sorted(numbers))


def test_a_long_list_says_how_many_more() -> None:
    assert listed("abc") == "a, b, c"
    assert listed("abc", most=2) == "a, b and 1 more"


def test_spaces_and_accents_of_an_id_have_one_form() -> None:
    assert participant_id(" Mu\u0308ller\n  2\u00a0b ") == "M\u00fcller 2 b"


def test_names_that_differ_by_case_or_zeros_have_one_order() -> None:
    assert naturally(["p7", "P7", "P007"]) == naturally(["P007", "P7", "p7"]) == ("P007", "P7", "p7")


def test_ids_are_quoted_for_a_shell() -> None:
    assert exclusion(["7", "A 7", "Mean"]) == "--exclude 7 --exclude 'A 7' --exclude Mean"
