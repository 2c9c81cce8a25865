"""Training on participants' labels, shared by the CNN on images and the 3D CNN.

The number of epochs is chosen on ``select_ids`` by a training on ``fit_ids``; with ``refit`` a new network is then
trained on both, with a complete schedule of that many epochs. (Stopping the first, longer schedule there would end
while the learning rate is still high.) If the settings choose no epoch, there is one training, on both. The scaling of
the inputs is always fitted to the participants trained on.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Generic, Protocol, runtime_checkable

import numpy as np
import torch
from torch import Tensor

from motilens.config import MethodSettings, RegressorConfig, VideoCnnConfig
from motilens.errors import FoldError
from motilens.files import digest_of
from motilens.networks.regressor import LEAST_BATCH, ChannelScaling
from motilens.predictors.origin import TrainingCurve
from motilens.progress import Progress
from motilens.shapes import Percentages
from motilens.training.augment import AUGMENTATIONS
from motilens.training.batches import EpochBatches, StackSource
from motilens.training.fit_network import fit_network
from motilens.training.loop import History, Network, TrainingData, TrainingPlan, curve_of
from motilens.training.losses import loss_on_labels
from motilens.training.runtime import Runtime

Labels = Mapping[str, np.ndarray]
"""The three percentages of each participant, (3,) each."""


@runtime_checkable
class NetworkKind(Protocol[Network]):
    """A kind of network that predicts percentages from numbered rows; must be picklable."""

    @property
    def config(self) -> RegressorConfig | VideoCnnConfig:
        """Loss, batch size and learning rate."""
        ...

    @property
    def epochs(self) -> int:
        """Number of epochs of the training, or of the one that chooses the epoch."""
        ...

    @property
    def digest(self) -> str:
        """Digest of the inputs of all rows and of the network's settings."""
        ...

    def dataset(self, labels_pct: np.ndarray) -> torch.utils.data.Dataset[Tensor]:
        """Make a reader of batches, from labels: (row, 3), percent, NaN for rows without a label."""
        ...

    def fit_scaling(self, rows: np.ndarray) -> ChannelScaling:
        """Fit the scaling of the inputs to some rows."""
        ...

    def make(self, scaling: ChannelScaling, mean_pct: list[float]) -> Network:
        """Make the untrained network, which predicts ``mean_pct`` everywhere."""
        ...

    def predict(self, network: Network, rows: np.ndarray) -> Percentages:
        """Predict the percentages of some rows: (n, 3)."""
        ...


@dataclass(frozen=True)
class LabelledFit(Generic[Network]):
    """A network fitted to labels, and its training.

    Attributes:
        network: the network, on the CPU, in evaluation mode.
        history: history of the training that chose the epoch, or of the only one.
        curves: curves of all trainings: that one, then the refit.
        fit_ids: participants that scaling and weights of the network were fitted to.
        select_ids: participants that chose the epoch; empty if none was chosen.
    """

    network: Network
    history: History
    curves: tuple[TrainingCurve, ...]
    fit_ids: tuple[str, ...]
    select_ids: tuple[str, ...]


@dataclass(frozen=True)
class MeanParticipantError(Generic[Network]):
    """Mean absolute error per participant, in points: averaging each participant's stacks before taking the error.

    Attributes:
        kind: kind of network.
        rows: rows of each participant.
        labels: labels of each participant.
    """

    kind: NetworkKind[Network]
    rows: Mapping[str, np.ndarray]
    labels: Labels

    def __call__(self, network: Network, epoch: int) -> float:
        """Compute the error of a network after an epoch."""
        errors = [
            np.abs(self.kind.predict(network, rows).mean(axis=0) - self.labels[i]).mean()
            for i, rows in self.rows.items()
        ]
        return float(np.mean(errors))


