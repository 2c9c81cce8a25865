import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from motilens.errors import InputError
from motilens.evaluation.metrics import (
    bias,
    bootstrap_ci,
    errors_by_participant,
    fold_average,
    mae_by_component,
    mae_by_participant,
    mae_by_stack,
    r2,
)
from tests.evaluation.scores import cell, score

ONE = score("1", (60.0, 20.0, 20.0), (54.0, 23.0, 23.0), n_stacks=1, stack_error=(7.0, 4.0, 4.0))
OTHER = score("2", (20.0, 40.0, 40.0), (23.0, 40.0, 37.0), n_stacks=3, stack_error=(4.0, 1.0, 4.0))
"""Absolute errors (6, 3, 3) and (3, 0, 3)."""


def test_errors_on_paper() -> None:
    both = [ONE, OTHER]
    assert mae_by_participant(both) == pytest.approx((6 + 3 + 3 + 3 + 0 + 3) / 6)
    assert mae_by_component(both) == pytest.approx((4.5, 1.5, 3.0))
    assert bias(both) == pytest.approx((-1.5, 1.5, 0.0))


def test_who_has_more_stacks_weighs_more_per_stack() -> None:
    assert mae_by_stack([ONE, OTHER]) == pytest.approx((1 * 5 + 3 * 3) / 4)


def test_r2_on_paper() -> None:
    truths = [(10.0, 0.0, 50.0), (30.0, 0.0, 50.0)]
    perfect = [score(str(k), t, t) for k, t in enumerate(truths)]
    assert r2(perfect) == (1.0, None, None)
    own_mean = [score(str(k), t, (20.0, 0.0, 50.0)) for k, t in enumerate(truths)]
    assert r2(own_mean) == (0.0, None, None)
    turned = [score(str(k), t, (40.0 - t[0], 0.0, 50.0)) for k, t in enumerate(truths)]
    assert r2(turned)[0] == pytest.approx(1 - 800 / 200)


def test_a_participant_tested_again_counts_once() -> None:
    again = score("1", (60.0, 20.0, 20.0), (60.0, 20.0, 20.0))
    ten = score("10", (60.0, 20.0, 20.0), (57.0, 20.0, 23.0))
    assert errors_by_participant([cell(ten, ONE), cell(again, OTHER, fold=2)]) == {"1": 2.0, "2": 2.0, "10": 2.0}
    assert list(errors_by_participant([cell(ten, ONE)])) == ["1", "10"]


def test_folds_weigh_the_same() -> None:
    assert fold_average([cell(ONE, ONE, ONE), cell(OTHER, fold=2)]) == pytest.approx((4 + 2) / 2)


def test_nobody_has_no_error() -> None:
    for metric in (mae_by_participant, mae_by_component, bias, r2):
        with pytest.raises(InputError, match="no participant to score; allowed: at least one"):
            metric([])
    with pytest.raises(InputError, match="0 participants with 0 stacks to score"):
        mae_by_stack([])
    with pytest.raises(InputError, match="no fold to average over"):
        fold_average([])


percent = st.tuples(*[st.floats(0, 100)] * 3)
scores = st.lists(st.tuples(percent, percent, st.integers(1, 5)), min_size=1, max_size=8)


@given(scores)
def test_what_holds_for_all_scores(
    made: list[tuple[tuple[float, float, float], tuple[float, float, float], int]],
) -> None:
    some = [score(str(k), truth, predicted, n_stacks=n) for k, (truth, predicted, n) in enumerate(made)]
    mae = mae_by_participant(some)
    assert 0 <= mae <= 100
    assert mae == pytest.approx(np.mean(mae_by_component(some)))
    assert mae_by_participant(some[::-1]) == pytest.approx(mae)
    assert np.abs(bias(some)).mean() <= mae + 1e-9
    assert min(errors_by_participant([cell(*some)]).values()) <= mae_by_stack(some) + 1e-9


def test_an_interval_of_equal_values_is_that_value() -> None:
    assert bootstrap_ci(np.full(9, 4.5)) == (4.5, 4.5)
    assert bootstrap_ci(np.array([7.0])) == (7.0, 7.0)


def test_an_interval_on_paper() -> None:
    # Two participants: the mean of two draws is 0, 1/2 or 1 with probability 1/4, 1/2, 1/4.
    assert bootstrap_ci(np.array([0.0, 1.0])) == (0.0, 1.0)
    assert bootstrap_ci(np.array([0.0, 1.0]), level=0.2) == (0.5, 0.5)


def test_an_interval_is_that_of_the_normal_where_there_are_many() -> None:
    values = np.random.default_rng(1).normal(9, 6, 400)
    low, high = bootstrap_ci(values, n=4000, seed=2)
    half = 1.96 * values.std() / np.sqrt(len(values))
    assert low == pytest.approx(
        values.mean() - half, abs=0.06
    )  # a 2.5 % quantile of 4,000 draws is known to about 0.02
    assert high == pytest.approx(values.mean() + half, abs=0.06)


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=20), st.integers(0, 100))
def test_an_interval_lies_in_the_values_and_follows_the_seed(values: list[float], seed: int) -> None:
    low, high = bootstrap_ci(np.array(values), n=50, seed=seed)
    assert min(values) - 1e-9 <= low <= high <= max(values) + 1e-9
    assert bootstrap_ci(np.array(values), n=50, seed=seed) == (low, high)


def test_an_interval_that_cannot_be_is_refused() -> None:
    with pytest.raises(InputError, match="no interval over 0 values; allowed: at least one, all finite"):
        bootstrap_ci(np.array([]))
    with pytest.raises(InputError, match="no interval over 2 values"):
        bootstrap_ci(np.array([1.0, np.nan]))
    with pytest.raises(InputError, match="0 resamples at level 2"):
        bootstrap_ci(np.array([1.0]), n=0, level=2.0)


def test_scores_and_folds_load_no_torch() -> None:
    code = "import sys, motilens.evaluation.metrics, motilens.data.folds; print({'torch', 'pandas'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
