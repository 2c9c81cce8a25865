import logging
from pathlib import Path

import numpy as np
import pytest
import torch

from motilens.config import PUBLISHED_AUTOENCODER, MethodSettings
from motilens.errors import FoldError, MismatchError, TrainingError
from motilens.features.encode import reconstruction_scores
from motilens.training.autoencoder import FittedAutoencoder, evenly, fit_autoencoder, fit_pixel_scaling, input_batches
from motilens.training.in_memory import InMemoryStacks
from motilens.training.runtime import Runtime
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


def fit(source: InMemoryStacks | Spy, settings: MethodSettings, folder: Path) -> FittedAutoencoder:
    return fit_autoencoder(source, fit_ids=FIT, select_ids=SELECT, settings=settings, folder=folder, runtime=CPU)


def with_autoencoder(settings: MethodSettings, **changes: object) -> MethodSettings:
    return settings.model_copy(update={"autoencoder": settings.autoencoder.model_copy(update=changes)})


def test_the_fit_reads_nobody_but_those_it_was_given(
    source: InMemoryStacks, settings: MethodSettings, folder: Path
) -> None:
    spy = Spy(source)
    fit(spy, settings, folder)
    assert spy.seen == {*FIT, *SELECT}


def test_it_learns_the_motion(source: InMemoryStacks, settings: MethodSettings, folder: Path) -> None:
    longer = with_autoencoder(settings, epochs=20)
    fitted = fit(source, longer, folder)
    scores = reconstruction_scores(fitted.autoencoder, input_batches(source, source.rows_of(TEST), "I3"))
    assert scores.motion_r2 is not None
    assert scores.motion_r2 > 0.3
    assert fitted.dead == ()
    assert fitted.history.train_loss[-1] < fitted.history.train_loss[0]


def test_best_is_the_epoch_with_the_lowest_selection_loss(
    source: InMemoryStacks, settings: MethodSettings, folder: Path
) -> None:
    history = fit(source, settings, folder).history
    scores = [score for score in history.select_score if score is not None]
    assert len(scores) == settings.autoencoder.epochs
    assert history.best_epoch == 1 + int(np.argmin(scores))
    assert (folder / "last.ckpt").is_file()
    assert (folder / "best.safetensors").is_file()
    assert list((folder / "tensorboard").iterdir())


def test_loader_processes_change_speed_not_results(
    source: InMemoryStacks, settings: MethodSettings, folder: Path
) -> None:
    short = with_autoencoder(settings, epochs=2)
    here = fit(source, short, folder / "here")
    there = fit_autoencoder(
        source,
        fit_ids=FIT,
        select_ids=SELECT,
        settings=short,
        folder=folder / "there",
        runtime=Runtime("cpu", loader_workers=1),
    )
    assert here.history.train_loss == there.history.train_loss


@pytest.mark.parametrize("other", ["stacks", "settings"])
def test_a_checkpoint_of_other_stacks_or_settings_is_not_taken_up(
    source: InMemoryStacks, settings: MethodSettings, folder: Path, other: str
) -> None:
    fit(source, settings, folder)
    stacks = {str(i): moving_squares(np.random.default_rng(1), 6, speed=1.0) for i in range(8)}
    changed = InMemoryStacks(stacks) if other == "stacks" else source
    now = with_autoencoder(settings, weight_decay=0.1) if other == "settings" else settings
    again, fresh = (
        fit_autoencoder(
            changed, fit_ids=FIT, select_ids=SELECT, settings=now, folder=its, runtime=CPU, source_digest=other
        )
        for its in (folder, folder.with_name("fresh"))
    )
    assert again.history.train_loss == fresh.history.train_loss
    for name, tensor in fresh.autoencoder.state_dict().items():
        assert torch.equal(tensor, again.autoencoder.state_dict()[name]), name


