import pytest

from motilens.data.summary_rows import summary_rows


@pytest.mark.parametrize(
    "name",
    [
        "Mean", "MEAN", "Mean:", "mean (n=9)", "Mean ± SD", "Mean +/- SD", "mean and median", "Average", "SD", "S.D.",
        "Std. Dev.", "Standard deviation", "n", "N =", "Median [IQR]", "Min", "Max", "Min/Max", "Total", "95% CI",
        "SEM",
    ],
)  # fmt: skip
def test_words_for_statistics(name: str) -> None:
    assert summary_rows(["1", "P2", name]) == {name}


@pytest.mark.parametrize("name", ["P1", "N1", "Q3", "7", "Meaney 2", "A-7", "", "()", "5 %", "mean 3"])
def test_ids_are_no_words_for_statistics(name: str) -> None:
    assert summary_rows(["1", name]) == frozenset()


def test_another_word_below_the_participants_changes_nothing() -> None:
    assert summary_rows(["1", "2", "3", "Mean", "Gesamtmittel"]) == {"Mean"}


def test_where_participants_have_letters_alone_a_word_may_be_one_of_them() -> None:
    assert summary_rows(["Anna", "Max", "Mean"]) == frozenset()
    assert summary_rows([*"KLMN"]) == frozenset()