@dataclass(frozen=True)
class LabelledTraining(Generic[Network]):
    """Everything that the trainings of one fit share.

    Attributes:
        kind: kind of network.
        source: source of the stacks; gives the rows of each participant.
        labels: labels of all participants in training or selection.
        curve: name of the curves.
        settings: augmentation, whether an epoch is chosen, seed.
        runtime: devices, precision and loader.
        progress: shows how far the work is.
    """

    kind: NetworkKind[Network]
    source: StackSource
    labels: Labels
    curve: str
    settings: MethodSettings
    runtime: Runtime
    progress: Progress | None

    def fit(
        self, fit_ids: tuple[str, ...], select_ids: tuple[str, ...], *, folder: Path, name: str
    ) -> LabelledFit[Network]:
        """Choose the number of epochs, if the settings say so, and train.

        Args:
            fit_ids: participants that scaling and weights are fitted to.
            select_ids: participants that choose the epoch; with ``refit`` the final network is fitted to them too.
                If no epoch is chosen, the only network is fitted to them.
            folder: folder of the checkpoints, with a subfolder per training.
            name: name in progress bars and messages.

        Raises:
            FoldError: no participants to train on or to choose the epoch, or one without a stack or a label.
            TrainingError: the loss or the selection score is not finite.
            StorageError: checkpoints cannot be written.
        """
        config, everyone = self.settings.regressor, (*fit_ids, *select_ids)
        if not config.choose_epoch:
            network, history = self._train(everyone, (), self.kind.epochs, folder / "whole", name)
            return LabelledFit(network, history, (curve_of(self.curve, history),), everyone, ())
        if not select_ids:
            raise FoldError(
                f"{name}: nobody to choose the epoch; allowed: at least one participant who fits nothing else, or "
                "the setting regressor.choose_epoch=false"
            )
        network, history = self._train(fit_ids, select_ids, self.kind.epochs, folder / "select", name)
        curve = curve_of(self.curve, history)
        if not config.refit:
            return LabelledFit(network, history, (curve,), fit_ids, select_ids)
        network, again = self._train(everyone, (), history.best_epoch, folder / "refit", f"{name}, refit")
        return LabelledFit(network, history, (curve, curve_of(f"{self.curve} refit", again)), everyone, select_ids)

    def _train(
        self, fit_ids: tuple[str, ...], select_ids: tuple[str, ...], epochs: int, folder: Path, name: str
    ) -> tuple[Network, History]:
        rows_by_id = {i: self.source.rows_of((i,)) for i in (*fit_ids, *select_ids)}
        if not fit_ids:
            raise FoldError(f"{name}: nobody to train on; allowed: at least one participant with stacks and a label")
        for i, rows in rows_by_id.items():
            if len(rows) == 0 or i not in self.labels:
                raise FoldError(
                    f"{name}: participant {i} has {len(rows)} stacks and {'a' if i in self.labels else 'no'} label; "
                    "allowed: participants with both; leave this one out"
                )
        rows = np.concatenate([rows_by_id[i] for i in fit_ids])
        if len(rows) < LEAST_BATCH:
            raise FoldError(
                f"{name}: {len(rows)} stack to train on; allowed: at least {LEAST_BATCH}; use more --stacks or more "
                "participants"
            )
        labels_pct = np.full((1 + max(int(r.max()) for r in rows_by_id.values()), 3), np.nan)
        for i, its_rows in rows_by_id.items():
            labels_pct[its_rows] = self.labels[i]
        scaling = self.kind.fit_scaling(rows)
        mean_pct = [float(value) for value in np.mean([self.labels[i] for i in fit_ids], axis=0)]
        config, augment, seed = self.kind.config, self.settings.regressor.augment, self.settings.seed
        who = [[i, self.labels[i].tolist()] for i in rows_by_id]
        select = MeanParticipantError(self.kind, {i: rows_by_id[i] for i in select_ids}, self.labels)
        return fit_network(
            partial(self.kind.make, scaling, mean_pct),
            TrainingData(
                self.kind.dataset(labels_pct),
                EpochBatches(rows, batch_size=config.batch_size, steps=None, draw=AUGMENTATIONS[augment], seed=seed),
            ),
            partial(loss_on_labels, config.loss),
            TrainingPlan(
                epochs=epochs,
                learning_rate=config.learning_rate,
                weight_decay=config.weight_decay,
                schedule=config.schedule,
                seed=seed,
                digest=digest_of([self.kind.digest, config.model_dump(), augment, fit_ids, who, scaling.model_dump()]),
            ),
            folder=folder,
            select=select if select_ids else None,
            runtime=self.runtime,
            progress=self.progress,
            name=name,
        )
