"""What holds for both methods that read tracks."""

from dataclasses import replace

import numpy as np
import pytest

from motilens.errors import InputError, TrackError
from motilens.methods.bag_of_words import BAG_OF_WORDS
from motilens.methods.method import Method
from motilens.methods.track_physics import TRACK_PHYSICS
from motilens.predictors.predictor import Predictor
from motilens.predictors.segment_tracks import NO_TRACKS
from tests.methods.tracked import DEFAULTS, SETTINGS, TrackedRecording, mixed, people, pure, recording, segment

both = pytest.mark.parametrize("method", [BAG_OF_WORDS, TRACK_PHYSICS], ids=lambda method: method.name)


@both
def test_who_swims_and_who_stands_is_predicted_for_people_never_seen(method: Method) -> None:
    crowd, test = pure(), people(12, 16)
    predictor = crowd.fit(method, people(0, 12))
    assert isinstance(predictor, Predictor) and predictor.needs == method.needs == ("tracks",)
    assert all(crowd.predicted_pct(predictor, i).sum() == pytest.approx(100) for i in test)
    assert max(crowd.errors(predictor, test)) < 2  # the regression shrinks a little


@both
def test_the_origin_says_what_was_fitted_to_whom(method: Method) -> None:
    train = people(2, 14)
    crowd = pure()
    origin = crowd.fit(method, train).origin
    assert crowd.asked == set(train)
    assert all(fit.ids == train for fit in origin.fits) and "regressor" in {fit.what for fit in origin.fits}
    assert (origin.method, origin.target, origin.settings) == (method.name, "motility", SETTINGS)


@both
def test_who_chooses_epochs_is_not_fitted_to(method: Method) -> None:
    crowd = pure()
    predictor = crowd.fit(method, people(0, 14), epoch_ids=("12", "13"))
    assert crowd.asked == set(people(0, 12))
    assert all(fit.ids == people(0, 12) for fit in predictor.origin.fits)


@both
def test_shuffled_labels_are_predicted_no_better_than_by_their_mean(method: Method) -> None:
    crowd = mixed(60)
    train, test = people(0, 40), people(40, 60)
    order = np.random.default_rng(1).permutation(40)
    crowd.labels |= dict(zip(train, [crowd.labels[train[k]] for k in order], strict=True))
    predictor = crowd.fit(method, train, settings=DEFAULTS)
    assert np.mean(crowd.errors(predictor, test)) > 0.9 * np.mean(crowd.errors_of_mean(train, test))


@both
def test_replicates_of_a_participant_are_put_together(method: Method) -> None:
    crowd, train = mixed(14), people(0, 12)
    one = crowd.fit(method, train)
    for i in train:
        first, second = crowd.recordings[i].segments
        crowd.recordings[i].segments = (first,)
        crowd.replicates[i] = (TrackedRecording(f"video {i}b", (second,)),)
    parted = crowd.fit(method, train)
    assert parted.origin.notes == one.origin.notes
    assert np.array_equal(crowd.predicted_pct(parted, "13"), crowd.predicted_pct(one, "13"))


@both
def test_without_tracks_the_mean_is_predicted_and_it_is_said(method: Method) -> None:
    crowd, train = pure(), people(0, 12)
    crowd.recordings["3"].segments = ()
    predictor = crowd.fit(method, train)
    assert "3" not in predictor.origin.fits[0].ids
    assert predictor.origin.notes[-1] == "not in the fit because no cell was tracked: 3"
    for segments in ((), (segment(0, 0, 0).without_stubs(1000),)):  # nothing to track; nobody was tracked
        prediction = predictor.predict(recording(*segments, problems=("frame 7 is lost",)))
        assert prediction.predicted_pct == pytest.approx(np.mean([crowd.labels[i] for i in train], axis=0))
        assert prediction.problems == ("frame 7 is lost", NO_TRACKS) and prediction.part == "recording"
    assert predictor.predict(recording(segment(10, 0, 0), problems=("lost",))).problems == ("lost",)


@both
def test_too_few_with_tracks_is_one_line(method: Method) -> None:
    crowd = pure(4)
    crowd.recordings["0"].segments = crowd.recordings["1"].segments = ()
    with pytest.raises(TrackError, match="^2 of 4 training participants have tracks; allowed: at least 3; [^\n]*$"):
        crowd.fit(method, people(0, 4))


@both
def test_a_position_that_is_not_finite_is_told_by_recording(method: Method) -> None:
    crowd = pure()
    first, second = crowd.recordings["4"].segments
    crowd.recordings["4"].segments = (first, replace(second, x_px=np.full(len(second.track), np.nan)))
    with pytest.raises(InputError, match="^tracks of video 4 have a position that is not finite; allowed: [^\n]*$"):
        crowd.fit(method, people(0, 12))
