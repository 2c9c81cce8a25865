import logging
from pathlib import Path

import numpy as np
import pytest
import torch

import motilens.training.loop
from motilens.config import Pipeline, paper_autoencoder
from motilens.data.in_memory import InMemoryStacks
from motilens.errors import ConfigError, FoldError, MismatchError, TrainingError
from motilens.features.encode import reconstruction_scores
from motilens.progress import SilentTask
from motilens.training.autoencoder import FittedAutoencoder, evenly, fit_autoencoder, fit_pixel_scaling, input_batches
from tests.training.conftest import CPU, moving_squares

FIT, SELECT, TEST = ("0", "1", "2", "3"), ("4", "5"), ("6", "7")


class Spy:
    """Passes reading on and remembers whose rows were read."""

    def __init__(self, source: InMemoryStacks) -> None:
        self._source, self.seen = source, set[str]()
        self._owner = {int(row): i for i in source.participants for row in source.rows_of((i,))}

    @property
    def participants(self) -> tuple[str, ...]:
        return self._source.participants

    def rows_of(self, ids: tuple[str, ...]) -> np.ndarray:
        return self._source.rows_of(ids)

    def read(self, rows: np.ndarray) -> np.ndarray:
        self.seen |= {self._owner[int(row)] for row in rows}
        return self._source.read(rows)


def fit(source: InMemoryStacks | Spy, pipeline: Pipeline, folder: Path) -> FittedAutoencoder:
    return fit_autoencoder(source, fit_ids=FIT, select_ids=SELECT, pipeline=pipeline, folder=folder, runtime=CPU)


def test_the_fit_reads_nobody_but_those_it_was_given(source: InMemoryStacks, pipeline: Pipeline, folder: Path) -> None:
    spy = Spy(source)
    fit(spy, pipeline, folder)
    assert spy.seen == {*FIT, *SELECT}


def test_it_learns_the_motion(source: InMemoryStacks, pipeline: Pipeline, folder: Path) -> None:
    longer = pipeline.model_copy(update={"autoencoder": pipeline.autoencoder.model_copy(update={"epochs": 20})})
    fitted = fit(source, longer, folder)
    scores = reconstruction_scores(fitted.autoencoder, input_batches(source, source.rows_of(TEST), "I3"))
    assert scores.motion_r2 is not None
    assert scores.motion_r2 > 0.3
    assert fitted.dead == ()
    assert fitted.history.train_loss[-1] < fitted.history.train_loss[0]


def test_best_is_the_epoch_with_the_lowest_selection_loss(
    source: InMemoryStacks, pipeline: Pipeline, folder: Path
) -> None:
    history = fit(source, pipeline, folder).history
    scores = [score for score in history.select_score if score is not None]
    assert len(scores) == pipeline.autoencoder.epochs
    assert history.best_epoch == 1 + int(np.argmin(scores))
    assert (folder / "last.ckpt").is_file()
    assert (folder / "best.safetensors").is_file()
    assert list((folder / "tensorboard").iterdir())


class Killed(Exception):
    """Stands for kill -9 between two epochs."""


