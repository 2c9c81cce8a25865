import subprocess
import sys

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from motilens.errors import InputError, MismatchError
from motilens.evaluation.compare import agreement, compare, compare_all, holm, permutation_p


def chance(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def p_of(*differences: float, permutations: int = 20_000) -> float:
    return permutation_p(np.array(differences), chance=chance(), permutations=permutations)


# --- permutation


def test_p_on_paper() -> None:
    # Of the 8 sign patterns of three equal differences, two have a mean as far from 0: all plus, all minus.
    assert p_of(1.0, 1.0, 1.0) == 2 / 8
    # Sums of +-1 +-2 +-3: 6, 4, 2, 0 and their opposites, 0 twice. At least 4 from 0: four of eight.
    assert p_of(-1.0, 2.0, 3.0) == 4 / 8
    assert p_of(1.0, 2.0, -3.0) == 1.0
    assert p_of(5.0) == 1.0
    assert p_of(0.0, 0.0, 0.0) == 1.0


def test_equal_sums_stay_equal_in_floating_point() -> None:
    # 0.1 + 0.2 is not 0.3 to a computer, but on paper both patterns lie as far out as the one at hand.
    assert p_of(0.1, 0.2, -0.3) == 1.0
    assert p_of(0.3, 0.2, 0.1) == 2 / 8


def test_a_sample_of_the_patterns_finds_what_counting_all_finds() -> None:
    differences = chance(1).normal(0.4, 1, 12)
    exact = permutation_p(differences, chance=chance(), permutations=2**12)
    sampled = permutation_p(differences, chance=chance(), permutations=2**12 - 1)
    # 4,095 draws know p to about 0.007; four times that.
    assert exact != sampled and sampled == pytest.approx(exact, abs=4 * np.sqrt(exact * (1 - exact) / 4095))


def test_a_sampled_p_is_never_nothing() -> None:
    assert permutation_p(np.ones(85), chance=chance(), permutations=999) == 1 / 1000


def test_p_is_even_where_there_is_no_difference() -> None:
    p = np.array([permutation_p(chance(k).normal(0, 1, 8), chance=chance()) for k in range(400)])
    for level in (0.05, 0.25, 0.5):  # 400 draws know a share to 0.025 at most; four times that
        assert (p <= level).mean() == pytest.approx(level, abs=4 * np.sqrt(level * (1 - level) / 400))


some = st.lists(st.floats(-50, 50), min_size=1, max_size=25)


@settings(deadline=None)
@given(some, st.integers(0, 100))
def test_what_holds_for_all_p(differences: list[float], seed: int) -> None:
    d = np.array(differences)
    p = permutation_p(d, chance=chance(seed), permutations=300)
    assert 0 < p <= 1
    assert permutation_p(-d, chance=chance(seed), permutations=300) == p
    assert permutation_p(2 * d, chance=chance(seed), permutations=300) == p


# --- compare


def test_a_comparison_on_paper() -> None:
    found = compare(np.array([4.0, 6.0]), np.array([5.0, 9.0]), chance=chance())
    assert (found.diff, found.n_participants, found.p) == (-2.0, 2, 0.5)
    assert found.ci95 == (-3.0, -1.0)  # of two participants a quarter of the draws has one twice


def test_what_is_hard_for_both_cancels_out() -> None:
    hard = chance().normal(9, 6, 85)
    better = compare(hard, hard + 0.5 + chance(1).normal(0, 0.5, 85), chance=chance())
    assert better.ci95[1] < 0 and better.p < 0.001


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0, 100)), min_size=1, max_size=12), st.integers(0, 9))
def test_the_other_way_round_is_the_opposite(made: list[tuple[float, float]], seed: int) -> None:
    first, second = np.array(made).T
    one = compare(first, second, chance=chance(seed), permutations=200, resamples=60)
    other = compare(second, first, chance=chance(seed), permutations=200, resamples=60)
    assert other.diff == -one.diff and other.p == one.p
    assert other.ci95 == pytest.approx((-one.ci95[1], -one.ci95[0]), abs=1e-9)
    assert one.ci95[0] - 1e-9 <= one.ci95[1]
    assert compare(first, first, chance=chance(seed), permutations=200, resamples=60).p == 1


# --- Holm


def test_holm_on_paper() -> None:
    # 0.01 x 4, 0.03 x 3, 0.04 x 2 (0.08, but not below the 0.09 before), 0.2.
    assert holm(np.array([0.04, 0.01, 0.2, 0.03])) == pytest.approx([0.09, 0.04, 0.2, 0.09])
    assert holm(np.array([0.6, 0.7])) == pytest.approx([1.0, 1.0])
    assert len(holm(np.array([]))) == 0


