import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from motilens.data.folds import Fold, Folds, folds_from_tests, inner_split, make_folds
from motilens.errors import FoldError

IDS = tuple("123456")


def some_values(n: int, seed: int = 1) -> dict[str, float]:
    values = np.random.default_rng(seed).uniform(0, 100, n)
    return {str(i + 1): float(value) for i, value in enumerate(values)}


def test_each_test_takes_one_of_each_block() -> None:
    values = {str(i): float(i) for i in range(1, 10)}
    for fold in make_folds(values, n_folds=3, seed=4).folds:
        assert [(int(i) - 1) // 3 for i in fold.test_ids] == [0, 1, 2]


def test_the_seed_decides_and_the_order_of_the_mapping_does_not() -> None:
    values = some_values(30)
    turned = dict(reversed(values.items()))
    assert make_folds(values, seed=0) == make_folds(turned, seed=0)
    assert make_folds(values, seed=0).folds != make_folds(values, seed=1).folds
    assert make_folds(values).source == "made: stratified, seed 0"


@given(st.integers(2, 5).flatmap(lambda k: st.tuples(st.just(k), st.integers(2 * k, 90))), st.integers(0, 2**32 - 1))
def test_folds_part_everyone(sizes: tuple[int, int], seed: int) -> None:
    n_folds, n = sizes
    folds = make_folds(some_values(n, seed), n_folds=n_folds, seed=seed).folds
    assert [fold.fold for fold in folds] == list(range(1, n_folds + 1))
    assert sorted(i for fold in folds for i in fold.test_ids) == sorted(str(i + 1) for i in range(n))
    counts = [len(fold.test_ids) for fold in folds]
    assert max(counts) - min(counts) <= 1
    for fold in folds:
        assert not set(fold.train_ids) & set(fold.test_ids)
        assert len(fold.train_ids) + len(fold.test_ids) == n


def test_stratified_folds_have_nearer_means_than_random_ones() -> None:
    values = some_values(85)

    def sd(tests: list[list[str]]) -> float:
        return float(np.ptp([np.mean([values[i] for i in ids]) for ids in tests]))

    made = sd([list(fold.test_ids) for fold in make_folds(values).folds])
    rng = np.random.default_rng(0)
    drawn = [sd([list(part) for part in np.array_split(rng.permutation(list(values)), 3)]) for _ in range(50)]
    assert made < np.quantile(drawn, 0.2)


def test_participants_without_the_value_are_spread_too() -> None:
    values = {**some_values(6), "7": math.nan, "8": math.nan, "9": math.nan}
    for fold in make_folds(values).folds:
        assert len({"7", "8", "9"} & set(fold.test_ids)) == 1


def test_known_tests_become_folds_in_natural_order() -> None:
    folds = folds_from_tests(
        {2: ["10", "3"], 1: ["2", "1"]}, participants=("1", "2", "3", "10"), known=(), source="mine.csv"
    )
    assert folds.folds == (
        Fold(fold=1, train_ids=("3", "10"), test_ids=("1", "2")),
        Fold(fold=2, train_ids=("1", "2"), test_ids=("3", "10")),
    )
    assert (len(folds), repr(folds)) == (2, "Folds('mine.csv', test participants: 2 / 2)")


def test_someone_without_stacks_drops_out_of_his_fold() -> None:
    folds = folds_from_tests({1: ["1", "2", "9"], 2: ["3", "4"]}, participants=IDS[:4], known=(*IDS, "9"), source="f")
    assert folds.folds[0].test_ids == ("1", "2")


@pytest.mark.parametrize(
    ("tests", "words"),
    [
        (
            {1: ["1", "2", "3"], 2: ["3", "4", "5", "6"]},
            "folds of f overlap: participant 3 is tested in fold 1 and in fold 2; allowed",
        ),
        ({1: ["1", "2", "2"], 2: ["3", "4", "5", "6"]}, "fold 1 of f names 2 twice; allowed: once"),
        (
            {1: ["1", "2"], 2: ["3", "4"]},
            "f tests 5, 6 in no fold; allowed: everyone in one; add them, or leave them out with --exclude",
        ),
        (
            {1: ["1", "2", "7"], 2: ["3", "4", "5", "6"]},
            "f names 7, not in the table of participants; correct the ID or remove it",
        ),
        (
            {1: ["1"], 2: ["2", "3", "4", "5", "6"]},
            r"fold 1 of f has 1 participant in its test part \(1\); allowed: at least 2; use fewer",
        ),
        ({1: [], 2: list(IDS)}, r"fold 1 of f has 0 participants in its test part \(nobody\); allowed: at least 2"),
    ],
)
def test_folds_that_cannot_be_right_are_refused(tests: dict[int, list[str]], words: str) -> None:
    with pytest.raises(FoldError, match=words):
        folds_from_tests(tests, participants=IDS, known=IDS, source="f")


def test_who_trains_does_not_test() -> None:
    with pytest.raises(
        FoldError, match="fold 1 of f has participant 2 in training and in test; allowed: one or the other"
    ):
        Folds("f", (Fold(fold=1, train_ids=("2", "3"), test_ids=("1", "2")),))


def test_a_training_part_of_one_is_refused() -> None:
    with pytest.raises(FoldError, match=r"fold 2 of f has 1 participant in its training part \(1\)"):
        Folds("f", (Fold(fold=2, train_ids=("1",), test_ids=("2", "3")),))


def test_too_few_participants_are_refused() -> None:
    with pytest.raises(
        FoldError, match="5 participants are too few for 3 folds; allowed: at least 2 a fold; use fewer folds"
    ):
        make_folds(some_values(5))
    with pytest.raises(FoldError, match="1 fold asked for; allowed: at least 2"):
        make_folds(some_values(5), n_folds=1)


@given(st.integers(2, 80), st.floats(0.01, 0.99), st.integers(0, 1000))
def test_an_inner_split_parts_everyone(n: int, share: float, seed: int) -> None:
    values = some_values(n, seed)
    fit, select = inner_split(tuple(values), share=share, seed=seed, order_by=values)
    assert sorted((*fit, *select)) == sorted(values)
    assert fit and select
    assert abs(len(select) - share * n) <= 1
    again = inner_split(tuple(reversed(values)), share=share, seed=seed, order_by=values)
    assert again == (fit, select)


def test_an_inner_split_takes_one_of_each_part_of_the_range() -> None:
    values = {str(i): float(i) for i in range(20)}
    _, select = inner_split(tuple(values), share=0.2, seed=3, order_by=values)
    assert [int(i) // 5 for i in select] == [0, 1, 2, 3]


def test_an_inner_split_needs_two() -> None:
    with pytest.raises(
        FoldError, match=r"nobody can be held out to choose the epoch from 1 training participants \(1\); allowed"
    ):
        inner_split(("1",), share=0.2, seed=0, order_by={})
    with pytest.raises(FoldError, match="allowed: at least two, each once"):
        inner_split(("1", "1"), share=0.2, seed=0, order_by={})
