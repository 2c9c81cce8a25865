import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motilens.predictors.codebook import histograms, log_displacements
from motilens.tracking.displacement import MISSING


def test_displacements_become_logs_and_missing_lags_stay() -> None:
    assert log_displacements(np.array([[0.0, np.e - 1, MISSING]])).tolist() == [[0.0, 1.0, MISSING]]


def test_each_track_counts_for_its_nearest_words() -> None:
    words = log_displacements(np.array([[1.0], [2.0], [40.0]]))
    windows = [np.array([[1.0], [1.2], [50.0]]), np.array([[45.0]])]
    one, two, all_words, more = histograms(words, windows, [1, 2, 3, 4])
    assert one == pytest.approx(np.array([[2 / 3, 0, 1 / 3], [0, 0, 1]]))
    assert two == pytest.approx(np.array([[2 / 6, 3 / 6, 1 / 6], [0, 1 / 2, 1 / 2]]))
    assert all_words == pytest.approx(np.full((2, 3), 1 / 3)) and np.array_equal(more, all_words)


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 30), st.integers(1, 8), st.integers(1, 8), st.integers(0, 100))
def test_a_histogram_is_a_share_whatever_the_order_and_the_number(n: int, words: int, nearest: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    codebook, window = rng.uniform(0, 8, (words, 5)), np.exp(rng.uniform(0, 8, (n, 5)))
    (found,) = histograms(codebook, [window, np.repeat(window[::-1], 3, axis=0)], [nearest])
    assert found.sum(axis=1) == pytest.approx([1, 1]) and (found >= 0).all()
    assert found[0] == pytest.approx(found[1])


def test_many_tracks_are_counted_in_chunks_that_cross_windows() -> None:
    rng = np.random.default_rng(0)
    codebook, tracks = rng.uniform(0, 8, (20, 5)), np.exp(rng.uniform(0, 8, (5000, 5)))
    (parted,) = histograms(codebook, [tracks[:1000], tracks[1000:4500], tracks[4500:]], [3])
    (whole,) = histograms(codebook, [tracks], [3])
    assert np.average(parted, axis=0, weights=[1000, 3500, 500]) == pytest.approx(whole[0])
