"""Every method with a CNN on images, on scenes with an answer on paper: all swim straight, or none moves."""

from pathlib import Path

import numpy as np
import pytest
from torch import nn

from motilens.errors import FoldError
from motilens.methods import feature_images
from motilens.methods.catalogue import METHODS
from motilens.methods.feature_images import FEATURE_IMAGE_METHODS
from motilens.methods.image_cnn import IMAGE_METHODS, split_inside
from motilens.methods.method import TrainingSet
from motilens.networks.autoencoder import Autoencoder
from motilens.predictors.bundle import load_predictor, save_predictor
from motilens.predictors.image_cnn import ImageCnnPredictor
from motilens.predictors.image_maker import ImageKind, ImageMaker
from motilens.stacks.stack_batch import StackBatch
from tests.methods import scenes
from tests.recordings.fakes import FakeRecording

NAMES = [method.name for method in (*IMAGE_METHODS, *FEATURE_IMAGE_METHODS)]

TESTED = scenes.people(12, 16)


def fit_briefly(name: str, training: TrainingSet, folder: Path, **changes: object) -> ImageCnnPredictor:
    settings = scenes.briefly(METHODS[name], **changes)
    predictor = METHODS[name].fit(training, settings, scenes.workspace(folder))
    assert isinstance(predictor, ImageCnnPredictor)
    return predictor


def size_of(network: nn.Module | None) -> int:
    return 0 if network is None else sum(parameter.numel() for parameter in network.parameters())


def seen_by(predictor: ImageCnnPredictor) -> dict[str, set[str]]:
    return {fit.what: set(fit.ids) for fit in predictor.origin.fits}


def gap(name: str, folder: Path) -> float:
    """How much more progressive swimmers are predicted than those who stand: 100 is right."""
    predictor = METHODS[name].fit(scenes.training(), scenes.settings_of(METHODS[name]), scenes.workspace(folder))
    progressive = {i: scenes.predicted_pct(predictor, i)[0] for i in TESTED}
    swimming = np.mean([progressive[i] for i in TESTED if scenes.swims(i)])
    return float(swimming - np.mean([progressive[i] for i in TESTED if not scenes.swims(i)]))


@pytest.mark.parametrize("name", ["moments", "dynamic", "flow", "stable-I3", "stable-I4"])
def test_methods_that_see_motion_predict_who_swims(name: str, tmp_path: Path) -> None:
    assert gap(name, tmp_path) > 50


@pytest.mark.parametrize("name", ["raw", "stable-I1", "paper-I1"])
def test_methods_of_one_moment_cannot(name: str, tmp_path: Path) -> None:
    assert abs(gap(name, tmp_path)) < 30


@pytest.mark.parametrize("name", NAMES)
def test_a_fit_says_what_it_saw_and_comes_back_from_its_file(name: str, tmp_path: Path) -> None:
    training = scenes.training(scenes.people(0, 6))
    predictor = fit_briefly(name, training, tmp_path / "work")
    origin, seen = predictor.origin, seen_by(predictor)
    parts = {"autoencoder", "autoencoder epoch"} if METHODS[name].autoencoder else set()
    assert set(seen) == {"input scaling", "regressor", "regressor epoch", *parts}
    # The CNN is trained anew on everyone after the inner split has chosen the epoch; the autoencoder is not.
    assert seen["input scaling"] == seen["regressor"] == set(training.ids)
    assert len(seen["regressor epoch"]) == 1
    if parts:
        assert seen["autoencoder"] == set(training.ids) - seen["autoencoder epoch"]
        assert seen["autoencoder epoch"] == seen["regressor epoch"]
        assert origin.autoencoder is not None and origin.autoencoder.mse > 0
    assert (origin.method, origin.target) == (name, "motility")
    assert origin.settings == scenes.briefly(METHODS[name])
    assert [curve.name for curve in origin.curves] == [*["autoencoder"] * bool(parts), "regressor", "regressor refit"]
    assert origin.n_parameters == size_of(predictor.autoencoder) + size_of(predictor.regressor)
    assert origin.notes[0] == "epoch 1 of 1 chosen"
    recording = scenes.recordings(("13",))["13"][0]
    prediction = predictor.predict(recording)
    assert prediction.parts_pct.shape == (scenes.STACKS, 3)
    assert prediction.parts_pct.sum(axis=1) == pytest.approx(100, abs=1e-3)  # float32
    save_predictor(tmp_path / "model", predictor)
    assert np.array_equal(load_predictor(tmp_path / "model").predict(recording).parts_pct, prediction.parts_pct)


