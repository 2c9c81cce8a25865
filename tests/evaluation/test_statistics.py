import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from motilens.errors import InputError, MismatchError
from motilens.evaluation.statistics import agreement, bootstrap_ci, compare, holm, permutation_p


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def p_of(*differences: float, permutations: int = 20_000) -> float:
    (p,) = permutation_p(np.array([differences]), permutations=permutations)
    return float(p)


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
    # 0.1 + 0.2 is not 0.3 to a computer, but on paper both patterns are as far from 0 as the observed one.
    assert p_of(0.1, 0.2, -0.3) == 1.0
    assert p_of(0.3, 0.2, 0.1) == 2 / 8


def test_a_sample_of_the_patterns_finds_what_counting_all_finds() -> None:
    differences = rng(1).normal(0.4, 1, (1, 12))
    (exact,) = permutation_p(differences, permutations=2**12)
    (sampled,) = permutation_p(differences, permutations=2**12 - 1)
    # 4,095 draws know p to about 0.007; four times that.
    assert exact != sampled and sampled == pytest.approx(exact, abs=4 * np.sqrt(exact * (1 - exact) / 4095))


def test_a_sampled_p_is_never_nothing() -> None:
    assert permutation_p(np.ones((1, 85)), permutations=999) == 1 / 1000


def test_p_is_even_where_there_is_no_difference() -> None:
    p = permutation_p(rng().normal(0, 1, (400, 8)))
    for level in (0.05, 0.25, 0.5):  # 400 draws know a share to 0.025 at most; four times that
        assert (p <= level).mean() == pytest.approx(level, abs=4 * np.sqrt(level * (1 - level) / 400))


tenths = st.lists(st.integers(-500, 500).map(lambda k: k / 10), min_size=1, max_size=25)


@settings(deadline=None)
@given(tenths, st.integers(0, 100))
def test_what_holds_for_all_p(differences: list[float], seed: int) -> None:
    d = np.array(differences)
    same, opposite, double = permutation_p(np.array([d, -d, 2 * d]), seed=seed, permutations=300)
    assert 0 < same <= 1
    assert same == opposite == double


# --- intervals


def test_an_interval_of_equal_values_is_that_value() -> None:
    assert bootstrap_ci(np.full(9, 4.5)) == (4.5, 4.5)
    assert bootstrap_ci(np.array([7.0])) == (7.0, 7.0)


def test_an_interval_on_paper() -> None:
    # Two participants: the mean of two draws is 0, 1/2 or 1 with probability 1/4, 1/2, 1/4.
    assert bootstrap_ci(np.array([0.0, 1.0])) == (0.0, 1.0)
    assert bootstrap_ci(np.array([0.0, 1.0]), level=0.2) == (0.5, 0.5)


def test_an_interval_is_that_of_the_normal_where_there_are_many() -> None:
    values = rng(1).normal(9, 6, 400)
    low, high = bootstrap_ci(values, resamples=4000, seed=2)
    half = 1.96 * values.std() / np.sqrt(len(values))
    # A 2.5 % quantile of 4,000 draws is known to about 0.02.
    assert (low, high) == pytest.approx((values.mean() - half, values.mean() + half), abs=0.06)


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=20), st.integers(0, 100))
def test_an_interval_lies_in_the_values_and_follows_the_seed(values: list[float], seed: int) -> None:
    low, high = bootstrap_ci(np.array(values), resamples=50, seed=seed)
    assert min(values) - 1e-9 <= low <= high + 1e-9 <= max(values) + 2e-9
    assert bootstrap_ci(np.array(values), resamples=50, seed=seed) == (low, high)


# --- pairs


def test_a_comparison_on_paper() -> None:
    (found,) = compare(np.array([[-1.0, -3.0]]))
    assert (found.diff, found.p) == (-2.0, 0.5)
    assert found.ci95 == (-3.0, -1.0)  # of two participants a quarter of the draws has one twice


def test_what_is_hard_for_both_cancels_out() -> None:
    hard = rng().normal(9, 6, 85)
    (better,) = compare((hard - (hard + 0.5 + rng(1).normal(0, 0.5, 85)))[None])
    assert better.ci95[1] < 0 and better.p < 0.001


def test_a_pair_does_not_depend_on_the_others() -> None:
    differences = rng().normal(0.5, 4, (6, 30))
    (alone,) = compare(differences[4:5], permutations=500)
    among_others = compare(differences, permutations=500)[4]
    assert (alone.diff, alone.p) == (among_others.diff, among_others.p)
    assert alone.ci95 == pytest.approx(among_others.ci95, abs=1e-9)