def test_an_interrupted_training_ends_bit_for_bit_like_an_uninterrupted_one(
    source: InMemoryStacks, pipeline: Pipeline, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = fit(source, pipeline, folder / "whole")

    class DiesInEpochThree:
        def task(self, name: str, total: int) -> "DiesInEpochThree":
            return self

        def __enter__(self) -> SilentTask:
            class Task(SilentTask):
                done = 0

                def advance(self, steps: int = 1, *, note: str = "") -> None:
                    self.done += steps
                    if self.done == 25:
                        raise Killed

            return Task()

        def __exit__(self, *_: object) -> None:
            return None

    monkeypatch.setattr(motilens.training.loop, "CHECKPOINT_EVERY_S", 0.0)
    with pytest.raises(Killed):
        fit_autoencoder(
            source, fit_ids=FIT, select_ids=SELECT, pipeline=pipeline, folder=folder / "cut", runtime=CPU,
            progress=DiesInEpochThree(),  # type: ignore[arg-type]
        )  # fmt: skip
    again = fit(source, pipeline, folder / "cut")
    assert again.history.train_loss == whole.history.train_loss
    assert again.history.select_score == whole.history.select_score
    for name, tensor in whole.autoencoder.state_dict().items():
        assert torch.equal(tensor, again.autoencoder.state_dict()[name]), name


def test_loader_processes_change_speed_not_results(source: InMemoryStacks, pipeline: Pipeline, folder: Path) -> None:
    from motilens.training.runtime import Runtime

    short = pipeline.model_copy(update={"autoencoder": pipeline.autoencoder.model_copy(update={"epochs": 2})})
    here = fit(source, short, folder / "here")
    there = fit_autoencoder(
        source, fit_ids=FIT, select_ids=SELECT, pipeline=short, folder=folder / "there", runtime=Runtime("cpu", 1)
    )
    assert here.history.train_loss == there.history.train_loss


def test_a_checkpoint_of_other_settings_is_not_taken_up(
    source: InMemoryStacks, pipeline: Pipeline, folder: Path
) -> None:
    fit(source, pipeline, folder)
    with pytest.raises(
        ConfigError, match=r"last.ckpt is a checkpoint of other settings or other data; choose another --out"
    ):
        fit(source, pipeline.model_copy(update={"seed": 4}), folder)


def test_dead_channels_are_said_while_training(
    source: InMemoryStacks, pipeline: Pipeline, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    # A learning rate that throws every ReLU of the published network to its dead side within an epoch.
    paper = pipeline.model_copy(
        update={"autoencoder": paper_autoencoder(epochs=1, steps_per_epoch=10, batch_size=8, learning_rate=1.0)}
    )
    with caplog.at_level(logging.WARNING, logger="motilens"):
        fitted = fit(source, paper, folder)
    assert fitted.dead
    assert "carries nothing after epoch 1 (paper network)" in caplog.text


def test_a_loss_that_is_not_finite_stops_the_training(source: InMemoryStacks, pipeline: Pipeline, folder: Path) -> None:
    wild = pipeline.model_copy(update={"autoencoder": pipeline.autoencoder.model_copy(update={"learning_rate": 1e30})})
    with pytest.raises(TrainingError, match=r"the loss is .* in epoch \d; lower learning_rate"):
        fit(source, wild, folder)


def test_nobody_to_choose_the_epoch(source: InMemoryStacks, pipeline: Pipeline, folder: Path) -> None:
    with pytest.raises(FoldError, match="24 stacks to fit and 0 to choose the epoch"):
        fit_autoencoder(source, fit_ids=FIT, select_ids=(), pipeline=pipeline, folder=folder, runtime=CPU)


def test_stacks_of_another_input(pipeline: Pipeline, folder: Path) -> None:
    single = InMemoryStacks({i: moving_squares(np.random.default_rng(0), 2, 0.0, frames=1) for i in "012345"})
    with pytest.raises(MismatchError, match="I3 needs 9 frames a stack, these have 1"):
        fit(single, pipeline, folder)


def test_scaling_gives_unit_spread(source: InMemoryStacks, pipeline: Pipeline) -> None:
    batches = list(input_batches(source, np.arange(48), "I3"))
    scaling = fit_pixel_scaling(batches, pipeline.autoencoder)
    values = np.concatenate([b.ravel() for b in batches])
    assert scaling.mean == pytest.approx(values.mean(), rel=1e-4)
    assert scaling.spread == pytest.approx(values.std(), rel=1e-3)
    assert scaling.target_mean == pytest.approx(0, abs=1e-6)
    assert fit_pixel_scaling(batches, paper_autoencoder()).spread == 1.0


def test_evenly_keeps_the_ends() -> None:
    assert evenly(np.arange(10), 4).tolist() == [0, 3, 6, 9]
    assert evenly(np.arange(3), 4).tolist() == [0, 1, 2]