@pytest.mark.parametrize("name", ["moments", "stable-I3"])
def test_images_alone_need_no_label(name: str, tmp_path: Path) -> None:
    predictor = fit_briefly(name, scenes.training(scenes.people(0, 6), target=None), tmp_path)
    assert predictor.regressor is None and predictor.origin.target is None
    assert set(seen_by(predictor)) == ({"autoencoder", "autoencoder epoch"} if METHODS[name].autoencoder else set())
    batch = scenes.recordings(("13",))["13"][0].stacks(predictor.origin.settings.stacks)
    assert predictor.make_images(batch).shape == (scenes.STACKS, 3, scenes.SIZE, scenes.SIZE)


@pytest.mark.parametrize("name", ["moments", "stable-I3"])
def test_without_a_choice_of_the_epoch_everyone_is_fitted_to(name: str, tmp_path: Path) -> None:
    training = scenes.training(scenes.people(0, 6))
    predictor = fit_briefly(name, training, tmp_path, choose_epoch=False, epochs=2)
    assert seen_by(predictor)["regressor"] == set(training.ids)
    assert "regressor epoch" not in seen_by(predictor)
    assert predictor.origin.notes[0] == "2 epochs, none chosen"


@pytest.mark.parametrize("name", ["moments", "stable-I3"])
def test_those_named_to_choose_the_epoch_choose_it_and_are_fitted_to_by_nothing(name: str, tmp_path: Path) -> None:
    training = scenes.training(scenes.people(0, 8), epoch_ids=("6", "7"))
    predictor = fit_briefly(name, training, tmp_path, refit=False)
    for what, ids in seen_by(predictor).items():
        assert ids == ({"6", "7"} if what.endswith("epoch") else set(scenes.people(0, 6))), what


def test_all_methods_and_targets_split_alike() -> None:
    settings = scenes.settings_of(METHODS["moments"])
    training = scenes.training()
    inner = split_inside(training, settings)
    assert sorted(inner.everyone) == sorted(training.ids)
    assert len(inner.select_ids) == 2  # a fifth of twelve
    # Another target, stratified as the first one is, and another method.
    order = {i: float(scenes.truth(i)[0]) for i in training.ids}
    labels = {i: np.array([float(i), 0, 0]) for i in training.ids}
    other = TrainingSet("morphology", training.recordings, labels, stratify_by=order)
    assert split_inside(other, scenes.settings_of(METHODS["paper-I1"])) == inner
    assert split_inside(training, settings.model_copy(update={"seed": 5})) != inner


def test_both_targets_of_a_fold_share_one_autoencoder_and_its_images(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoded: list[int] = []
    make = feature_images.image_maker

    def counted(kind: ImageKind, autoencoder: Autoencoder) -> ImageMaker:
        images = make(kind, autoencoder)

        def counting(batch: StackBatch) -> np.ndarray:
            encoded.append(len(batch))
            return images(batch)

        return counting

    monkeypatch.setattr(feature_images, "image_maker", counted)
    ids = scenes.people(0, 6)
    order = {i: float(scenes.truth(i)[0]) for i in ids}
    recordings, labels = scenes.recordings(ids), {i: scenes.truth(i) for i in ids}
    one, other = (
        fit_briefly("stable-I3", TrainingSet(target, recordings, labels, stratify_by=order), tmp_path)
        for target in ("motility", "morphology")
    )
    assert one.autoencoder is not None and other.autoencoder is not None
    assert feature_images.state_digest(one.autoencoder) == feature_images.state_digest(other.autoencoder)
    assert one.origin.autoencoder == other.origin.autoencoder
    assert sum(encoded) == len(ids) * scenes.STACKS
    kept = sorted(path.name.partition("-")[0] for path in tmp_path.iterdir() if path.is_dir())
    assert kept == ["autoencoder", "feature", "morphology", "motility"]


def test_replicates_train_with_their_participant(tmp_path: Path) -> None:
    training = scenes.training(scenes.people(0, 6))
    doubled = {i: [*own, FakeRecording(f"{i}_b", own[0].pixels)] for i, own in scenes.recordings(training.ids).items()}
    one = fit_briefly("moments", training, tmp_path / "one")
    other = fit_briefly("moments", TrainingSet("motility", doubled, training.labels), tmp_path / "other")
    assert seen_by(other) == seen_by(one)
    # Twice the same stacks: their units are those of one, and an epoch has twice the steps.
    assert one.regressor is not None and other.regressor is not None
    assert other.regressor.scaling.mean == pytest.approx(one.regressor.scaling.mean)
    assert not np.allclose(scenes.predicted_pct(other, "13"), scenes.predicted_pct(one, "13"), atol=1e-4)


def test_one_training_participant_is_too_few(tmp_path: Path) -> None:
    with pytest.raises(FoldError, match="allowed: at least two"):
        fit_briefly("moments", scenes.training(("0",)), tmp_path)
