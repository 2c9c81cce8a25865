"""The cells of a cross-validation: one autoencoder a fold and input, one regressor a fold, input and target.

A cell is computed from its folder's checkpoints and written whole as JSON; a cell whose JSON is there is done. Every
fit is told who it may see and writes down who it saw.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from motilens.arrays import triple
from motilens.config import Pipeline, Settings, Target, has_motion
from motilens.evaluation.result import Cell, Epoch, Fit, Fold, ParticipantScore, Preview, Step1Result
from motilens.features.encode import encode, reconstruction_scores, temporal_spread
from motilens.features.pictures import fit_stretch, png, spread_to_grey, to_rgb
from motilens.models.autoencoder import Autoencoder
from motilens.models.regressor import Regressor
from motilens.prediction.aggregate import aggregate
from motilens.prediction.regress import predict_stacks
from motilens.progress import Progress
from motilens.stacks.preprocess import to_input
from motilens.training.autoencoder import FittedAutoencoder, fit_autoencoder, input_batches
from motilens.training.batches import StackSource
from motilens.training.feature_cache import FeatureCache
from motilens.training.loop import History
from motilens.training.regressor import Labels, fit_regressor
from motilens.training.runtime import Runtime

PREVIEWS = 3
"""Test participants whose feature-images a report shows, spread over the labels' order."""


@dataclass(frozen=True)
class FoldPlan:
    """Who may be seen for what in one fold.

    Attributes:
        fold: train and test participants.
        fit_ids: training participants that weights and units are fitted to while the epoch is being chosen.
        select_ids: participants that choose the epoch: an inner split, or (as released) the test participants.
        refit: train again on all training participants up to the chosen epoch.
        seed: of this fold's trainings.
    """

    fold: Fold
    fit_ids: tuple[str, ...]
    select_ids: tuple[str, ...]
    refit: bool
    seed: int

    def seeded(self, pipeline: Pipeline) -> Pipeline:
        """The settings with this fold's seed, and without refit where the protocol has none.

        There those who choose the epoch are the ones who test: the network must not be fitted to them.
        """
        update = {} if self.refit else {"refit": False, "choose_epoch": True}
        regressor = pipeline.regressor.model_copy(update=update)
        return pipeline.model_copy(update={"seed": self.seed, "regressor": regressor})


class Step1Cell(Settings):
    """What one autoencoder leaves: its scores, and pictures for the report."""

    step1: Step1Result
    previews: tuple[Preview, ...]


def epochs_of(history: History) -> tuple[Epoch, ...]:
    """A training's history as a value."""
    return tuple(
        Epoch(epoch=i + 1, train_loss=loss, select_loss=score)
        for i, (loss, score) in enumerate(zip(history.train_loss, history.select_score, strict=True))
    )


def train_step1(
    source: StackSource, plan: FoldPlan, pipeline: Pipeline, *, folder: Path, runtime: Runtime, progress: Progress
) -> FittedAutoencoder:
    """Fit one fold's autoencoder, or load it from its checkpoints."""
    return fit_autoencoder(
        source,
        fit_ids=plan.fit_ids,
        select_ids=plan.select_ids,
        pipeline=plan.seeded(pipeline),
        folder=folder,
        runtime=runtime,
        progress=progress,
        name=f"fold {plan.fold.fold} {pipeline.stacks.input_type} autoencoder",
    )


def step1_cell(
    source: StackSource, plan: FoldPlan, pipeline: Pipeline, fitted: FittedAutoencoder, order: Labels
) -> Step1Cell:
    """Judge one fold's autoencoder on its test participants, whom it has not seen (as described).

    Args:
        source: stacks.
        plan: who was seen for what.
        pipeline: settings.
        fitted: the autoencoder.
        order: labels; previews are spread over the order of their first value.
    """
    input_type = pipeline.stacks.input_type
    test_rows = source.rows_of(plan.fold.test_ids)
    sums = reconstruction_scores(fitted.autoencoder, input_batches(source, test_rows, input_type))
    ranked = sorted((i for i in plan.fold.test_ids if i in order), key=lambda i: (float(order[i][0]), i))
    chosen = [ranked[round(k)] for k in np.linspace(0, len(ranked) - 1, min(PREVIEWS, len(ranked)))]
    return Step1Cell(
        step1=Step1Result(
            input_type=input_type,
            fold=plan.fold.fold,
            seed=plan.seed,
            best_epoch=fitted.history.best_epoch,
            history=epochs_of(fitted.history),
            test_mse=sums.mse,
            test_mse_over_variance=sums.mse_over_variance,
            test_motion_r2=sums.motion_r2,
            dead_channels=fitted.dead,
            fits=(
                Fit(what="autoencoder", ids=fitted.fit_ids),
                Fit(what="autoencoder epoch", ids=fitted.select_ids),
            ),
        ),
        previews=make_previews(source, fitted.autoencoder, plan.fold.fold, chosen),
    )


