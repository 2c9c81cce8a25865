import numpy as np
import pytest

from motilens.methods import bag_of_words as module
from motilens.methods.bag_of_words import BAG_OF_WORDS, fit_regressions, lags_for
from motilens.predictors.bag_of_words import BagOfWordsPredictor
from motilens.tracking.tracks import Scale
from tests.methods.tracked import SETTINGS, mixed, people, pure
from tests.tracking.scenes import straight, tracks_at


def test_mixtures_of_swimmers_are_predicted_too() -> None:
    crowd = mixed()
    # Displacement does not see a beat: what beats and what does nothing are one to it.
    crowd.labels = {i: np.array([v[0], 0, 100 - v[0]]) for i, v in crowd.labels.items()}
    train, test = people(0, 18), people(18, 24)
    predictor = crowd.fit(BAG_OF_WORDS, train)
    assert np.mean(crowd.errors(predictor, test)) < np.mean(crowd.errors_of_mean(train, test)) / 4


def test_who_is_held_out_inside_is_in_no_codebook(monkeypatch: pytest.MonkeyPatch) -> None:
    seen, real = [], module.fit_codebook

    def spy(windows, ids, **settings):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN003, ANN202
        seen.append(set(ids))
        return real({i: windows[i] for i in ids}, ids, **settings)

    monkeypatch.setattr(module, "fit_codebook", spy)
    train = people(0, 12)
    pure().fit(BAG_OF_WORDS, train)
    # Two sizes in each of three folds, then one for all.
    assert [len(ids) for ids in seen] == [8] * 6 + [12]
    held_out = [set(train) - ids for ids in seen[:6:2]]
    assert seen[:6:2] == seen[1:6:2]
    assert set.union(*held_out) == set(train)


def test_the_same_seed_gives_the_same_prediction() -> None:
    crowd, train = mixed(14), people(0, 12)
    one, again = (crowd.fit(BAG_OF_WORDS, train) for _ in range(2))
    other = crowd.fit(BAG_OF_WORDS, train, settings=SETTINGS.model_copy(update={"seed": 5}))
    assert np.array_equal(crowd.predicted_pct(one, "13"), crowd.predicted_pct(again, "13"))
    assert one.origin.notes == again.origin.notes
    assert not np.array_equal(crowd.predicted_pct(one, "13"), crowd.predicted_pct(other, "13"))


def test_a_codebook_leaves_tracks_for_each_word() -> None:
    config = SETTINGS.bag_of_words.model_copy(update={"n_words": (250,), "n_assignments": (50,)})
    settings = SETTINGS.model_copy(update={"bag_of_words": config})
    predictor = pure().fit(BAG_OF_WORDS, people(0, 12), settings=settings)
    assert isinstance(predictor, BagOfWordsPredictor)
    assert len(predictor.words) == 12 * 2 * 10 // 10 and predictor.n_assignments == 24
    assert "24 words of 50 lags up to 2.38 s, from 240 tracks in 24 windows" in predictor.origin.notes[1]
    assert predictor.origin.n_parameters == 24 * 50 + 3 * 24 + 3


def test_few_participants_choose_nothing() -> None:
    crowd = pure()
    predictor = crowd.fit(BAG_OF_WORDS, people(0, 4))
    assert predictor.origin.notes[0] == (
        "4 participants with tracks are too few to choose; taken: 10 words, 1 for each track, C 10"
    )
    assert max(crowd.errors(predictor, ("4", "5"))) < 20


def test_lags_go_evenly_up_to_the_longest_window() -> None:
    slow = Scale(0.5, 25.0)
    windows = [tracks_at(straight(n, [20.0], scale=slow), scale=slow) for n in (30, 76)]
    lags_s = lags_for(windows, 50)
    assert len(lags_s) == 50 and lags_s[[0, -1]] == pytest.approx([0.06, 3.0])
    # Of few frames there is one lag a frame.
    assert lags_for([tracks_at(straight(6, [20.0]))], 50) == pytest.approx(np.arange(1, 6) / 50)


def test_what_is_linear_is_found_and_a_word_that_is_always_the_same_says_nothing() -> None:
    rng = np.random.default_rng(0)
    bags = np.column_stack([rng.uniform(0, 0.5, (60, 3)), np.full(60, 0.25)])
    labels = np.stack([10 + 100 * bags[:, 0], 60 - 80 * bags[:, 1], 50 * bags[:, 2]], axis=1)
    loose, tight = fit_regressions(bags[:40], labels[:40], [0.01, 1000.0], 1.0)
    assert np.abs(tight(bags[40:]) - labels[40:]).max() < 1.5
    # Where an error costs little, the prediction is nearly the same for all.
    assert loose(bags[40:]).std(axis=0) == pytest.approx([0, 0, 0], abs=0.5)
    other = bags[:1] + np.array([0, 0, 0, 1])
    assert tight(other) == pytest.approx(tight(bags[:1]))
    assert tight.n_parameters == 3 * 4 + 3
