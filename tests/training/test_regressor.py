from pathlib import Path

import numpy as np
import pytest
import torch

from motilens.config import Pipeline
from motilens.data.in_memory import InMemoryStacks
from motilens.errors import FoldError
from motilens.features.scaling import fit_channel_scaling
from motilens.prediction.regress import predict_stacks
from motilens.training.augment import apply_flips, draw_flips
from motilens.training.batches import EpochBatches, Sample, draw_crops
from motilens.training.feature_cache import FeatureCache
from motilens.training.regressor import FittedRegressor, fit_regressor
from tests.training.conftest import CPU

FIT, SELECT = ("0", "1", "2", "3"), ("4", "5")


@pytest.fixture
def cache(tmp_path: Path) -> FeatureCache:
    """Feature-images whose first channel is the answer: bright where squares move."""
    images = np.random.default_rng(0).normal(size=(48, 3, 32, 32)).astype(np.float16)
    images[[row for row in range(48) if (row // 6) % 2], 0] += 3
    np.save(tmp_path / "features.npy", images)
    return FeatureCache(tmp_path / "features.npy")


class SpyCache(FeatureCache):
    """Remembers which rows were read."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.rows = set[int]()

    def read(self, rows: np.ndarray) -> np.ndarray:
        self.rows |= {int(row) for row in rows}
        return super().read(rows)


def fit(
    source: InMemoryStacks, cache: FeatureCache, labels: dict[str, np.ndarray], pipeline: Pipeline, folder: Path
) -> FittedRegressor:
    return fit_regressor(
        source,
        cache,
        labels,
        target="motility",
        fit_ids=FIT,
        select_ids=SELECT,
        pipeline=pipeline,
        folder=folder,
        runtime=CPU,
    )


def with_regressor(pipeline: Pipeline, **changes: object) -> Pipeline:
    return pipeline.model_copy(update={"regressor": pipeline.regressor.model_copy(update=changes)})


def test_it_learns_what_the_images_show(
    source: InMemoryStacks, cache: FeatureCache, labels: dict[str, np.ndarray], pipeline: Pipeline, folder: Path
) -> None:
    fitted = fit(source, cache, labels, with_regressor(pipeline, epochs=12), folder)
    answer = predict_stacks(fitted.regressor, [cache.read(source.rows_of(("6", "7")))])
    truth = np.repeat([labels["6"], labels["7"]], 6, axis=0)
    assert np.abs(answer - truth).mean() < 20  # always answering the training mean errs by 33
    assert answer.sum(axis=1) == pytest.approx(100, abs=1e-3)


@pytest.mark.parametrize("refit", [True, False])
def test_the_fit_reads_nobody_but_those_it_was_given(
    source: InMemoryStacks,
    cache: FeatureCache,
    labels: dict[str, np.ndarray],
    pipeline: Pipeline,
    folder: Path,
    refit: bool,
) -> None:
    spy = SpyCache(cache._path)
    fitted = fit(source, spy, labels, with_regressor(pipeline, refit=refit), folder)
    assert spy.rows == {int(row) for row in source.rows_of((*FIT, *SELECT))}
    assert fitted.fit_ids == ((*FIT, *SELECT) if refit else FIT)
    assert fitted.select_ids == SELECT


def test_while_the_epoch_is_chosen_weights_and_units_see_the_fitting_participants_alone(
    source: InMemoryStacks, cache: FeatureCache, labels: dict[str, np.ndarray], pipeline: Pipeline, folder: Path
) -> None:
    fitted = fit(source, cache, labels, with_regressor(pipeline, refit=False), folder)
    alone = fit_channel_scaling([cache.read(source.rows_of(FIT))])
    assert fitted.regressor.scaling.mean == pytest.approx(alone.mean)
    assert fitted.regressor.scaling.spread == pytest.approx(alone.spread)
    other = {**labels, "4": np.array([0.0, 100, 0]), "5": np.array([0.0, 100, 0])}
    again = fit(source, cache, other, with_regressor(pipeline, refit=False, epochs=1), folder.with_name("again"))
    first = fit(source, cache, labels, with_regressor(pipeline, refit=False, epochs=1), folder.with_name("first"))
    for name, tensor in first.regressor.state_dict().items():
        assert torch.equal(tensor, again.regressor.state_dict()[name]), f"{name} knows the selecting labels"


def test_a_finished_training_is_taken_up_unchanged(
    source: InMemoryStacks, cache: FeatureCache, labels: dict[str, np.ndarray], pipeline: Pipeline, folder: Path
) -> None:
    first, second = (fit(source, cache, labels, pipeline, folder) for _ in range(2))
    for name, tensor in first.regressor.state_dict().items():
        assert torch.equal(tensor, second.regressor.state_dict()[name]), name


def test_nobody_to_train_on(
    source: InMemoryStacks, cache: FeatureCache, labels: dict[str, np.ndarray], pipeline: Pipeline, folder: Path
) -> None:
    with pytest.raises(FoldError, match="no stack to train on"):
        fit_regressor(
            source,
            cache,
            labels,
            target="motility",
            fit_ids=(),
            select_ids=SELECT,
            pipeline=pipeline,
            folder=folder,
            runtime=CPU,
        )


def test_prediction_puts_the_mode_back(
    cache: FeatureCache, source: InMemoryStacks, labels: dict[str, np.ndarray], pipeline: Pipeline, folder: Path
) -> None:
    regressor = fit(source, cache, labels, pipeline, folder).regressor
    regressor.train()
    one = predict_stacks(regressor, [cache.read(np.arange(4))])
    assert regressor.training
    assert np.array_equal(one, predict_stacks(regressor, [cache.read(np.arange(4))]))


def test_batches_follow_from_seed_and_epoch() -> None:
    def drawn(epoch: int, seed: int) -> list[list[Sample]]:
        sampler = EpochBatches(np.arange(10), batch_size=4, steps=5, draw=draw_crops(16, 8), seed=seed)
        sampler.epoch = epoch
        return list(sampler)

    assert drawn(1, 0) == drawn(1, 0)
    assert drawn(1, 0) != drawn(2, 0)
    assert drawn(1, 0) != drawn(1, 1)
    assert [len(batch) for batch in drawn(1, 0)] == [4] * 5
    assert {sample.row for batch in drawn(1, 0)[:2] for sample in batch} <= set(range(10))
    assert all(0 <= s.top <= 8 and 0 <= s.left <= 8 for batch in drawn(3, 2) for s in batch)


@pytest.mark.parametrize(("rows", "expected"), [(8, [4, 4]), (10, [4, 4, 2]), (9, [4, 4]), (3, [3])])
def test_one_pass_sees_each_row_once_but_for_a_lonely_rest(rows: int, expected: list[int]) -> None:
    sampler = EpochBatches(np.arange(rows), batch_size=4, steps=None, draw=draw_crops(8, None), seed=0)
    batches = list(sampler)
    assert [len(batch) for batch in batches] == expected
    seen = [sample.row for batch in batches for sample in batch]
    assert len(seen) == len(set(seen))


def test_flips_mirror() -> None:
    image = np.arange(12.0).reshape(1, 3, 4)
    assert np.array_equal(apply_flips(image, Sample(0, flip_y=True)), image[:, ::-1])
    assert np.array_equal(apply_flips(image, Sample(0, flip_x=True)), image[:, :, ::-1])
    samples = draw_flips(np.random.default_rng(0), np.zeros(400, int))
    assert 150 < sum(s.flip_x for s in samples) < 250
    assert 150 < sum(s.flip_y for s in samples) < 250


def test_the_cache_holds_what_the_encoder_gives(source: InMemoryStacks, pipeline: Pipeline, folder: Path) -> None:
    from motilens.features.encode import encode
    from motilens.models.autoencoder import Autoencoder, PixelScaling
    from motilens.stacks.preprocess import to_input

    autoencoder = Autoencoder("I3", pipeline.autoencoder, PixelScaling()).eval()
    cache = FeatureCache.build(folder / "f.npy", source, autoencoder, n_rows=48)
    expected = encode(autoencoder, to_input(source.read(np.arange(48)), "I3"))
    assert np.allclose(cache.read(np.arange(48)), expected, atol=2e-3)
    before = (folder / "f.npy").stat().st_mtime_ns
    FeatureCache.build(folder / "f.npy", source, autoencoder, n_rows=48)
    assert (folder / "f.npy").stat().st_mtime_ns == before


def test_where_no_epoch_is_chosen_all_are_trained_on_and_nobody_judges(
    source: InMemoryStacks, labels: dict[str, np.ndarray], pipeline: Pipeline, cache: FeatureCache, folder: Path
) -> None:
    fitted = fit(source, cache, labels, with_regressor(pipeline, choose_epoch=False), folder)
    assert fitted.fit_ids == (*FIT, *SELECT) and fitted.select_ids == ()
    assert fitted.history.select_score == [None] * pipeline.regressor.epochs
    assert fitted.history.best_epoch == pipeline.regressor.epochs
    assert [path.name for path in folder.iterdir()] == ["whole"]
