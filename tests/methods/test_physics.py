from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from motilens.errors import InputError, TrackError
from motilens.methods.physics import FEATURES, PHYSICS, features_of, measure
from motilens.tracks.link import drift
from motilens.tracks.physics import class_shares
from motilens.tracks.settings import PhysicsConfig
from tests.methods.tracked import crowd, mixed, pure


def test_who_swims_and_who_stands_is_told_of_people_never_seen(tmp_path: Path) -> None:
    people = pure()
    train, test = tuple(map(str, range(12))), tuple(map(str, range(12, 16)))
    fitted = PHYSICS.fit(people.material(tmp_path), people.assignment(tmp_path, train))
    for i in test:
        answer = fitted.predict(i)
        assert answer.shape == (1, 3) and answer.sum() == pytest.approx(100)
    assert max(people.errors(fitted.predict, test).values()) < 2  # the ridge shrinks a little


def test_mixtures_are_told_too(tmp_path: Path) -> None:
    people = mixed()
    train, test = tuple(map(str, range(18))), tuple(map(str, range(18, 24)))
    fitted = PHYSICS.fit(people.material(tmp_path), people.assignment(tmp_path, train))
    errors = people.errors(fitted.predict, test)
    mean = np.mean([people.labels[i] for i in train], axis=0)
    assert np.mean(list(errors.values())) < 2 < np.mean([np.abs(mean - people.labels[i]).mean() for i in test]) / 5


def test_only_training_participants_are_looked_at(tmp_path: Path) -> None:
    people = pure()
    train = tuple(map(str, range(2, 14)))
    fitted = PHYSICS.fit(people.material(tmp_path), people.assignment(tmp_path, train))
    assert set(people.asked) == set(train)
    assert all(set(fit.ids) == set(train) for fit in fitted.fits)


def test_shuffled_labels_are_answered_by_their_mean(tmp_path: Path) -> None:
    people = mixed(60)
    train, test = tuple(map(str, range(40))), tuple(map(str, range(40, 60)))
    order = np.random.default_rng(1).permutation(40)
    people.labels |= dict(zip(train, [people.labels[train[k]] for k in order], strict=True))
    fitted = PHYSICS.fit(people.material(tmp_path), people.assignment(tmp_path, train))
    mean = np.mean([people.labels[i] for i in train], axis=0)
    by_mean = np.mean([np.abs(mean - people.labels[i]).mean() for i in test])
    assert np.mean(list(people.errors(fitted.predict, test).values())) > 0.9 * by_mean


def test_shares_are_those_of_the_tracks_package(tmp_path: Path) -> None:
    people = crowd([(3, 4)], n_stretches=1)
    measured = measure(people.material(tmp_path), "0")
    assert measured is not None and measured.cells == pytest.approx(10)
    (tracks,) = people.stretches["0"]
    for least_beat, progressive in ((1.25, 5.0), (2.5, 5.0), (1.25, 24.0)):
        config = PhysicsConfig(least_beat=least_beat, progressive_um_s=progressive)
        shares = class_shares(replace(tracks, drift_px=drift(tracks, "median")), config)
        found = features_of(measured, least_beat=least_beat, progressive_um_s=progressive)
        expected = (shares.rapid_pct, shares.slow_pct, shares.non_progressive_pct, shares.immotile_pct)
        assert found[:4] == pytest.approx(expected)
        assert len(found) == len(FEATURES) and np.isfinite(found).all()
    assert dict(zip(FEATURES, found, strict=True))["VSL of those that move"] == pytest.approx(40, abs=1)


def test_stretches_are_joined_by_cell_seconds(tmp_path: Path) -> None:
    people = crowd([(0, 0)], n_stretches=1)
    swim = crowd([(10, 0)], n_stretches=3)
    people.stretches["0"] += swim.stretches["0"]
    measured = measure(people.material(tmp_path), "0")
    assert measured is not None
    assert features_of(measured, least_beat=1.25, progressive_um_s=5.0)[0] == pytest.approx(75)


def test_without_tracks_the_mean_is_answered_and_it_is_said(tmp_path: Path) -> None:
    people = pure()
    people.stretches["3"] = ()
    people.stretches["15"] = (people.stretches["15"][0].without_stubs(1000),)  # a stretch that no cell was followed in
    train = tuple(map(str, range(12)))
    fitted = PHYSICS.fit(people.material(tmp_path), people.assignment(tmp_path, train))
    mean = np.mean([people.labels[i] for i in train], axis=0)
    assert fitted.predict("15") == pytest.approx(mean[None]) and fitted.predict("3") == pytest.approx(mean[None])
    assert "3" not in fitted.fits[0].ids and "left out of the fit for want of any track: 3" in fitted.notes[-1]


def test_too_few_with_tracks_is_one_line(tmp_path: Path) -> None:
    people = pure(4)
    people.stretches |= {"0": (), "1": ()}
    with pytest.raises(TrackError, match="^2 of 4 training participants have tracks; allowed: at least 3; [^\n]*$"):
        PHYSICS.fit(people.material(tmp_path), people.assignment(tmp_path, ("0", "1", "2", "3")))


@pytest.mark.parametrize(("what", "told"), [("beat", "a beat"), ("x_px", "a place")])
def test_no_number_is_told_by_participant(what: str, told: str, tmp_path: Path) -> None:
    people = pure()
    first, second = people.stretches["4"]
    people.stretches["4"] = (first, replace(second, **{what: np.full(len(second.track), np.nan)}))
    with pytest.raises(
        InputError, match=f"^tracks of participant 4 have {told} that is not a number; allowed: [^\n]*$"
    ):
        PHYSICS.fit(people.material(tmp_path), people.assignment(tmp_path, tuple(map(str, range(12)))))
