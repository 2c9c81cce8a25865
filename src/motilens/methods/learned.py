"""The paper's method: an autoencoder makes feature-images (step 1), the CNN reads them (step 2).

``paper-I1`` to ``paper-I4`` have the published autoencoder, ``stable-I1`` to ``stable-I4`` ours; step 2 is the CNN of
all other image methods, so that a row says what the feature-images are worth. Both targets of a fold share the
autoencoder, which knows no label; its cost stands in the cell of the target that came first.
"""

from typing import get_args

import numpy as np

from motilens.arrays import ChannelImages, StackPixels
from motilens.config import INPUT_TYPES, InputType, Pipeline, Step1Name
from motilens.data.values import Fit
from motilens.features.encode import encode, reconstruction_scores
from motilens.files import digest_of
from motilens.methods.images import fit_cnn, n_rows_of, split_inside
from motilens.methods.values import Assignment, Fitted, Material, Method
from motilens.stacks.preprocess import to_input
from motilens.training.autoencoder import (
    SELECT_STACKS,
    FittedAutoencoder,
    evenly,
    fit_autoencoder,
    input_batches,
)
from motilens.training.feature_cache import FeatureCache

_STEP1_WORDS: dict[Step1Name, str] = {"paper": "published autoencoder", "stable": "our autoencoder"}

_INPUT_WORDS: dict[InputType, str] = {
    "I1": "one frame",
    "I2": "one frame, nine times",
    "I3": "9 frames",
    "I4": "18 frames",
}


def learned_method(input_type: InputType, step1: Step1Name) -> Method:
    """Feature-images of an autoencoder, then the CNN."""

    def fit(material: Material, assignment: Assignment) -> Fitted:
        pipeline = material.pipeline(input_type, step1).model_copy(update={"seed": assignment.seed})
        inner = split_inside(assignment, pipeline)
        folder = assignment.folder / f"autoencoder-{digest_of([inner.fit_ids, inner.select_ids])[:8]}"
        fitted = fit_autoencoder(
            material.source,
            fit_ids=inner.fit_ids,
            select_ids=inner.select_ids,
            pipeline=pipeline,
            folder=folder,
            runtime=material.runtime,
            progress=material.progress,
            name=f"{assignment.folder.name} autoencoder",
        )
        cache = FeatureCache.build(
            folder / "features.npy", material.source, fitted.autoencoder, n_rows=n_rows_of(material.source)
        )

        def make(pixels: StackPixels) -> ChannelImages:
            return encode(fitted.autoencoder, to_input(pixels, input_type))

        return fit_cnn(
            material,
            assignment,
            cache,
            pipeline,
            make=make,
            folder=assignment.folder / assignment.target,
            fits=(
                Fit(what="autoencoder", ids=fitted.fit_ids),
                Fit(what="autoencoder epoch", ids=fitted.select_ids),
            ),
            other_parameters=sum(p.numel() for p in fitted.autoencoder.parameters()),
            notes=_notes(material, fitted, pipeline),
        )

    words = f"{_STEP1_WORDS[step1]} on {_INPUT_WORDS[input_type]}, then CNN"
    return Method(f"{step1}-{input_type}", words, "costly", ("stacks",), fit)


def _notes(material: Material, fitted: FittedAutoencoder, pipeline: Pipeline) -> tuple[str, ...]:
    """What the autoencoder holds of those who chose its epoch."""
    rows = evenly(material.source.rows_of(fitted.select_ids), SELECT_STACKS)
    sums = reconstruction_scores(
        fitted.autoencoder, input_batches(material.source, np.asarray(rows), pipeline.stacks.input_type)
    )
    said = f"autoencoder: epoch {fitted.history.best_epoch}, MSE over variance {sums.mse_over_variance:.3f}"
    if sums.motion_r2 is not None:
        said += f", R2 of the motion {sums.motion_r2:.3f}"
    said += " on the participants that chose the epoch"
    return (said, f"dead channels: {', '.join(fitted.dead) or 'none'}")


LEARNED_METHODS: tuple[Method, ...] = (
    *(learned_method(input_type, "paper") for input_type in INPUT_TYPES),
    *(learned_method(input_type, "stable") for input_type in INPUT_TYPES),
)


def step1_and_input(name: str) -> tuple[Step1Name, InputType] | None:
    """Autoencoder and input of a method of this module by its name; None for other methods."""
    step1_names: tuple[Step1Name, ...] = get_args(Step1Name)
    for step1 in step1_names:
        for input_type in INPUT_TYPES:
            if name == f"{step1}-{input_type}":
                return step1, input_type
    return None
