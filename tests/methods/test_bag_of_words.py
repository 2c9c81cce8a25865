from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from motilens.errors import InputError, TrackError
from motilens.methods import bag_of_words as module
from motilens.methods.bag_of_words import BAG_OF_WORDS, TRACKS_A_WORD, bags_of
from motilens.tracks.codebook import bag_of_words, fit_codebook
from motilens.tracks.displacement import MISSING
from tests.methods.tracked import mixed, pure


def test_who_swims_and_who_stands_is_told_of_people_never_seen(tmp_path: Path) -> None:
    people = pure()
    train, test = tuple(map(str, range(12))), tuple(map(str, range(12, 16)))
    fitted = BAG_OF_WORDS.fit(people.material(tmp_path), people.assignment(tmp_path, train))
    for i in test:
        assert fitted.predict(i).shape == (1, 3) and fitted.predict(i).sum() == pytest.approx(100)
    assert max(people.errors(fitted.predict, test).values()) < 2


def test_mixtures_of_swimmers_are_told_too(tmp_path: Path) -> None:
    people = mixed()
    # Displacement does not see a beat: what beats and what does nothing are one to it.
    people.labels = {i: np.array([v[0], 0, 100 - v[0]]) for i, v in people.labels.items()}
    train, test = tuple(map(str, range(18))), tuple(map(str, range(18, 24)))
    fitted = BAG_OF_WORDS.fit(people.material(tmp_path), people.assignment(tmp_path, train))
    mean = np.mean([people.labels[i] for i in train], axis=0)
    by_mean = np.mean([np.abs(mean - people.labels[i]).mean() for i in test])
    assert np.mean(list(people.errors(fitted.predict, test).values())) < by_mean / 4


def test_only_training_participants_are_looked_at(tmp_path: Path) -> None:
    people = pure()
    train = tuple(map(str, range(2, 14)))
    fitted = BAG_OF_WORDS.fit(people.material(tmp_path), people.assignment(tmp_path, train))
    assert set(people.asked) == set(train)
    assert all(set(fit.ids) == set(train) for fit in fitted.fits)


def test_who_is_held_out_inside_is_in_no_codebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    people, seen = pure(), []
    real = module.fit_readers

    def spy(windows, labels, ids, choices, chance):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
        readers = real(windows, labels, ids, choices, chance)
        seen.append((set(ids), {i for r in readers.values() for i in r.codebook.train_ids}))
        return readers

    monkeypatch.setattr(module, "fit_readers", spy)
    train = tuple(map(str, range(12)))
    BAG_OF_WORDS.fit(people.material(tmp_path), people.assignment(tmp_path, train))
    assert [len(ids) for ids, _ in seen] == [8, 8, 8, 12]
    assert all(ids == learned for ids, learned in seen)
    assert set.union(*(set(train) - ids for ids, _ in seen[:3])) == set(train)


def test_the_same_seed_gives_the_same_answer(tmp_path: Path) -> None:
    people = mixed(14)
    train = tuple(map(str, range(12)))
    one, other = (BAG_OF_WORDS.fit(people.material(tmp_path), people.assignment(tmp_path, train)) for _ in range(2))
    assert np.array_equal(one.predict("13"), other.predict("13")) and one.notes == other.notes


def test_shuffled_labels_are_answered_no_better_than_by_their_mean(tmp_path: Path) -> None:
    people = mixed(60)
    train, test = tuple(map(str, range(40))), tuple(map(str, range(40, 60)))
    order = np.random.default_rng(1).permutation(40)
    people.labels |= dict(zip(train, [people.labels[train[k]] for k in order], strict=True))
    fitted = BAG_OF_WORDS.fit(people.material(tmp_path), people.assignment(tmp_path, train))
    mean = np.mean([people.labels[i] for i in train], axis=0)
    by_mean = np.mean([np.abs(mean - people.labels[i]).mean() for i in test])
    assert np.mean(list(people.errors(fitted.predict, test).values())) > 0.9 * by_mean


def test_a_codebook_leaves_tracks_for_each_word(tmp_path: Path) -> None:
    people = pure()
    fitted = BAG_OF_WORDS.fit(people.material(tmp_path), people.assignment(tmp_path, tuple(map(str, range(12)))))
    n_tracks = 12 * 2 * 10
    assert f"{n_tracks // TRACKS_A_WORD} words of 50 lags up to 2.38 s, from {n_tracks} tracks" in fitted.notes[1]


def test_few_participants_choose_nothing(tmp_path: Path) -> None:
    people = pure()
    fitted = BAG_OF_WORDS.fit(people.material(tmp_path), people.assignment(tmp_path, ("0", "1", "2", "3")))
    assert "4 participants with tracks are too few to choose by" in fitted.notes[0]
    assert max(people.errors(fitted.predict, ("4", "5")).values()) < 20


def test_without_tracks_the_mean_is_answered_and_it_is_said(tmp_path: Path) -> None:
    people = pure()
    people.stretches["3"] = ()
    people.stretches["15"] = (people.stretches["15"][0].without_stubs(1000),)
    train = tuple(map(str, range(12)))
    fitted = BAG_OF_WORDS.fit(people.material(tmp_path), people.assignment(tmp_path, train))
    mean = np.mean([people.labels[i] for i in train], axis=0)
    assert fitted.predict("15") == pytest.approx(mean[None])
    assert "3" not in fitted.fits[0].ids and fitted.notes[-1] == "left out of the fit for want of any track: 3"


def test_too_few_with_tracks_is_one_line(tmp_path: Path) -> None:
    people = pure(4)
    people.stretches |= {"0": (), "1": ()}
    with pytest.raises(TrackError, match="^2 of 4 training participants have tracks; allowed: at least 3; [^\n]*$"):
        BAG_OF_WORDS.fit(people.material(tmp_path), people.assignment(tmp_path, ("0", "1", "2", "3")))


def test_no_number_is_told_by_participant(tmp_path: Path) -> None:
    people = pure()
    first, second = people.stretches["4"]
    people.stretches["4"] = (first, replace(second, x_px=np.full(len(second.track), np.nan)))
    with pytest.raises(InputError, match="^tracks of participant 4 have a place that is not a number; [^\n]*$"):
        BAG_OF_WORDS.fit(people.material(tmp_path), people.assignment(tmp_path, tuple(map(str, range(12)))))


def test_histograms_are_those_of_the_tracks_package() -> None:
    chance = np.random.default_rng(0)
    windows = [chance.gamma(1.0, 50.0, (n, 7)) for n in (3, 40, 1)]
    windows[1][:5, 4:] = MISSING
    codebook = fit_codebook({"1": windows[1]}, ["1"], n_words=20, chance=chance)
    for n_assignments in (1, 4, 20):
        expected = [bag_of_words(codebook, window, n_assignments=n_assignments) for window in windows]
        assert bags_of(codebook, windows, n_assignments) == pytest.approx(np.stack(expected))
    assert bags_of(codebook, windows, 50) == pytest.approx(np.full((3, 20), 1 / 20))  # each track counts for all
