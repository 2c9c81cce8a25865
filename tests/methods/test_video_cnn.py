"""The 3D CNN on scenes with an answer on paper: all swim straight, or none moves."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from motilens.config import InputType, MethodSettings, AutoencoderName
from motilens.training.in_memory import InMemoryStacks
from motilens.errors import ConfigError, FoldError, InputError
from motilens.methods.method import Assignment, Fitted
from motilens.methods.video_cnn import CNN3D, cnn3d_method, predict_films
from motilens.networks.regressor import ChannelScaling
from motilens.networks.video_cnn import VideoCnn, VideoCnnConfig
from tests.methods import scenes

SMALL = VideoCnnConfig(widths=(8, 16, 32, 32), batch_size=4, learning_rate=2e-3, epochs_ratio=2.0)
METHOD = cnn3d_method(SMALL)
TRAINED, TESTED = scenes.everyone()[:12], scenes.everyone()[12:]


class Spy(InMemoryStacks):
    """Remembers which rows were read."""

    def __init__(self, stacks: Mapping[str, np.ndarray]) -> None:
        super().__init__(stacks)
        self.rows = set[int]()

    def read(self, rows: np.ndarray) -> np.ndarray:
        self.rows |= {int(row) for row in rows}
        return super().read(rows)


def spied() -> Spy:
    source = scenes.stacks()
    return Spy({i: source.read(source.rows_of((i,))) for i in source.participants})


def briefly(input_type: InputType, step1: AutoencoderName | None) -> MethodSettings:
    """One epoch of the regressor, two of the 3D CNN."""
    pipeline = scenes.pipeline(input_type, step1)
    return pipeline.model_copy(update={"regressor": pipeline.regressor.model_copy(update={"epochs": 1})})


def fit_briefly(folder: Path, assignment: Assignment, source: InMemoryStacks | None = None) -> Fitted:
    return METHOD.fit(replace(scenes.material(folder, source=source), pipeline=briefly), assignment)


def mean_error(fitted: Fitted) -> float:
    said = np.array([fitted.predict(i).mean(axis=0) for i in TESTED])
    return float(np.abs(said - [scenes.truth(i) for i in TESTED]).mean())


def test_it_tells_swimming_from_standing(tmp_path: Path) -> None:
    fitted = METHOD.fit(scenes.material(tmp_path), scenes.assignment(tmp_path))
    for participant in TESTED:
        answer = fitted.predict(participant)
        assert answer.shape == (scenes.STACKS, 3)
        assert answer.sum(axis=1) == pytest.approx(100, abs=1e-3)
        assert answer.mean(axis=0)[scenes.truth(participant) == 100] > 70, participant


def test_shuffled_labels_do_not_beat_the_mean(tmp_path: Path) -> None:
    # Labels that have nothing to do with what moves: swimmers and standing ones get both, half and half.
    labels = {i: scenes.SWIM if int(i) % 4 < 2 else scenes.STAND for i in TRAINED}
    fitted = METHOD.fit(scenes.material(tmp_path), replace(scenes.assignment(tmp_path), labels=labels))
    of_the_mean = np.abs(np.array([50, 0, 50]) - scenes.SWIM).mean()
    assert mean_error(fitted) > of_the_mean - 5


def test_the_fit_reads_nobody_but_those_it_was_given(tmp_path: Path) -> None:
    source = spied()
    fitted = fit_briefly(tmp_path, scenes.assignment(tmp_path, TRAINED), source)
    assert source.rows == set(source.rows_of(TRAINED).tolist())
    seen = {fit.what: set(fit.ids) for fit in fitted.fits}
    assert seen["input scaling"] == seen["regressor"] == set(TRAINED)
    assert seen["regressor epoch"] < set(TRAINED)


def test_without_a_refit_units_and_weights_saw_those_who_fit_alone(tmp_path: Path) -> None:
    def once(input_type: InputType, step1: AutoencoderName | None) -> MethodSettings:
        pipeline = briefly(input_type, step1)
        return pipeline.model_copy(update={"regressor": pipeline.regressor.model_copy(update={"refit": False})})

    material = replace(scenes.material(tmp_path), pipeline=once)
    fitted = METHOD.fit(material, scenes.assignment(tmp_path))
    seen = {fit.what: set(fit.ids) for fit in fitted.fits}
    assert seen["regressor"] == set(TRAINED) - seen["regressor epoch"]
    assert not (tmp_path / "work" / "cnn3d-motility" / "refit").exists()


@pytest.mark.parametrize("target", ["motility", "morphology"])
def test_the_same_seed_gives_the_same_answers_and_a_finished_fit_is_taken_up(target: str, tmp_path: Path) -> None:
    first = replace(scenes.assignment(tmp_path / "first"), target=target)
    answers = [
        fit_briefly(tmp_path, assignment).predict(TESTED[0])
        for assignment in (first, first, replace(first, folder=tmp_path / "second"))
    ]
    assert (answers[0] == answers[1]).all()
    assert (answers[0] == answers[2]).all()
    other = fit_briefly(tmp_path, replace(first, seed=1, folder=tmp_path / "third")).predict(TESTED[0])
    assert not np.allclose(answers[0], other)


def test_a_checkpoint_of_other_labels_is_not_taken_up(tmp_path: Path) -> None:
    assignment = scenes.assignment(tmp_path)
    fit_briefly(tmp_path, assignment)
    others = {i: label[::-1].copy() for i, label in assignment.labels.items()}
    with pytest.raises(ConfigError, match="other settings or other data"):
        fit_briefly(tmp_path, replace(assignment, labels=others))


def test_predicting_leaves_batch_statistics_and_mode_alone() -> None:
    network = VideoCnn("composition", SMALL, ChannelScaling(mean=(80.0,), sd=(20.0,))).train()
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    source = scenes.stacks()
    together = predict_films(network, source, np.arange(8))
    assert network.training
    for name, tensor in network.state_dict().items():
        assert torch.equal(tensor, before[name]), name
    alone = predict_films(network, source, np.array([3]))
    assert together[3:4] == pytest.approx(alone, abs=1e-3)  # nor does a stack's company matter


def test_someone_without_stacks(tmp_path: Path) -> None:
    fitted = fit_briefly(tmp_path, scenes.assignment(tmp_path))
    with pytest.raises(InputError, match="participant 99 has no stack"):
        fitted.predict("99")
    labels = {**scenes.assignment(tmp_path).labels, "99": scenes.SWIM}
    with pytest.raises(FoldError, match="training participant 99 has no stack"):
        fit_briefly(tmp_path, replace(scenes.assignment(tmp_path), labels=labels))


def test_how_it_stands_in_the_table() -> None:
    assert (CNN3D.name, CNN3D.cost, CNN3D.uses) == ("cnn3d", "costly", ("stacks",))
