import numpy as np
import pytest

from motilens.methods.codebook import fit_codebook
from motilens.predictors.codebook import Window, Words, histograms, log_displacements
from motilens.tracking.displacement import MISSING, Displacements

LAGS = np.arange(1, 11)
SLOW, FAST = 0.01 * LAGS, 4.0 * LAGS**2
SHORT = np.where(LAGS <= 4, FAST, MISSING)


def tracks(kind: np.ndarray, n: int, seed: int = 0) -> Displacements:
    """Tracks of one kind, a few percent apart."""
    factor = np.exp(np.random.default_rng(seed).normal(0, 0.05, (n, 1)))
    return np.where(kind == MISSING, MISSING, kind * factor)


class Spied(dict[str, list[Window]]):
    """Windows that write down whose were read."""

    def __init__(self, windows: dict[str, list[Window]]) -> None:
        super().__init__(windows)
        self.read: list[str] = []

    def __getitem__(self, participant: str) -> list[Window]:
        self.read.append(participant)
        return super().__getitem__(participant)


@pytest.fixture
def everyone() -> Spied:
    return Spied(
        {
            "1": [tracks(SLOW, 20, 1)],
            "2": [tracks(FAST, 10, 2), tracks(SHORT, 10, 3)],
            "3": [np.concatenate([tracks(SLOW, 10, 4), tracks(FAST, 20, 5), tracks(SHORT, 10, 6)])],
        }
    )


def fitted(windows: dict[str, list[Window]], ids: tuple[str, ...], n_words: int, seed: int = 0) -> Words:
    return fit_codebook(windows, ids, n_words=n_words, tracks_per_word=1, rng=np.random.default_rng(seed))


def test_words_are_the_kinds_of_tracks_and_a_histogram_their_shares(everyone: Spied) -> None:
    words = fitted(everyone, ("1", "2"), 3)
    kinds = log_displacements(np.array([SLOW, FAST, SHORT]))
    nearest = [int(np.argmin(((words - kind) ** 2).sum(axis=1))) for kind in kinds]
    assert sorted(nearest) == [0, 1, 2]
    assert words[nearest] == pytest.approx(kinds, abs=0.1)  # the tracks of a kind lie 5 % apart
    (found,) = histograms(words, [everyone["1"][0], everyone["3"][0]], [1])
    assert found[:, nearest] == pytest.approx(np.array([[1, 0, 0], [1 / 4, 1 / 2, 1 / 4]]))


def test_words_are_found_in_the_given_participants_alone(everyone: Spied) -> None:
    words = fitted(everyone, ("1", "2"), 3)
    assert set(everyone.read) == {"1", "2"}
    others = fitted({**everyone, "3": [everyone["3"][0] * 100]}, ("1", "2"), 3)
    assert np.array_equal(others, words)


def test_the_same_seed_finds_the_same_words(everyone: Spied) -> None:
    one, again, other = (fitted(everyone, ("1", "2", "3"), 9, seed) for seed in (1, 1, 2))
    assert np.array_equal(one, again) and not np.array_equal(one, other)


def test_a_codebook_has_no_more_words_than_there_are_tracks_for(everyone: Spied) -> None:
    for tracks_per_word, n in ((10, 4), (3, 13), (1000, 1)):
        rng = np.random.default_rng(0)
        words = fit_codebook(everyone, ("1", "2"), n_words=2500, tracks_per_word=tracks_per_word, rng=rng)
        assert words.shape == (n, 10)


def test_cells_that_do_not_move_at_all_are_no_warning() -> None:
    assert fitted({"1": [np.zeros((9, 4))]}, ("1",), 3) == pytest.approx(np.zeros((3, 4)))
