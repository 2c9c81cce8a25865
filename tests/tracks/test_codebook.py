import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motilens.errors import InputError, MismatchError, TrackError
from motilens.tracks.codebook import Codebook, bag_of_words, fit_codebook, words_in
from motilens.tracks.displacement import MISSING, Displacements

LAGS = np.arange(1, 11)
SLOW, FAST = 0.01 * LAGS, 4.0 * LAGS**2
SHORT = np.where(LAGS <= 4, FAST, MISSING)


def chance(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def tracks(kind: np.ndarray, n: int, seed: int = 0) -> Displacements:
    """Tracks of one kind, a few percent apart."""
    return np.where(kind == MISSING, MISSING, kind * np.exp(chance(seed).normal(0, 0.05, (n, 1))))


class Spied(dict[str, np.ndarray]):
    """Displacements that write down whose were read."""

    def __init__(self, displacements: dict[str, np.ndarray]) -> None:
        super().__init__(displacements)
        self.read: list[str] = []

    def __getitem__(self, participant: str) -> np.ndarray:
        self.read.append(participant)
        return super().__getitem__(participant)


@pytest.fixture
def everyone() -> Spied:
    return Spied(
        {
            "1": tracks(SLOW, 20, 1),
            "2": np.concatenate([tracks(FAST, 10, 2), tracks(SHORT, 10, 3)]),
            "3": np.concatenate([tracks(SLOW, 10, 4), tracks(FAST, 20, 5), tracks(SHORT, 10, 6)]),
        }
    )


def test_words_are_the_kinds_of_tracks_and_a_bag_their_shares(everyone: Spied) -> None:
    codebook = fit_codebook(everyone, ("1", "2"), n_words=3, chance=chance())
    kinds = words_in(np.array([SLOW, FAST, SHORT]))
    nearest = [int(np.argmin(((codebook.words - kind) ** 2).sum(axis=1))) for kind in kinds]
    assert sorted(nearest) == [0, 1, 2]
    assert codebook.words[nearest] == pytest.approx(kinds, abs=0.1)  # the kinds themselves lie 5 % apart
    assert bag_of_words(codebook, everyone["1"])[nearest].tolist() == [1, 0, 0]
    assert bag_of_words(codebook, everyone["3"])[nearest] == pytest.approx([1 / 4, 1 / 2, 1 / 4])


def test_words_are_learned_from_the_training_participants_alone(everyone: Spied) -> None:
    codebook = fit_codebook(everyone, ("1", "2"), n_words=3, chance=chance())
    assert set(everyone.read) == {"1", "2"} and codebook.train_ids == ("1", "2")
    others = fit_codebook({**everyone, "3": everyone["3"] * 100}, ("1", "2"), n_words=3, chance=chance())
    assert (others.words == codebook.words).all()
    assert repr(codebook) == "Codebook(3 words of 10 lags, from 2 participants)"


def test_each_track_counts_for_its_nearest_words() -> None:
    codebook = Codebook(words_in(np.array([[1.0], [2.0], [40.0]])), ("1",))
    displacements = np.array([[1.0], [1.2], [50.0]])
    assert bag_of_words(codebook, displacements) == pytest.approx([2 / 3, 0, 1 / 3])
    assert bag_of_words(codebook, displacements, n_assignments=2) == pytest.approx([2 / 6, 3 / 6, 1 / 6])
    assert bag_of_words(codebook, displacements, n_assignments=3) == pytest.approx([1 / 3] * 3)


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 30), st.integers(1, 8), st.integers(1, 8), st.integers(0, 100))
def test_a_bag_is_a_share_whatever_the_order_and_the_number(n: int, words: int, nearest: int, seed: int) -> None:
    codebook = Codebook(chance(seed).uniform(0, 8, (words, 5)), ("1",))
    displacements = np.exp(chance(seed + 1).uniform(0, 8, (n, 5)))
    bag = bag_of_words(codebook, displacements, n_assignments=min(nearest, words))
    assert bag.sum() == pytest.approx(1) and (bag >= 0).all()
    again = np.repeat(displacements[::-1], 3, axis=0)
    assert bag_of_words(codebook, again, n_assignments=min(nearest, words)) == pytest.approx(bag)


def test_the_same_chance_finds_the_same_words(everyone: Spied) -> None:
    one, again, other = (
        fit_codebook(everyone, ("1", "2", "3"), n_words=9, chance=chance(seed)).words for seed in (1, 1, 2)
    )
    assert (one == again).all() and (one != other).any()


def test_words_in_logs_and_missing_lags_stay() -> None:
    assert words_in(np.array([[0.0, np.e - 1, MISSING]])).tolist() == [[0.0, 1.0, MISSING]]


def test_cells_that_all_stand_quite_still_are_no_warning() -> None:
    still = np.zeros((9, 4))
    assert bag_of_words(fit_codebook({"1": still}, ("1",), n_words=3, chance=chance()), still).sum() == 1


def test_what_cannot_be_is_refused(everyone: Spied) -> None:
    for n_words, ids, told in (
        (0, ("1",), "0 words from 20 tracks of 1"),
        (21, ("1",), "21 words"),
        (1, (), "1 words"),
    ):
        with pytest.raises(InputError, match=f"{told}.* training participants; allowed: 1 to the number of tracks"):
            fit_codebook(everyone, ids, n_words=n_words, chance=chance())
    codebook = fit_codebook(everyone, ("1", "2"), n_words=3, chance=chance())
    with pytest.raises(InputError, match="4 words a track of a codebook of 3; allowed: 1 to all of them"):
        bag_of_words(codebook, everyone["1"], n_assignments=4)
    with pytest.raises(MismatchError, match="displacements at 9 lags, words of 10; use the same lags"):
        bag_of_words(codebook, everyone["1"][:, :9])
    with pytest.raises(TrackError, match="no track to make a bag of words of; allowed: at least one"):
        bag_of_words(codebook, np.empty((0, 10)))
