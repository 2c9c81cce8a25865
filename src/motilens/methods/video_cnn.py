"""A small 3D CNN on frames (after Goh et al. 2022): the rival that learns motion without a feature-image.

The protocol is that of all CNNs here: as many epochs for all and none chosen with the preset ``benchmark``; with others
an inner split of the training participants chooses, and the network is trained anew on all of them. (Goh et al. chose
the epoch on the test file.) The published network is larger and saw whole clips of seconds; this one sees the stacks
that all methods see and has the same seconds of training as the CNN of the feature-images.

Stacks are averaged down once a fit and kept in memory: those of the training participants, nobody else's.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from motilens.arrays import Percentages, StackPixels
from motilens.config import Pipeline
from motilens.data.in_memory import InMemoryStacks
from motilens.data.values import Fit
from motilens.errors import FoldError, InputError
from motilens.files import digest_of
from motilens.methods.images import said_of_epochs, split_inside
from motilens.methods.values import Assignment, Fitted, Material, Method
from motilens.models.regressor import ChannelScaling, head_kind
from motilens.models.video_cnn import VideoCnn, VideoCnnConfig, shrink
from motilens.prediction.aggregate import aggregate
from motilens.training.augment import AUGMENTATIONS, apply_flips
from motilens.training.batches import EpochBatches, Sample, StackSource, loader
from motilens.training.loop import History, LoopPlan, load_best, run_epochs

_AT_ONCE = 64
"""Stacks that are read, or predicted, together."""

_LEAST_SPREAD = 1.0
"""Pixels of one grey value are left at 0 instead of being blown up."""


def cnn3d_method(config: VideoCnnConfig) -> Method:
    """The method ``cnn3d`` with these layers and this training."""

    def fit(material: Material, assignment: Assignment) -> Fitted:
        pipeline = material.pipeline("I4", None).model_copy(update={"seed": assignment.seed})
        inner = split_inside(assignment, pipeline)
        small = _small_stacks(material.source, assignment.train_ids, config.size_px)
        trainer = _Trainer(material, assignment, pipeline, config, small)
        epochs = max(1, round(config.epochs_ratio * pipeline.regressor.epochs))
        everyone = (*inner.fit_ids, *inner.select_ids)
        chosen, trained_on = pipeline.regressor.choose_epoch, everyone
        if chosen:
            network, history = trainer.run(inner.fit_ids, inner.select_ids, epochs=epochs, name="select")
        else:
            network, history = trainer.run(everyone, (), epochs=epochs, name="whole")
        if chosen and pipeline.regressor.refit:
            network, _ = trainer.run(trained_on, (), epochs=history.best_epoch, name="refit")
        elif chosen:
            trained_on = inner.fit_ids
            load_best(network, trainer.folder / "select")
        return Fitted(
            predict=lambda participant: _predict_participant(network, material.source, participant),
            fits=(
                Fit(what="input scaling", ids=trained_on),
                Fit(what="regressor", ids=trained_on),
                *((Fit(what="regressor epoch", ids=inner.select_ids),) if chosen else ()),
            ),
            n_parameters=sum(p.numel() for p in network.parameters()),
            notes=(said_of_epochs(history, chosen=chosen),),
        )

    return Method("cnn3d", "small 3D CNN on 18 frames", "costly", ("stacks",), fit)


def predict_films(network: VideoCnn, source: StackSource, rows: np.ndarray) -> Percentages:
    """Percentages of some rows, in evaluation mode; the network's mode is put back afterwards.

    Args:
        network: a trained one.
        source: stacks of any size.
        rows: their numbers.

    Returns:
        (n, 3), float64, percent.
    """
    device = next(network.parameters()).device
    was_training = network.training
    network.eval()
    try:
        with torch.inference_mode():
            parts = [
                network(torch.from_numpy(p).to(device)).double().cpu().numpy() for p in _small(network, source, rows)
            ]
    finally:
        network.train(was_training)
    return np.concatenate(parts) if parts else np.zeros((0, 3))


class LabelledFilms(torch.utils.data.Dataset[Tensor]):
    """A batch of stacks and their labels: (n, frame, y, x), uint8, and (n, 3), float32, percent."""

    def __init__(self, source: StackSource, labels_pct: np.ndarray) -> None:
        """``labels_pct``: (row, 3), percent."""
        self._source, self._labels_pct = source, labels_pct

    def __getitems__(self, samples: list[Sample]) -> tuple[Tensor, Tensor]:
        """One batch; the loader calls this once a batch."""
        rows = np.array([sample.row for sample in samples])
        films = np.stack([apply_flips(f, s) for f, s in zip(self._source.read(rows), samples, strict=True)])
        return torch.from_numpy(films), torch.from_numpy(self._labels_pct[rows].astype(np.float32))


@dataclass(frozen=True)
class _Trainer:
    """What the two trainings of one fit share."""

    material: Material
    assignment: Assignment
    pipeline: Pipeline
    config: VideoCnnConfig
    small: InMemoryStacks

    @property
    def folder(self) -> Path:
        return self.assignment.folder / f"cnn3d-{self.assignment.target}"

    def run(
        self, fit_ids: tuple[str, ...], select_ids: tuple[str, ...], *, epochs: int, name: str
    ) -> tuple[VideoCnn, History]:
        config, seed, labels = self.config, self.assignment.seed, self.assignment.labels
        rows = self.small.rows_of(fit_ids)
        scaling = _fit_scaling(self.small, rows)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            network = VideoCnn(head_kind(self.pipeline.regressor, self.assignment.target), config, scaling)
        network.start_at([float(value) for value in self.assignment.labels_of(fit_ids).mean(axis=0)])
        network.to(memory_format=torch.channels_last_3d)  # pyright: ignore[reportCallIssue] - torch's own overload
        labels_pct = np.concatenate([np.tile(labels[i], (len(self.small.rows_of((i,))), 1)) for i in labels])
        draw = AUGMENTATIONS[self.pipeline.regressor.augment]
        sampler = EpochBatches(rows, batch_size=config.batch_size, steps=None, draw=draw, seed=seed)
        plan = LoopPlan(
            epochs=epochs,
            stop_after=epochs,
            steps_per_epoch=len(sampler),
            learning_rate=config.learning_rate,
            weight_decay=config.weight_decay,
            schedule="one-cycle",
            seed=seed,
            digest=self._digest(fit_ids, select_ids, scaling),
        )
        with self.material.progress.task(f"3D CNN, {name}", plan.stop_after * plan.steps_per_epoch) as task:
            history = run_epochs(
                network,
                loss=_loss,
                batches=loader(LabelledFilms(self.small, labels_pct), sampler, self.material.runtime.loader_workers),
                select=lambda epoch: self._error(network, select_ids) if select_ids else None,
                plan=plan,
                folder=self.folder / name,
                fabric=self.material.runtime.fabric(),
                task=task,
            )
        return network.cpu().eval(), history

    def _error(self, network: VideoCnn, ids: tuple[str, ...]) -> float:
        """Mean absolute error per participant, in points: the mean over stacks first, then the error."""
        answers = [aggregate(predict_films(network, self.small, self.small.rows_of((i,))))[0] for i in ids]
        return float(np.abs(np.array(answers) - self.assignment.labels_of(ids)).mean())

    def _digest(self, fit_ids: tuple[str, ...], select_ids: tuple[str, ...], scaling: ChannelScaling) -> str:
        settings = [part.model_dump(mode="json") for part in (self.pipeline, self.config, scaling)]
        labels = self.assignment.labels_of((*fit_ids, *select_ids)).tolist()
        return digest_of([settings, self.assignment.target, fit_ids, select_ids, labels])


def _predict_participant(network: VideoCnn, source: StackSource, participant: str) -> Percentages:
    rows = source.rows_of((participant,))
    if len(rows) == 0:
        raise InputError(f"participant {participant} has no stack to predict from; extract the stacks of its video")
    return predict_films(network, source, rows)


def _small_stacks(source: StackSource, ids: tuple[str, ...], size_px: int) -> InMemoryStacks:
    """Stacks of training participants, averaged down."""
    films: dict[str, np.ndarray] = {}
    for participant in ids:
        rows = source.rows_of((participant,))
        if len(rows) == 0:
            raise FoldError(
                f"training participant {participant} has no stack; extract the stacks of its video, or leave it out"
            )
        films[participant] = shrink(source.read(rows), size_px)
    return InMemoryStacks(films)


def _small(network: VideoCnn, source: StackSource, rows: np.ndarray) -> Iterator[StackPixels]:
    for start in range(0, len(rows), _AT_ONCE):
        yield shrink(source.read(rows[start : start + _AT_ONCE]), network.config.size_px)


def _fit_scaling(source: StackSource, rows: np.ndarray) -> ChannelScaling:
    """Mean and spread of all pixels, from how often each grey value comes: the order of rows decides nothing."""
    counts = np.zeros(256, np.int64)
    for start in range(0, len(rows), _AT_ONCE):
        counts += np.bincount(source.read(rows[start : start + _AT_ONCE]).ravel(), minlength=256)
    grey = np.arange(256)
    mean = float((counts * grey).sum() / counts.sum())
    spread = float(np.sqrt((counts * (grey - mean) ** 2).sum() / counts.sum()))
    return ChannelScaling(mean=(mean,), spread=(max(spread, _LEAST_SPREAD),))


def _loss(network: nn.Module, batch: tuple[Tensor, ...]) -> Tensor:
    films, labels_pct = batch
    return F.mse_loss(network(films), labels_pct)


CNN3D = cnn3d_method(VideoCnnConfig())
"""With the settings of the benchmark."""