@given(st.lists(st.floats(1e-6, 1), min_size=1, max_size=30))
def test_what_holds_for_all_corrections(made: list[float]) -> None:
    p = np.array(made)
    corrected = holm(p)
    assert (corrected >= p).all() and (corrected <= 1).all()
    assert (corrected <= len(p) * p + 1e-12).all()  # never stricter than Bonferroni
    assert (np.diff(corrected[np.argsort(p, kind="stable")]) >= 0).all()
    assert holm(p[::-1])[::-1] == pytest.approx(corrected)


# --- tables

TABLE = {
    "mean": {"10": 12.0, "9": 14.0, "1": 13.0},
    "I1": {"1": 13.0, "9": 14.0, "10": 12.0},
    "I4": {"1": 9.0, "9": 9.0, "10": 9.0},
}


def test_a_table_on_paper() -> None:
    pairs = compare_all(TABLE, chance=chance())
    assert [(pair.a, pair.b) for pair in pairs] == [("mean", "I1"), ("mean", "I4"), ("I1", "I4")]
    assert [pair.difference.diff for pair in pairs] == [0.0, 4.0, 4.0]
    assert [pair.difference.p for pair in pairs] == [1.0, 0.25, 0.25]
    assert [pair.p_holm for pair in pairs] == [1.0, 0.75, 0.75]


def test_a_pair_does_not_depend_on_who_else_is_in_the_table() -> None:
    many = {name: {str(i): float(v) for i, v in enumerate(chance(k).normal(9, 4, 30))} for k, name in enumerate("abcd")}
    all_pairs = {(pair.a, pair.b): pair.difference for pair in compare_all(many, chance=chance(5), permutations=500)}
    (alone,) = compare_all({"b": many["b"], "d": many["d"]}, chance=chance(5), permutations=500)
    assert alone.difference == all_pairs["b", "d"]
    assert alone.p_holm == alone.difference.p


def test_a_single_method_has_no_pair() -> None:
    assert compare_all({"I4": TABLE["I4"]}, chance=chance()) == ()


# --- agreement


def test_agreement_on_paper() -> None:
    # Differences 1, 3, 2: mean 2, standard deviation 1.
    found = agreement(np.array([11.0, 23.0, 32.0]), np.array([10.0, 20.0, 30.0]))
    assert found.bias == pytest.approx(2.0)
    assert found.limits == pytest.approx((0.04, 3.96))
    assert found.r2 == pytest.approx(1 - 14 / 200)
    assert agreement(np.array([1.0, 2.0]), np.array([5.0, 5.0])).r2 is None


def test_limits_hold_nineteen_of_twenty_normal_differences() -> None:
    truth = chance().uniform(0, 100, 4000)
    differences = chance(1).normal(3, 5, 4000)
    low, high = agreement(truth + differences, truth).limits
    assert ((low <= differences) & (differences <= high)).mean() == pytest.approx(0.95, abs=0.015)


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0, 100)), min_size=2, max_size=12))
def test_agreement_turns_with_its_arguments(made: list[tuple[float, float]]) -> None:
    predicted, truth = np.array(made).T
    assume(np.ptp(truth) > 1e-3)
    one, other = agreement(predicted, truth), agreement(truth, predicted)
    assert one.bias == pytest.approx(-other.bias, abs=1e-9)
    assert one.limits == pytest.approx((-other.limits[1], -other.limits[0]), abs=1e-9)
    assert one.limits[0] <= one.bias <= one.limits[1]
    assert one.r2 is not None and one.r2 <= 1
    assert agreement(truth, truth).r2 == 1


# --- what cannot be


def test_what_cannot_be_compared_is_refused() -> None:
    two, three = np.ones(2), np.ones(3)
    with pytest.raises(MismatchError, match="errors of 2 and of 3 participants; compare methods on the same"):
        compare(two, three, chance=chance())
    with pytest.raises(InputError, match="no interval over 0 values"):
        compare(np.array([]), np.array([]), chance=chance())
    with pytest.raises(InputError, match="no p over 2 differences; allowed: at least one, all finite"):
        p_of(1.0, np.nan)
    with pytest.raises(InputError, match="0 permutations; allowed: at least 1"):
        p_of(1.0, permutations=0)
    with pytest.raises(InputError, match=r"p values \[0.0\]; allowed: above 0, at most 1"):
        holm(np.array([0.0]))
    with pytest.raises(MismatchError, match="method I1 has no error of participants 9, 10, which others have"):
        compare_all({**TABLE, "I1": {"1": 13.0}}, chance=chance())
    with pytest.raises(MismatchError, match="2 predictions and 3 truths"):
        agreement(two, three)
    with pytest.raises(InputError, match="no limits of agreement over 1 participants; allowed: at least 2"):
        agreement(np.ones(1), np.ones(1))


def test_comparing_needs_neither_torch_nor_pandas() -> None:
    code = "import sys, motilens.evaluation.compare; print({'torch', 'pandas', 'scipy'} & set(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert loaded.stdout.strip() == "set()"
