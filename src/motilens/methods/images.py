"""One CNN, many images: stacks become images of a few channels, and the same CNN reads percentages off them.

Whatever makes the images, the CNN is fitted in the same way, with the same budget (``training.regressor``). The preset
``benchmark`` trains all for as many epochs and chooses none; others let an inner split of the training participants
choose. Images that depend on no training are made once and kept for all folds.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from motilens.arrays import ChannelImages, Percentages, StackPixels
from motilens.config import Pipeline
from motilens.data.folds import inner_split
from motilens.data.values import Fit
from motilens.features.flow import FlowMethod, flow_image
from motilens.features.handmade import HANDMADE, HandmadeName
from motilens.methods.values import Assignment, Fitted, Material, Method
from motilens.prediction.regress import predict_stacks
from motilens.stacks.values import StackBatch
from motilens.training.augment import Vectors
from motilens.training.autoencoder import READ_AT_ONCE
from motilens.training.batches import StackSource
from motilens.training.feature_cache import FeatureCache
from motilens.training.loop import History
from motilens.training.regressor import FittedRegressor, fit_regressor

ImageMaker = Callable[[StackPixels], ChannelImages]
"""From stacks (n, frame, y, x), uint8, to images (n, channel, y, x), float32."""


@dataclass(frozen=True)
class InnerSplit:
    """Training participants parted into those who fit weights and those who choose the epoch."""

    fit_ids: tuple[str, ...]
    select_ids: tuple[str, ...]


def split_inside(assignment: Assignment, pipeline: Pipeline) -> InnerSplit:
    """The inner split of a fold: the same for all methods and targets."""
    fit_ids, select_ids = inner_split(
        assignment.train_ids, share=pipeline.inner_share, seed=assignment.seed, order_by=assignment.order_by
    )
    return InnerSplit(fit_ids, select_ids)


def fit_cnn(
    material: Material,
    assignment: Assignment,
    cache: FeatureCache,
    pipeline: Pipeline,
    *,
    make: ImageMaker,
    folder: Path,
    fits: Sequence[Fit] = (),
    other_parameters: int = 0,
    notes: Sequence[str] = (),
    vectors: Vectors = (),
) -> Fitted:
    """Fit the CNN to images of the training participants.

    Args:
        material: stacks.
        assignment: who trains.
        cache: images of all rows.
        pipeline: settings of the CNN, with the fold's seed.
        make: makes the images of a participant who is asked about, from the stacks: what a new video would cost.
        folder: of checkpoints.
        fits: of what made the images.
        other_parameters: of what made the images.
        notes: of what made the images.
        vectors: pairs of channels that are x and y of a vector.
    """
    inner = split_inside(assignment, pipeline)
    fitted = fit_regressor(
        material.source,
        cache,
        assignment.labels,
        target=assignment.target,
        fit_ids=inner.fit_ids,
        select_ids=inner.select_ids,
        pipeline=pipeline,
        folder=folder,
        runtime=material.runtime,
        progress=material.progress,
        vectors=vectors,
    )
    history = fitted.history

    def predict(participant: str) -> Percentages:
        return predict_stacks(fitted.regressor, made(material.source, material.source.rows_of((participant,)), make))

    return Fitted(
        predict=predict,
        fits=(*fits, *_fits(fitted)),
        n_parameters=other_parameters + sum(p.numel() for p in fitted.regressor.parameters()),
        notes=(*notes, said_of_epochs(history, chosen=bool(fitted.select_ids))),
    )


def said_of_epochs(history: History, *, chosen: bool) -> str:
    """What is to be known of a training's length."""
    n = len(history.train_loss)
    return f"epoch {history.best_epoch} of {n} chosen" if chosen else f"{n} epochs, none chosen"


def made(source: StackSource, rows: np.ndarray, make: ImageMaker) -> Iterator[ChannelImages]:
    """Images of some rows, a few at a time."""
    for start in range(0, len(rows), READ_AT_ONCE):
        yield make(source.read(rows[start : start + READ_AT_ONCE]))


def n_rows_of(source: StackSource) -> int:
    """How many stacks all participants have together."""
    return len(source.rows_of(source.participants))


def image_method(name: str, words: str, make: ImageMaker, *, vectors: Vectors = ()) -> Method:
    """A method whose images depend on no training."""

    def fit(material: Material, assignment: Assignment) -> Fitted:
        pipeline = material.pipeline("I4", None).model_copy(update={"seed": assignment.seed})
        cache = FeatureCache.write(
            material.images / f"{name}.npy",
            made(material.source, np.arange(n_rows_of(material.source)), make),
            n_rows=n_rows_of(material.source),
        )
        folder = assignment.folder / assignment.target
        return fit_cnn(material, assignment, cache, pipeline, make=make, folder=folder, vectors=vectors)

    return Method(name, words, "costly", ("stacks",), fit)


def as_batch(pixels: StackPixels) -> StackBatch:
    """Stacks as a batch that belongs to no video."""
    n_stacks, n_frames = pixels.shape[:2]
    return StackBatch("stacks", pixels, np.tile(np.arange(n_frames), (n_stacks, 1)), np.zeros(n_stacks, np.int64))


def _handmade(name: HandmadeName) -> ImageMaker:
    return lambda pixels: HANDMADE[name](as_batch(pixels)).images


def _flow(method: FlowMethod) -> ImageMaker:
    return lambda pixels: flow_image(as_batch(pixels), method=method)


def _fits(fitted: FittedRegressor) -> tuple[Fit, ...]:
    return (
        Fit(what="input scaling", ids=fitted.fit_ids),
        Fit(what="regressor", ids=fitted.fit_ids),
        *((Fit(what="regressor epoch", ids=fitted.select_ids),) if fitted.select_ids else ()),
    )


_FLOW_VECTORS: Vectors = ((1, 2), (3, 4))
"""Channels of ``features.flow.flow_image`` that mirror with the picture."""

IMAGE_METHODS: tuple[Method, ...] = (
    image_method("raw", "CNN on the first frame", _handmade("raw")),
    image_method("moments", "CNN on mean, deviation and mean difference over time", _handmade("moments")),
    image_method("dynamic", "CNN on approximate rank pooling", _handmade("dynamic")),
    image_method("flow", "CNN on a frame and its DIS flow at strides 1 and 10", _flow("dis"), vectors=_FLOW_VECTORS),
    image_method(
        "flow-farneback",
        "the same with Farneback's flow, as published",
        _flow("farneback"),
        vectors=_FLOW_VECTORS,
    ),
)