def test_settings_of_other_parts_do_not_start_it_anew(
    source: InMemoryStacks, settings: MethodSettings, folder: Path
) -> None:
    first = fit(source, settings, folder)
    other = settings.model_copy(update={"regressor": settings.regressor.model_copy(update={"epochs": 9})})
    assert fit(source, other, folder).history.total_s == first.history.total_s


def test_the_loss_of_the_settings_trains_and_chooses_the_epoch(
    source: InMemoryStacks, settings: MethodSettings, folder: Path
) -> None:
    fitted = fit(source, with_autoencoder(settings, loss="l1", epochs=2), folder)
    x = torch.from_numpy(next(input_batches(source, source.rows_of(SELECT), "I3")))
    with torch.inference_mode():
        error = (fitted.autoencoder(x) - fitted.autoencoder.target(x)).abs().mean()
    assert fitted.history.select_score[fitted.history.best_epoch - 1] == pytest.approx(float(error), rel=1e-5)


def test_its_curve_stays_with_the_model(source: InMemoryStacks, settings: MethodSettings, folder: Path) -> None:
    fitted = fit(source, settings, folder)
    assert fitted.curve.name == "autoencoder"
    assert fitted.curve.best_epoch == fitted.history.best_epoch
    assert [epoch.epoch for epoch in fitted.curve.epochs] == [1, 2, 3, 4]
    assert [epoch.train_loss for epoch in fitted.curve.epochs] == fitted.history.train_loss
    assert [epoch.select_loss for epoch in fitted.curve.epochs] == fitted.history.select_score


def test_dead_channels_are_said_while_training(
    source: InMemoryStacks, settings: MethodSettings, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    # A learning rate that throws every ReLU of the published network to its dead side within an epoch.
    published = {"epochs": 1, "steps_per_epoch": 10, "batch_size": 8, "learning_rate": 1.0}
    paper = settings.model_copy(update={"autoencoder": PUBLISHED_AUTOENCODER.model_copy(update=published)})
    with caplog.at_level(logging.WARNING, logger="motilens"):
        fitted = fit(source, paper, folder)
    assert fitted.dead
    assert "carries nothing after epoch 1 (paper network)" in caplog.text


def test_a_loss_that_is_not_finite_stops_the_training(
    source: InMemoryStacks, settings: MethodSettings, folder: Path
) -> None:
    wild = with_autoencoder(settings, learning_rate=1e30)
    with pytest.raises(TrainingError, match=r"the loss is .* in epoch \d; .*lower learning_rate \(now 1e\+30\)"):
        fit(source, wild, folder)


def test_nobody_to_choose_the_epoch(source: InMemoryStacks, settings: MethodSettings, folder: Path) -> None:
    with pytest.raises(FoldError, match="24 stacks to fit and 0 to choose the epoch"):
        fit_autoencoder(source, fit_ids=FIT, select_ids=(), settings=settings, folder=folder, runtime=CPU)


def test_stacks_of_another_input(settings: MethodSettings, folder: Path) -> None:
    single = InMemoryStacks({i: moving_squares(np.random.default_rng(0), 2, 0.0, frames=1) for i in "012345"})
    with pytest.raises(MismatchError, match="I3 needs 9 frames in a stack, these stacks have 1"):
        fit(single, settings, folder)


def test_scaling_gives_unit_standard_deviation(source: InMemoryStacks, settings: MethodSettings) -> None:
    batches = list(input_batches(source, np.arange(48), "I3"))
    scaling = fit_pixel_scaling(batches, settings.autoencoder)
    values = np.concatenate([b.ravel() for b in batches])
    assert scaling.mean == pytest.approx(values.mean(), rel=1e-4)
    assert scaling.sd == pytest.approx(values.std(), rel=1e-3)
    assert scaling.target_mean == pytest.approx(0, abs=1e-6)
    assert fit_pixel_scaling(batches, PUBLISHED_AUTOENCODER).sd == 1.0


def test_evenly_keeps_the_ends() -> None:
    assert evenly(np.arange(10), 4).tolist() == [0, 3, 6, 9]
    assert evenly(np.arange(3), 4).tolist() == [0, 1, 2]
