import numpy as np
import pytest

from motilens.methods.method import TrainingSet
from tests.recordings.fakes import FakeRecording

IDS = ("10", "2", "1", "7")

LABELS = {i: np.array([float(i), 20, 80 - float(i)]) for i in IDS}

RECORDINGS = {i: [FakeRecording(f"{i}_a")] for i in IDS}


def test_parameters_are_fitted_to_everyone_in_the_order_given() -> None:
    training = TrainingSet("motility", RECORDINGS, LABELS)
    assert training.ids == IDS
    assert training.labels_of(("2", "10")).tolist() == [[2, 20, 78], [10, 20, 70]]
    assert training.labels_of(()).shape == (0, 3)


def test_who_chooses_epochs_is_fitted_to_by_nobody() -> None:
    training = TrainingSet("motility", RECORDINGS, LABELS, epoch_ids=("7", "2"))
    assert training.ids == ("10", "1")
    assert training.epoch_ids == ("7", "2")
    assert training.labels_of(("7", "2")).tolist() == [[7, 20, 73], [2, 20, 78]]


def test_inner_splits_are_stratified_by_the_first_percentage_unless_told_otherwise() -> None:
    assert TrainingSet("motility", RECORDINGS, LABELS).order == {"10": 10, "2": 2, "1": 1, "7": 7}
    # Of a value for more people and for fewer, those of the training participants count.
    given = TrainingSet("morphology", RECORDINGS, LABELS, stratify_by={"1": 5.0, "2": 3.0, "99": 1.0})
    assert given.order == {"2": 3, "1": 5}


def test_feature_images_alone_need_no_label() -> None:
    training = TrainingSet(None, RECORDINGS, {})
    assert training.ids == IDS
    assert training.order == {}
    with pytest.raises(KeyError):
        training.labels_of(IDS)
