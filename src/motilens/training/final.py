"""A model for new videos: both steps fitted on all participants of a data set, the epoch chosen by an inner split.

What a cross-validation says of a method holds for the model made here with the same settings; this module measures
nothing but the inner split, whose score is too good by its own choice and is written down as such.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

from motilens.config import Pipeline, Target
from motilens.data.dataset import Dataset, open_dataset
from motilens.data.folds import inner_split
from motilens.data.visem import read_participants
from motilens.files import digest_of, make_folder, writable_folder
from motilens.models.bundle import BundleCard, save_bundle
from motilens.models.regressor import make_backbone
from motilens.models.weights import load_weights
from motilens.progress import Progress, Silent
from motilens.stacks.folder import extract_folder
from motilens.training.autoencoder import FittedAutoencoder, fit_autoencoder
from motilens.training.feature_cache import FeatureCache
from motilens.training.regressor import FittedRegressor, fit_regressor
from motilens.training.runtime import Runtime, versions


@dataclass(frozen=True)
class TrainRequest:
    """One model.

    Attributes:
        data: folder in VISEM's format.
        out: the bundle to write; checkpoints lie in ``<out>.work`` beside it until it is complete.
        pipeline: settings.
        target: what is predicted; None makes feature-images only and needs no laboratory values of a target.
        exclude: participants to leave out.
    """

    data: Path
    out: Path
    pipeline: Pipeline
    target: Target | None
    exclude: tuple[str, ...] = ()

    @property
    def work(self) -> Path:
        """Where stacks and checkpoints lie until the bundle is complete."""
        return self.out.with_name(f"{self.out.name}.work")


def train_model(
    request: TrainRequest,
    *,
    runtime: Runtime = Runtime(),  # noqa: B008 - frozen
    workers: int | None = None,
    progress: Progress | None = None,
) -> BundleCard:
    """Train on all participants and write a bundle; the same call goes on after an interruption.

    Args:
        request: data, settings and where to.
        runtime: device and loader.
        workers: processes that extract videos; one a core when None.
        progress: where to show how far it is.

    Returns:
        The bundle's card.

    Raises:
        MotilensError: see ``motilens.errors``; bad tables, weights and places are found before hours are spent.
    """
    progress, pipeline = progress or Silent(), request.pipeline
    writable_folder(request.work)
    load_weights(make_backbone(pipeline.regressor.backbone), pipeline.regressor)
    table = read_participants(request.data, exclude=request.exclude)
    if request.target is not None:
        table.labels(request.target)
    extract_folder(request.data, pipeline.stacks, request.work / "stacks", workers=workers, progress=progress)
    dataset = open_dataset(request.work / "stacks", request.data, exclude=request.exclude)
    labels = dataset.labels(request.target) if request.target else {}
    ids = tuple(i for i in dataset.participants if i in labels or request.target is None)
    order_by = {i: float(v[0]) for i, v in labels.items()}
    fit_ids, select_ids = inner_split(ids, share=pipeline.inner_share, seed=pipeline.seed, order_by=order_by)
    step1 = fit_autoencoder(
        dataset,
        fit_ids=fit_ids,
        select_ids=select_ids,
        pipeline=pipeline,
        folder=request.work / "autoencoder",
        runtime=runtime,
        progress=progress,
    )
    step2 = None
    if request.target is not None:
        cache = FeatureCache.build(
            make_folder(request.work) / "features.npy",
            dataset,
            step1.autoencoder,
            n_rows=dataset.n_rows,
            progress=progress,
        )
        step2 = fit_regressor(
            dataset,
            cache,
            labels,
            target=request.target,
            fit_ids=fit_ids,
            select_ids=select_ids,
            pipeline=pipeline,
            folder=request.work / request.target,
            runtime=runtime,
            progress=progress,
            name=f"{request.target} regressor",
        )
    card = save_bundle(
        request.out,
        BundleCard(
            pipeline=pipeline,
            target=request.target,
            pixel_scaling=step1.autoencoder.scaling,
            channel_scaling=step2.regressor.scaling if step2 else None,
            weights_origin=step2.weights_origin if step2 else None,
            provenance=_provenance(dataset, step1, step2),
        ),
        step1.autoencoder,
        step2.regressor if step2 else None,
    )
    shutil.rmtree(request.work, ignore_errors=True)
    return card


def _provenance(dataset: Dataset, step1: FittedAutoencoder, step2: FittedRegressor | None) -> dict[str, object]:
    said: dict[str, object] = {
        "participants": len(dataset.participants),
        "stacks": dataset.n_rows,
        "data": digest_of([summary.model_dump(mode="json") for summary in dataset.summaries]),
        "left_out": [line.model_dump() for line in dataset.left_out],
        "autoencoder_fitted_to": step1.fit_ids,
        "epochs_chosen_on": step1.select_ids,
        "autoencoder_best_epoch": step1.history.best_epoch,
        "dead_channels": step1.dead,
        "versions": versions(),
    }
    if step2 is not None:
        scores = [score for score in step2.history.select_score if score is not None]
        said |= {
            "regressor_fitted_to": step2.fit_ids,
            "regressor_best_epoch": step2.history.best_epoch,
            "inner_split_mae_points": min(scores),
            "inner_split_note": "chosen as the lowest of all epochs, so too good; see a cross-validation for the error",
        }
    return said
