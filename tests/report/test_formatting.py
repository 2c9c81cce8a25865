from motilens.report.formatting import count, p_value, seconds, signed
from motilens.report.table import MINUS


def test_numbers_for_people() -> None:
    assert [seconds(v) for v in (None, 0.0, 0.0002, 0.01234, 2.5, 14.04, 12345.6)] == [
        None,
        "0",
        "< 0.001",
        "0.0123",
        "2.5",
        "14",
        "12,346",
    ]
    assert [count(v) for v in (None, 7, 21_300, 3_400_000)] == [None, "7", "21 k", "3.4 M"]
    assert [p_value(v) for v in (0.0001, 0.0312)] == ["< 0.001", "0.031"]
    assert [signed(v).replace(MINUS, "-") for v in (-0.01, 2.0, -2.26)] == ["+0.0", "+2.0", "-2.3"]