def make_previews(source: StackSource, autoencoder: Autoencoder, fold: int, ids: list[str]) -> tuple[Preview, ...]:
    """Pictures of the first stack of some participants, all under one stretch."""
    if not ids:
        return ()
    pixels = source.read(np.array([source.rows_of((i,))[0] for i in ids]))
    inputs = to_input(pixels, autoencoder.input_type)
    images = encode(autoencoder, inputs)
    stretch = fit_stretch(images)
    previews = []
    for k, participant in enumerate(ids):
        spread, white = spread_to_grey(temporal_spread(inputs[k : k + 1])[0])
        moves = has_motion(autoencoder.input_type)
        previews.append(
            Preview(
                input_type=autoencoder.input_type,
                fold=fold,
                participant=participant,
                first_frame_png=_base64(pixels[k, 0]),
                temporal_spread_png=_base64(spread) if moves else None,
                feature_image_png=_base64(to_rgb(images[k], stretch)),
                scaling=f"feature-image: {stretch}" + (f"; temporal spread: 0 to {white:.3g} grey" if moves else ""),
            )
        )
    return tuple(previews)


def _base64(picture: np.ndarray) -> str:
    return base64.b64encode(png(picture)).decode("ascii")


def step2_cell(
    source: StackSource,
    cache: FeatureCache,
    labels: Labels,
    plan: FoldPlan,
    pipeline: Pipeline,
    *,
    target: Target,
    folder: Path,
    runtime: Runtime,
    progress: Progress,
) -> Cell:
    """Fit one fold's regressor and predict its test participants; those without this target take no part."""

    def labelled(ids: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(i for i in ids if i in labels)

    input_type = pipeline.stacks.input_type
    fitted = fit_regressor(
        source,
        cache,
        labels,
        target=target,
        fit_ids=labelled(plan.fit_ids),
        select_ids=labelled(plan.select_ids),
        pipeline=plan.seeded(pipeline),
        folder=folder,
        runtime=runtime,
        progress=progress,
        name=f"fold {plan.fold.fold} {input_type} {target}",
    )
    return Cell(
        method=input_type,
        target=target,
        fold=plan.fold.fold,
        seed=plan.seed,
        scores=score_participants(source, cache, labels, fitted.regressor, labelled(plan.fold.test_ids)),
        best_epoch=fitted.history.best_epoch,
        history=epochs_of(fitted.history),
        fits=(
            Fit(what="input scaling", ids=fitted.fit_ids),
            Fit(what="regressor", ids=fitted.fit_ids),
            *((Fit(what="regressor epoch", ids=fitted.select_ids),) if fitted.select_ids else ()),
        ),
    )


def score_participants(
    source: StackSource,
    cache: FeatureCache,
    labels: Mapping[str, np.ndarray],
    regressor: Regressor,
    ids: tuple[str, ...],
) -> tuple[ParticipantScore, ...]:
    """Predict participants stack by stack and compare with their labels."""
    scores = []
    for participant in ids:
        stacks_pct = predict_stacks(regressor, cache.batches(source.rows_of((participant,))))
        mean, spread = aggregate(stacks_pct)
        truth = labels[participant]
        scores.append(
            ParticipantScore(
                participant=participant,
                n_stacks=len(stacks_pct),
                truth_pct=triple(truth),
                predicted_pct=triple(mean),
                spread_pct=triple(spread),
                stack_error_pct=triple(np.abs(stacks_pct - truth).mean(axis=0)),
            )
        )
    return tuple(scores)
