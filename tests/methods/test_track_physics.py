from dataclasses import replace

import numpy as np
import pytest

from motilens.errors import InputError
from motilens.methods.track_physics import TRACK_PHYSICS
from motilens.predictors.track_physics import TrackPhysicsPredictor
from tests.methods.tracked import SETTINGS, mixed, people, pure


def test_mixtures_are_predicted_too() -> None:
    crowd = mixed()
    train, test = people(0, 18), people(18, 24)
    predictor = crowd.fit(TRACK_PHYSICS, train)
    assert np.mean(crowd.errors(predictor, test)) < 2 < np.mean(crowd.errors_of_mean(train, test)) / 5


def test_thresholds_come_from_the_grid_and_the_first_of_equals_is_taken() -> None:
    predictor = pure().fit(TRACK_PHYSICS, people(0, 12))
    assert isinstance(predictor, TrackPhysicsPredictor)
    # Cells swim 40 um/s or stand, and none beats: no threshold does better than another.
    config = SETTINGS.track_physics
    assert predictor.thresholds == config.thresholds(
        progressive_um_s=config.progressive_um_s[0], least_beat=config.least_beats[0]
    )
    other = config.model_copy(update={"progressive_um_s": (7.0,), "least_beats": (1.5,), "alphas": (3.0,)})
    predictor = pure().fit(TRACK_PHYSICS, people(0, 12), settings=SETTINGS.model_copy(update={"track_physics": other}))
    assert predictor.origin.notes[0].startswith(
        "standing cells beat from 1.5 times the background on, progressive from 7 um/s, alpha 3: mean absolute error "
    )
    assert predictor.origin.n_parameters == 3 * 8 + 3 + 2


def test_tracks_without_a_beat_are_told_by_recording() -> None:
    crowd = pure()
    first, second = crowd.recordings["4"].segments
    crowd.recordings["4"].segments = (first, replace(second, beat=np.full(len(second.track), np.nan)))
    with pytest.raises(InputError, match="^tracks of video 4 have a piece without a beat; allowed: [^\n]*$"):
        crowd.fit(TRACK_PHYSICS, people(0, 12))
