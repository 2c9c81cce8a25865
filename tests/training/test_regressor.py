from pathlib import Path

import numpy as np
import pytest
import torch

from motilens.config import MethodSettings
from motilens.errors import FoldError
from motilens.features.scaling import fit_channel_scaling
from motilens.networks.regressor import predict_images
from motilens.training.image_cache import ImageCache
from motilens.training.in_memory import InMemoryStacks
from motilens.training.regressor import FittedRegressor, fit_regressor
from tests.training.conftest import CPU

FIT, SELECT = ("0", "1", "2", "3"), ("4", "5")

Labels = dict[str, np.ndarray]


def draw_images(seed: int) -> np.ndarray:
    """Images whose first channel shows the label: bright where squares move."""
    images = np.random.default_rng(seed).normal(size=(48, 3, 32, 32)).astype(np.float32)
    images[[row for row in range(48) if (row // 6) % 2], 0] += 3
    return images


@pytest.fixture
def images(tmp_path: Path) -> ImageCache:
    return ImageCache.build(tmp_path / "images", [draw_images(0)], n_rows=48, digest="drawn from seed 0")


class SpyCache(ImageCache):
    """Remembers which rows were read."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.rows = set[int]()

    def read(self, rows: np.ndarray) -> np.ndarray:
        self.rows |= {int(row) for row in rows}
        return super().read(rows)


def fit(
    source: InMemoryStacks,
    images: ImageCache,
    labels: Labels,
    settings: MethodSettings,
    folder: Path,
    fit_ids: tuple[str, ...] = FIT,
    select_ids: tuple[str, ...] = SELECT,
) -> FittedRegressor:
    return fit_regressor(
        source,
        images,
        labels,
        target="motility",
        fit_ids=fit_ids,
        select_ids=select_ids,
        settings=settings,
        folder=folder,
        runtime=CPU,
    )


def with_regressor(settings: MethodSettings, **changes: object) -> MethodSettings:
    return settings.model_copy(update={"regressor": settings.regressor.model_copy(update=changes)})


def are_equal(a: FittedRegressor, b: FittedRegressor) -> bool:
    others = b.regressor.state_dict()
    return all(torch.equal(tensor, others[name]) for name, tensor in a.regressor.state_dict().items())


def test_it_learns_what_the_images_show(
    source: InMemoryStacks, images: ImageCache, labels: Labels, settings: MethodSettings, folder: Path
) -> None:
    fitted = fit(source, images, labels, with_regressor(settings, epochs=12), folder)
    predicted = predict_images(fitted.regressor, [images.read(source.rows_of(("6", "7")))])
    truth = np.repeat([labels["6"], labels["7"]], 6, axis=0)
    assert np.abs(predicted - truth).mean() < 20  # predicting the training mean everywhere errs by 33
    assert predicted.sum(axis=1) == pytest.approx(100, abs=1e-3)


@pytest.mark.parametrize("refit", [True, False])
def test_the_fit_reads_nobody_but_those_it_was_given(
    source: InMemoryStacks, images: ImageCache, labels: Labels, settings: MethodSettings, folder: Path, refit: bool
) -> None:
    spy = SpyCache(images._path)
    fitted = fit(source, spy, labels, with_regressor(settings, refit=refit, epochs=1), folder)
    assert spy.rows == {int(row) for row in source.rows_of((*FIT, *SELECT))}
    assert fitted.fit_ids == ((*FIT, *SELECT) if refit else FIT)
    assert fitted.select_ids == SELECT


def test_while_the_epoch_is_chosen_weights_and_units_see_the_fitting_participants_alone(
    source: InMemoryStacks, images: ImageCache, labels: Labels, settings: MethodSettings, folder: Path
) -> None:
    once = with_regressor(settings, refit=False, epochs=1)
    first = fit(source, images, labels, once, folder.with_name("first"))
    alone = fit_channel_scaling([images.read(source.rows_of(FIT))])
    assert first.regressor.scaling.mean == pytest.approx(alone.mean)
    assert first.regressor.scaling.sd == pytest.approx(alone.sd)
    other = {**labels, "4": np.array([0.0, 100, 0]), "5": np.array([0.0, 100, 0])}
    again = fit(source, images, other, once, folder.with_name("again"))
    assert are_equal(first, again)


def test_a_finished_training_is_taken_up_unchanged(
    source: InMemoryStacks, images: ImageCache, labels: Labels, settings: MethodSettings, folder: Path
) -> None:
    first, second = (fit(source, images, labels, with_regressor(settings, epochs=1), folder) for _ in range(2))
    assert first.history.total_s == second.history.total_s
    assert first.curves == second.curves
    assert are_equal(first, second)


def test_corrected_labels_are_learned_not_those_of_an_earlier_run(
    source: InMemoryStacks, images: ImageCache, labels: Labels, settings: MethodSettings, folder: Path
) -> None:
    wrong = {**labels, "1": np.array([0.0, 0, 100])}
    short = with_regressor(settings, choose_epoch=False, epochs=1)
    earlier = fit(source, images, wrong, short, folder)
    corrected = fit(source, images, labels, short, folder)
    fresh = fit(source, images, labels, short, folder.with_name("fresh"))
    assert are_equal(corrected, fresh)
    assert not are_equal(corrected, earlier)


def test_other_images_are_learned_not_those_of_an_earlier_run(
    source: InMemoryStacks, images: ImageCache, labels: Labels, settings: MethodSettings, folder: Path
) -> None:
    others = ImageCache.build(images._path.with_name("others"), [draw_images(1)], n_rows=48, digest="seed 1")
    short = with_regressor(settings, choose_epoch=False, epochs=1, input_scaling="none")  # the units say nothing
    earlier = fit(source, images, labels, short, folder)
    again = fit(source, others, labels, short, folder)
    fresh = fit(source, others, labels, short, folder.with_name("fresh"))
    assert are_equal(again, fresh)
    assert not are_equal(again, earlier)


def test_curves_of_the_training_that_chose_and_of_the_refit_stay_with_the_model(
    source: InMemoryStacks, images: ImageCache, labels: Labels, settings: MethodSettings, folder: Path
) -> None:
    fitted = fit(source, images, labels, settings, folder)
    chose, refit = fitted.curves
    assert (chose.name, refit.name) == ("regressor", "regressor refit")
    assert [epoch.select_loss for epoch in chose.epochs] == fitted.history.select_score
    assert chose.best_epoch == fitted.history.best_epoch
    assert len(refit.epochs) == refit.best_epoch == chose.best_epoch
    assert {epoch.select_loss for epoch in refit.epochs} == {None}


def test_nobody_to_train_on(
    source: InMemoryStacks, images: ImageCache, labels: Labels, settings: MethodSettings, folder: Path
) -> None:
    with pytest.raises(FoldError, match="regressor: nobody to train on; allowed: at least one participant"):
        fit(source, images, labels, settings, folder, fit_ids=())


def test_one_stack_is_too_few_for_batch_normalisation(
    source: InMemoryStacks, images: ImageCache, labels: Labels, settings: MethodSettings, folder: Path
) -> None:
    few = InMemoryStacks({"0": source.read(source.rows_of(("0",)))[:1], "1": source.read(source.rows_of(("1",)))[:1]})
    with pytest.raises(
        FoldError, match="1 stack to train on; allowed: at least 2; use more --stacks or more participants"
    ):
        fit(few, images, labels, settings, folder, fit_ids=("0",), select_ids=("1",))


def test_nobody_to_choose_the_epoch(
    source: InMemoryStacks, images: ImageCache, labels: Labels, settings: MethodSettings, folder: Path
) -> None:
    with pytest.raises(FoldError, match=r"nobody to choose the epoch; .*regressor.choose_epoch=false"):
        fit(source, images, labels, settings, folder, select_ids=())


@pytest.mark.parametrize(("stranger", "found"), [("99", "0 stacks and no label"), ("7", "6 stacks and no label")])
def test_someone_without_stacks_or_label(
    source: InMemoryStacks,
    images: ImageCache,
    labels: Labels,
    settings: MethodSettings,
    folder: Path,
    stranger: str,
    found: str,
) -> None:
    known = {i: label for i, label in labels.items() if i != "7"}
    with pytest.raises(FoldError, match=f"participant {stranger} has {found}; allowed: participants with both"):
        fit(source, images, known, settings, folder, select_ids=(*SELECT, stranger))


def test_where_no_epoch_is_chosen_all_are_trained_on_and_nobody_selects(
    source: InMemoryStacks, images: ImageCache, labels: Labels, settings: MethodSettings, folder: Path
) -> None:
    whole = with_regressor(settings, choose_epoch=False, epochs=2)
    fitted = fit(source, images, labels, whole, folder)
    assert fitted.fit_ids == (*FIT, *SELECT)
    assert fitted.select_ids == ()
    assert fitted.history.select_score == [None] * 2
    assert fitted.history.best_epoch == 2
    assert [curve.name for curve in fitted.curves] == ["regressor"]
    assert [path.name for path in folder.iterdir()] == ["whole"]
    alone = fit(source, images, labels, whole, folder.with_name("alone"), (*FIT, *SELECT), ())
    assert are_equal(fitted, alone)


def test_the_loss_of_the_settings_is_minimised(
    source: InMemoryStacks, images: ImageCache, labels: Labels, settings: MethodSettings, folder: Path
) -> None:
    # A learning rate that changes nothing: the network predicts the mean label of those trained on, (50, 0, 50).
    still = with_regressor(settings, loss="l1", epochs=1, learning_rate=1e-30, choose_epoch=False)
    history = fit(source, images, labels, still, folder).history
    assert history.train_loss[0] == pytest.approx(100 / 3, abs=0.5)
