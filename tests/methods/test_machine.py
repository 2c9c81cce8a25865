import numpy as np
import pytest

from motilens.methods.machine import TUBE_PCT, fit_machines


def test_what_is_linear_is_found_and_a_word_that_is_always_the_same_says_nothing() -> None:
    chance = np.random.default_rng(0)
    bags = np.column_stack([chance.uniform(0, 0.5, (60, 3)), np.full(60, 0.25)])
    labels = np.stack([10 + 100 * bags[:, 0], 60 - 80 * bags[:, 1], 50 * bags[:, 2]], axis=1)
    loose, tight = fit_machines(bags[:40], labels[:40], [0.01, 1000.0])
    assert np.abs(tight(bags[40:]) - labels[40:]).max() < 1.5 * TUBE_PCT
    # An error that costs little leaves the answer nearly the same for all.
    assert loose(bags[40:]).std(axis=0) == pytest.approx([0, 0, 0], abs=0.5)
    other = bags[:1] + np.array([0, 0, 0, 1])
    assert tight(other) == pytest.approx(tight(bags[:1]))
    assert tight.n_parameters == 3 * 4 + 3
