"""The 3D CNN on scenes with an answer on paper: all swim straight, or none moves."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from motilens.config import Target
from motilens.errors import FoldError, MismatchError
from motilens.methods.method import TrainingSet
from motilens.methods.video_cnn import VIDEO_CNN
from motilens.predictors.bundle import load_predictor, save_predictor
from motilens.predictors.video_cnn import VideoCnnPredictor
from tests.methods import scenes
from tests.recordings.fakes import FakeRecording

TRAINED, TESTED = scenes.people(0, 12), scenes.people(12, 16)


def fit(training: TrainingSet, folder: Path) -> VideoCnnPredictor:
    predictor = VIDEO_CNN.fit(training, scenes.settings_of(VIDEO_CNN), scenes.workspace(folder))
    assert isinstance(predictor, VideoCnnPredictor)
    return predictor


def fit_briefly(training: TrainingSet, folder: Path, *, seed: int = 0, **changes: object) -> VideoCnnPredictor:
    """One epoch of the regressor, two of the 3D CNN."""
    settings = scenes.briefly(VIDEO_CNN, **changes).model_copy(update={"seed": seed})
    predictor = VIDEO_CNN.fit(training, settings, scenes.workspace(folder))
    assert isinstance(predictor, VideoCnnPredictor)
    return predictor


def seen_by(predictor: VideoCnnPredictor) -> dict[str, set[str]]:
    return {fit.what: set(fit.ids) for fit in predictor.origin.fits}


def test_it_predicts_who_swims(tmp_path: Path) -> None:
    predictor = fit(scenes.training(TRAINED), tmp_path)
    for participant in TESTED:
        predicted = scenes.predicted_pct(predictor, participant)
        assert predicted.sum() == pytest.approx(100, abs=1e-3)  # float32
        assert predicted[scenes.truth(participant) == 100] > 70, participant


def test_shuffled_labels_do_not_beat_the_mean(tmp_path: Path) -> None:
    # Labels that have nothing to do with what moves: swimmers and standing ones get both, half and half.
    labels = {i: scenes.SWIM if int(i) % 4 < 2 else scenes.STAND for i in TRAINED}
    predictor = fit(scenes.training(TRAINED, labels=labels), tmp_path)
    predicted = np.array([scenes.predicted_pct(predictor, i) for i in TESTED])
    error = np.abs(predicted - [scenes.truth(i) for i in TESTED]).mean()
    assert error > np.abs(np.array([50, 0, 50]) - scenes.SWIM).mean() - 5


def test_a_fit_says_what_it_saw_and_comes_back_from_its_file(tmp_path: Path) -> None:
    predictor = fit_briefly(scenes.training(TRAINED), tmp_path / "work")
    origin, seen = predictor.origin, seen_by(predictor)
    assert seen["input scaling"] == seen["regressor"] == set(TRAINED)
    assert set() < seen["regressor epoch"] < set(TRAINED)
    assert (origin.method, origin.target, origin.settings) == ("cnn3d", "motility", scenes.briefly(VIDEO_CNN))
    assert [curve.name for curve in origin.curves] == ["video CNN", "video CNN refit"]
    assert origin.n_parameters == sum(parameter.numel() for parameter in predictor.network.parameters())
    recording = scenes.recordings(("13",))["13"][0]
    save_predictor(tmp_path / "model", predictor)
    before, after = predictor.predict(recording), load_predictor(tmp_path / "model").predict(recording)
    assert before.parts_pct.shape == (scenes.STACKS, 3)
    assert np.array_equal(after.parts_pct, before.parts_pct)


def test_without_a_refit_units_and_weights_saw_those_who_fit_alone(tmp_path: Path) -> None:
    seen = seen_by(fit_briefly(scenes.training(TRAINED), tmp_path, refit=False))
    assert seen["regressor"] == seen["input scaling"] == set(TRAINED) - seen["regressor epoch"]


def test_those_named_to_choose_the_epoch_choose_it_and_are_fitted_to_by_nothing(tmp_path: Path) -> None:
    training = scenes.training(scenes.people(0, 8), epoch_ids=("6", "7"))
    seen = seen_by(fit_briefly(training, tmp_path, refit=False))
    assert seen["regressor epoch"] == {"6", "7"}
    assert seen["regressor"] == seen["input scaling"] == set(scenes.people(0, 6))


@pytest.mark.parametrize("target", ["motility", "morphology"])
def test_the_same_seed_predicts_the_same_and_a_finished_fit_is_taken_up(target: Target, tmp_path: Path) -> None:
    training = scenes.training(scenes.people(0, 6), target=target)
    first, again, elsewhere = (
        scenes.predicted_pct(fit_briefly(training, tmp_path / name), "13") for name in ("first", "first", "second")
    )
    assert np.array_equal(first, again) and np.array_equal(first, elsewhere)
    other = scenes.predicted_pct(fit_briefly(training, tmp_path / "third", seed=1), "13")
    assert not np.allclose(first, other)


def test_a_checkpoint_of_other_labels_is_not_taken_up(tmp_path: Path) -> None:
    training = scenes.training(scenes.people(0, 6))
    before = scenes.predicted_pct(fit_briefly(training, tmp_path / "one"), "13")
    others = replace(training, labels={i: label[::-1].copy() for i, label in training.labels.items()})
    again, fresh = (scenes.predicted_pct(fit_briefly(others, tmp_path / name), "13") for name in ("one", "other"))
    assert np.array_equal(again, fresh)
    assert not np.allclose(again, before)


def test_someone_without_stacks_is_named(tmp_path: Path) -> None:
    training = scenes.training(scenes.people(0, 3))
    recordings = {**training.recordings, "99": [FakeRecording(reason="too short")]}
    labels = {**training.labels, "99": scenes.SWIM}
    with pytest.raises(FoldError, match="training participant 99 has no stack"):
        fit_briefly(TrainingSet("motility", recordings, labels), tmp_path)


def test_feature_images_alone_are_not_to_be_had(tmp_path: Path) -> None:
    with pytest.raises(MismatchError, match="method cnn3d makes no feature-images; train it with --target motility"):
        fit_briefly(scenes.training(TRAINED, target=None), tmp_path)


def test_how_it_stands_in_the_table() -> None:
    assert (VIDEO_CNN.name, VIDEO_CNN.cost, VIDEO_CNN.needs) == ("cnn3d", "costly", ("stacks",))
