"""The 3D CNN on stacks with an answer on paper: squares that move, and squares that stand."""

from pathlib import Path

import numpy as np
import pytest
import torch

from motilens.config import MethodSettings
from motilens.networks.video_cnn import predict_stacks
from motilens.training.in_memory import InMemoryStacks
from motilens.training.video_cnn import FittedVideoCnn, fit_video_cnn
from tests.training.conftest import CPU, moving_squares

FIT, SELECT, TEST = ("0", "1", "2", "3"), ("4", "5"), ("6", "7")

Labels = dict[str, np.ndarray]


@pytest.fixture
def source() -> InMemoryStacks:
    """As the others', with the 18 frames that the network wants and eight stacks each."""
    rng = np.random.default_rng(0)
    return InMemoryStacks({str(i): moving_squares(rng, 8, speed=float(i % 2), frames=18) for i in range(8)})


class Spy(InMemoryStacks):
    """Remembers which rows were read."""

    rows: set[int]

    def read(self, rows: np.ndarray) -> np.ndarray:
        self.rows |= {int(row) for row in rows}
        return super().read(rows)


def fit(source: InMemoryStacks, labels: Labels, settings: MethodSettings, folder: Path) -> FittedVideoCnn:
    return fit_video_cnn(
        source,
        labels,
        target="motility",
        fit_ids=FIT,
        select_ids=SELECT,
        settings=settings,
        folder=folder,
        runtime=CPU,
    )


def with_epochs(settings: MethodSettings, ratio: float, *, refit: bool = True) -> MethodSettings:
    config = settings.video_cnn.model_copy(update={"epochs_ratio": ratio})
    regressor = settings.regressor.model_copy(update={"refit": refit})
    return settings.model_copy(update={"video_cnn": config, "regressor": regressor})


def are_equal(a: FittedVideoCnn, b: FittedVideoCnn) -> bool:
    others = b.network.state_dict()
    return all(torch.equal(tensor, others[name]) for name, tensor in a.network.state_dict().items())


def test_it_tells_moving_from_standing(
    source: InMemoryStacks, labels: Labels, settings: MethodSettings, folder: Path
) -> None:
    fitted = fit(source, labels, with_epochs(settings, 8), folder)
    for participant in TEST:
        predicted = predict_stacks(fitted.network, source.read(source.rows_of((participant,))))
        assert predicted.sum(axis=1) == pytest.approx(100, abs=1e-3)
        assert predicted.mean(axis=0)[labels[participant] == 100] > 70, participant


@pytest.mark.parametrize("refit", [True, False])
def test_the_fit_reads_nobody_but_those_it_was_given(
    source: InMemoryStacks, labels: Labels, settings: MethodSettings, folder: Path, refit: bool
) -> None:
    spy = Spy({i: source.read(source.rows_of((i,))) for i in source.participants})
    spy.rows = set()
    fitted = fit(spy, labels, with_epochs(settings, 1, refit=refit), folder)
    assert spy.rows == set(source.rows_of((*FIT, *SELECT)).tolist())
    assert fitted.fit_ids == ((*FIT, *SELECT) if refit else FIT)
    assert fitted.select_ids == SELECT
    assert [curve.name for curve in fitted.curves] == ["video CNN", "video CNN refit"][: 1 + refit]
    assert (folder / "refit").exists() == refit


def test_its_epochs_are_in_proportion_to_the_regressors(
    source: InMemoryStacks, labels: Labels, settings: MethodSettings, folder: Path
) -> None:
    fitted = fit(source, labels, with_epochs(settings, 1.5, refit=False), folder)
    assert len(fitted.history.train_loss) == round(1.5 * settings.regressor.epochs)


def test_a_finished_training_is_taken_up_but_for_other_labels(
    source: InMemoryStacks, labels: Labels, settings: MethodSettings, folder: Path
) -> None:
    first, second = (fit(source, labels, settings, folder) for _ in range(2))
    assert first.history.total_s == second.history.total_s
    assert are_equal(first, second)
    others = {i: label[::-1].copy() for i, label in labels.items()}
    again, fresh = (fit(source, others, settings, its) for its in (folder, folder.with_name("fresh")))
    assert are_equal(again, fresh)
    assert not are_equal(again, first)


def test_stacks_are_averaged_down_in_training_as_in_prediction(
    source: InMemoryStacks, labels: Labels, settings: MethodSettings, folder: Path
) -> None:
    large = InMemoryStacks(
        {i: source.read(source.rows_of((i,))).repeat(2, axis=2).repeat(2, axis=3) for i in source.participants}
    )
    config = settings.video_cnn.model_copy(update={"size_px": 16})
    small = settings.model_copy(update={"video_cnn": config})
    assert are_equal(fit(source, labels, small, folder), fit(large, labels, small, folder.with_name("large")))
