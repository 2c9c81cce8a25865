"""Both predictors that read tracks, made by hand."""

import json
from dataclasses import dataclass

import numpy as np
import pytest

from motilens.config import ClassThresholds
from motilens.errors import BundleError
from motilens.predictors.bag_of_words import BagOfWordsPredictor
from motilens.predictors.origin import Origin
from motilens.predictors.predictor import Parts, Predictor
from motilens.predictors.standardised_linear import StandardisedLinear
from motilens.predictors.track_features import FEATURES
from motilens.predictors.track_physics import TrackPhysicsPredictor
from tests.methods.tracked import SETTINGS, recording, segment

ORIGIN = Origin(method="by hand", target="motility", settings=SETTINGS, fits=(), n_parameters=0)
MEAN = np.array([50.0, 20.0, 30.0])


def linear(n: int, seed: int = 0) -> StandardisedLinear:
    rng = np.random.default_rng(seed)
    return StandardisedLinear(rng.uniform(0, 1, n), rng.uniform(1, 2, n), rng.normal(0, 3, (3, n)), MEAN)


def bag_of_words() -> BagOfWordsPredictor:
    words = np.random.default_rng(1).uniform(0, 8, (6, 4))
    return BagOfWordsPredictor(ORIGIN, np.array([0.1, 0.2, 0.5, 1.0]), words, 2, linear(6), MEAN)


def physics() -> TrackPhysicsPredictor:
    return TrackPhysicsPredictor(ORIGIN, ClassThresholds(least_beat=1.3), linear(len(FEATURES)), MEAN)


both = pytest.mark.parametrize("predictor", [bag_of_words(), physics()], ids=lambda predictor: predictor.kind)


@both
def test_taken_apart_and_put_together_it_predicts_the_same(predictor: Predictor) -> None:
    parts = predictor.parts()
    fields = json.loads(json.dumps(dict(parts.fields)))
    arrays = {file: {name: array.copy() for name, array in each.items()} for file, each in parts.arrays.items()}
    again = type(predictor).from_parts(Parts(fields, arrays), ORIGIN)
    for seen in (recording(segment(3, 4, 0), segment(4, 4, 1, n_frames=749)), recording()):
        one, other = predictor.predict(seen), again.predict(seen)
        assert np.array_equal(one.parts_pct, other.parts_pct) and one.problems == other.problems
        assert one.predicted_pct.sum() == pytest.approx(100)
    assert not np.array_equal(predictor.predict(recording(segment(3, 4, 0))).predicted_pct, MEAN)


@both
def test_another_origin_changes_nothing_else(predictor: Predictor) -> None:
    other = predictor.with_origin(ORIGIN.model_copy(update={"notes": ("trained on all",)}))
    assert other.origin.notes == ("trained on all",) and predictor.origin.notes == ()
    seen = recording(segment(3, 4, 0))
    assert np.array_equal(other.predict(seen).parts_pct, predictor.predict(seen).parts_pct)


@dataclass
class Damage:
    """One array or field of the parts replaced."""

    predictor: Predictor
    name: str
    value: object
    told: str


@pytest.mark.parametrize(
    "damage",
    [
        Damage(bag_of_words(), "n_assignments", 0, "n_assignments is 0; allowed: 1 or more"),
        Damage(bag_of_words(), "words", np.zeros((6, 3)), r"'words' has shape \(6, 3\); allowed: \('any', 4\)"),
        Damage(bag_of_words(), "coefficients", np.zeros((3, 5)), r"'coefficients' has shape \(3, 5\)"),
        Damage(physics(), "thresholds", {"least_beat": -1}, "thresholds .*least_beat.* do not fit"),
        Damage(physics(), "thresholds", 3, "thresholds 3 do not fit"),
        Damage(physics(), "scale", np.zeros(7), r"'scale' has shape \(7,\)"),
    ],
    ids=lambda damage: damage.name,
)
def test_parts_that_do_not_fit_are_named(damage: Damage) -> None:
    parts = damage.predictor.parts()
    fields = {name: damage.value if name == damage.name else value for name, value in parts.fields.items()}
    arrays = {
        file: {name: np.asarray(damage.value) if name == damage.name else array for name, array in each.items()}
        for file, each in parts.arrays.items()
    }
    with pytest.raises(BundleError, match=damage.told):
        type(damage.predictor).from_parts(Parts(fields, arrays), ORIGIN)


def test_windows_are_averaged_before_they_are_clipped() -> None:
    """Of two windows, one far above 100 and one below: clipped first, they would average to something else."""
    words = np.array([[0.0], [8.0]])
    regression = StandardisedLinear(
        np.zeros(2), np.ones(2), np.array([[-40.0, 260.0], [0.0, 0.0], [140.0, -160.0]]), np.zeros(3)
    )
    predictor = BagOfWordsPredictor(ORIGIN, np.array([1.0]), words, 1, regression, MEAN)
    prediction = predictor.predict(recording(segment(10, 0, 0), segment(0, 0, 1)))
    assert prediction.predicted_pct == pytest.approx([100, 0, 0])  # mean of (260, 0, -160) and (-40, 0, 140)
    assert prediction.part == "recording" and len(prediction.parts_pct) == 1
