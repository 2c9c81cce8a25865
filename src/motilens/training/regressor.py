"""Fitting step 2: a CNN learns percentages from feature-images of given participants, the epoch from others.

With ``refit`` the training runs twice: once on ``fit_ids`` to choose the epoch on ``select_ids``, then anew on both,
with a whole schedule of that many epochs. (Stopping the first, longer schedule there would leave the weights where the
learning rate is high.) Units of the feature-images are fitted anew each time on
whoever is trained on.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from motilens.config import Pipeline, Target
from motilens.errors import FoldError
from motilens.features.scaling import fit_channel_scaling
from motilens.files import digest_of
from motilens.models.regressor import ChannelScaling, Regressor
from motilens.models.weights import load_weights
from motilens.prediction.aggregate import aggregate
from motilens.prediction.regress import predict_stacks
from motilens.progress import Progress, Silent
from motilens.training.augment import AUGMENTATIONS, Vectors
from motilens.training.batches import EpochBatches, StackSource, loader
from motilens.training.feature_cache import FeatureCache, LabelledImages
from motilens.training.loop import History, LoopPlan, load_best, run_epochs
from motilens.training.runtime import Runtime


@dataclass(frozen=True)
class FittedRegressor:
    """A trained regressor and how it came to be."""

    regressor: Regressor
    history: History
    """Of the training that chose the epoch, or of the only one."""
    weights_origin: str
    fit_ids: tuple[str, ...]
    """Participants that units and weights of the returned network saw."""
    select_ids: tuple[str, ...]
    """Participants that chose the epoch; nobody where none was chosen."""


Labels = Mapping[str, np.ndarray]
"""Three percentages by participant."""


def participant_error(
    regressor: Regressor, cache: FeatureCache, rows_by_id: Mapping[str, np.ndarray], labels: Labels
) -> float:
    """Mean absolute error per participant, in points: the mean over stacks first, then the error."""
    errors = [
        np.abs(aggregate(predict_stacks(regressor, cache.batches(rows)))[0] - labels[participant]).mean()
        for participant, rows in rows_by_id.items()
    ]
    return float(np.mean(errors))


def fit_regressor(
    source: StackSource,
    cache: FeatureCache,
    labels: Labels,
    *,
    target: Target,
    fit_ids: tuple[str, ...],
    select_ids: tuple[str, ...],
    pipeline: Pipeline,
    folder: Path,
    runtime: Runtime = Runtime(),  # noqa: B008 - frozen
    progress: Progress | None = None,
    name: str = "regressor",
    vectors: Vectors = (),
) -> FittedRegressor:
    """Train a regressor; goes on from the last checkpoint in ``folder``.

    Args:
        source: tells which rows belong to which participant; its pixels are not read.
        cache: feature-images of all rows under one autoencoder.
        labels: percentages by participant.
        target: motility or morphology.
        fit_ids: participants that units and weights are fitted to.
        select_ids: participants that choose the epoch; with ``refit`` the final network is fitted to them too. Where
            the settings choose no epoch, the only network is.
        pipeline: settings.
        folder: checkpoints and TensorBoard logs, one folder a training.
        runtime: device and loader.
        progress: where to show how far it is.
        name: for the bar.
        vectors: pairs of channels that are x and y of a vector; mirroring an image turns them.

    Returns:
        The regressor, on the CPU.

    Raises:
        FoldError: one of the two groups has no stack.
        WeightsError: the pre-trained weights could not be had.
        TrainingError: the loss is no longer finite.
        StorageError: checkpoints cannot be written.
    """
    trainer = _Trainer(source, cache, labels, target, pipeline, runtime, progress or Silent(), vectors)
    everyone = (*fit_ids, *select_ids)
    if not pipeline.regressor.choose_epoch:
        regressor, history, origin = trainer.run(
            everyone, (), epochs=pipeline.regressor.epochs, folder=folder / "whole", name=name
        )
        return FittedRegressor(regressor.cpu().eval(), history, origin, everyone, ())
    regressor, history, origin = trainer.run(
        fit_ids, select_ids, epochs=pipeline.regressor.epochs, folder=folder / "select", name=name
    )
    if not pipeline.regressor.refit:
        load_best(regressor, folder / "select")
        return FittedRegressor(regressor.cpu().eval(), history, origin, fit_ids, select_ids)
    regressor, _, origin = trainer.run(
        everyone, (), epochs=history.best_epoch, folder=folder / "refit", name=f"{name}, refit"
    )
    return FittedRegressor(regressor.cpu().eval(), history, origin, everyone, select_ids)


@dataclass(frozen=True)
class _Trainer:
    """What the two trainings of one fit share."""

    source: StackSource
    cache: FeatureCache
    labels: Labels
    target: Target
    pipeline: Pipeline
    runtime: Runtime
    progress: Progress
    vectors: Vectors = ()

    def run(
        self, fit_ids: tuple[str, ...], select_ids: tuple[str, ...], *, epochs: int, folder: Path, name: str
    ) -> tuple[Regressor, History, str]:
        config, seed = self.pipeline.regressor, self.pipeline.seed
        rows_by_id = {participant: self.source.rows_of((participant,)) for participant in (*fit_ids, *select_ids)}
        rows = (
            np.concatenate([rows_by_id[participant] for participant in fit_ids]) if fit_ids else np.array([], dtype=int)
        )
        selecting = {participant: rows_by_id[participant] for participant in select_ids}
        if len(rows) == 0:
            raise FoldError(
                f"{name}: no stack to train on; each fold needs at least one labelled participant in training"
            )
        scaling = ChannelScaling()
        if config.input_scaling == "standardise":
            scaling = fit_channel_scaling(self.cache.batches(rows))
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            regressor = Regressor(self.target, config, scaling)
            origin = load_weights(regressor.backbone, config)
        mean_pct = np.mean([self.labels[participant] for participant in fit_ids], axis=0)
        regressor.start_at([float(value) for value in mean_pct])
        regressor.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue] - torch's own overload
        labels_pct = np.full((1 + max(int(r.max()) for r in rows_by_id.values()), 3), np.nan)
        for participant, its_rows in rows_by_id.items():
            labels_pct[its_rows] = self.labels[participant]
        sampler = EpochBatches(
            rows, batch_size=config.batch_size, steps=None, draw=AUGMENTATIONS[config.augment], seed=seed
        )
        plan = LoopPlan(
            epochs=epochs,
            stop_after=epochs,
            steps_per_epoch=len(sampler),
            learning_rate=config.learning_rate,
            weight_decay=config.weight_decay,
            schedule=config.schedule,
            seed=seed,
            digest=digest_of(
                [self.pipeline.model_dump(mode="json"), self.target, fit_ids, select_ids, scaling.model_dump()]
            ),
        )
        with self.progress.task(name, plan.stop_after * plan.steps_per_epoch) as task:
            history = run_epochs(
                regressor,
                loss=_loss,
                batches=loader(
                    LabelledImages(self.cache, labels_pct, self.vectors), sampler, self.runtime.loader_workers
                ),
                select=lambda epoch: (
                    participant_error(regressor, self.cache, selecting, self.labels) if selecting else None
                ),
                plan=plan,
                folder=folder,
                fabric=self.runtime.fabric(),
                task=task,
            )
        return regressor, history, origin


def _loss(network: nn.Module, batch: tuple[Tensor, ...]) -> Tensor:
    images, labels_pct = batch
    return F.mse_loss(network(images), labels_pct)