def test_the_other_way_round_is_the_opposite() -> None:
    differences = rng().normal(0.5, 4, (1, 30))
    one, other = compare(np.concatenate([differences, -differences]), permutations=500)
    assert (other.diff, other.p) == (-one.diff, one.p)
    # The same drawn participants; only the interpolation between two of their means turns round.
    assert other.ci95 == pytest.approx((-one.ci95[1], -one.ci95[0]), abs=1e-9)


def test_nothing_to_compare() -> None:
    assert compare(np.zeros((0, 5))) == ()


# --- Holm


def test_holm_on_paper() -> None:
    # 0.01 x 4, 0.03 x 3, 0.04 x 2 (0.08, but not below the 0.09 before), 0.2.
    assert holm(np.array([0.04, 0.01, 0.2, 0.03])) == pytest.approx([0.09, 0.04, 0.2, 0.09])
    assert holm(np.array([0.6, 0.7])) == pytest.approx([1.0, 1.0])
    assert len(holm(np.array([]))) == 0


@settings(max_examples=20, deadline=None)  # statsmodels collects garbage in every call
@given(st.lists(st.floats(1e-6, 1), min_size=1, max_size=30))
def test_what_holds_for_all_corrections(made: list[float]) -> None:
    p = np.array(made)
    corrected = holm(p)
    assert (corrected >= p).all() and (corrected <= 1).all()
    assert (corrected <= len(p) * p + 1e-12).all()  # never stricter than Bonferroni
    assert (np.diff(corrected[np.argsort(p, kind="stable")]) >= 0).all()
    assert holm(p[::-1])[::-1] == pytest.approx(corrected)


# --- agreement


def test_agreement_on_paper() -> None:
    # Differences 1, 3, 2: mean 2, standard deviation 1.
    found = agreement(np.array([11.0, 23.0, 32.0]), np.array([10.0, 20.0, 30.0]))
    assert found.bias == pytest.approx(2.0)
    assert found.limits == pytest.approx((0.04, 3.96))
    assert found.r2 == pytest.approx(1 - 14 / 200)
    assert agreement(np.array([1.0, 2.0]), np.array([5.0, 5.0])).r2 is None
    alone = agreement(np.array([12.0]), np.array([10.0]))
    assert (alone.bias, alone.limits, alone.r2) == (2.0, (2.0, 2.0), None)


def test_limits_hold_nineteen_of_twenty_normal_differences() -> None:
    label = rng().uniform(0, 100, 4000)
    differences = rng(1).normal(3, 5, 4000)
    low, high = agreement(label + differences, label).limits
    assert ((low <= differences) & (differences <= high)).mean() == pytest.approx(0.95, abs=0.015)


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0, 100)), min_size=2, max_size=12))
def test_agreement_turns_with_its_arguments(made: list[tuple[float, float]]) -> None:
    predicted, label = np.array(made).T
    assume(np.ptp(label) > 1e-3)
    one, other = agreement(predicted, label), agreement(label, predicted)
    assert one.bias == pytest.approx(-other.bias, abs=1e-9)
    assert one.limits == pytest.approx((-other.limits[1], -other.limits[0]), abs=1e-9)
    assert one.limits[0] <= one.bias <= one.limits[1]
    assert one.r2 is not None and one.r2 <= 1
    assert agreement(label, label).r2 == 1


# --- what cannot be


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(InputError, match="no interval over 0 values; allowed: at least one, all finite"):
        compare(np.zeros((1, 0)))
    with pytest.raises(InputError, match="no interval over 2 values"):
        bootstrap_ci(np.array([1.0, np.nan]))
    with pytest.raises(InputError, match="1 resamples at level 2.0; allowed: at least 2, and a level between 0 and 1"):
        bootstrap_ci(np.array([1.0]), resamples=1, level=2.0)
    with pytest.raises(InputError, match="no p over 2 differences; allowed: at least one, all finite"):
        p_of(1.0, np.nan)
    with pytest.raises(InputError, match="0 permutations; allowed: at least 1"):
        p_of(1.0, permutations=0)
    with pytest.raises(InputError, match=r"p values \[0.0\]; allowed: above 0, at most 1"):
        holm(np.array([0.0]))
    with pytest.raises(MismatchError, match="2 predictions and 3 labels"):
        agreement(np.ones(2), np.ones(3))
    with pytest.raises(InputError, match="no agreement over 0 participants; allowed: at least one"):
        agreement(np.array([]), np.array([]))
