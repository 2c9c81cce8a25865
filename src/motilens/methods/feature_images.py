"""The paper's method: an autoencoder makes feature-images (step 1), the CNN predicts from them (step 2).

Step 2 is the CNN of all other image methods, so that results differ by the images alone. Both targets
of a fold share the autoencoder, which is trained without labels; its cost is counted in the job of the first target.
"""

import numpy as np
from torch import nn

from motilens.config import AUTOENCODER_NAMES, INPUT_TYPES, AutoencoderName, InputType, MethodSettings
from motilens.features.encode import reconstruction_scores
from motilens.files import digest_of
from motilens.methods.image_cnn import fit_cnn, fits_of, note_on_epochs, split_inside
from motilens.methods.method import Method, TrainingSet, Workspace
from motilens.methods.stack_rows import StackRows
from motilens.networks.autoencoder import FEATURE_CHANNELS
from motilens.networks.freeze import freeze
from motilens.networks.weights import state_digest
from motilens.predictors.image_cnn import ImageCnnPredictor
from motilens.predictors.image_maker import image_maker
from motilens.predictors.origin import AutoencoderScores, Fit, Origin
from motilens.predictors.predictor import Predictor
from motilens.training.autoencoder import SELECT_STACKS, FittedAutoencoder, evenly, fit_autoencoder, input_batches
from motilens.training.image_cache import ImageCache

_AUTOENCODERS: dict[AutoencoderName, str] = {"paper": "published autoencoder", "stable": "our autoencoder"}

_INPUTS: dict[InputType, str] = {
    "I1": "one frame",
    "I2": "one frame, nine times",
    "I3": "9 frames",
    "I4": "18 frames",
}


def feature_image_method(autoencoder: AutoencoderName, input_type: InputType) -> Method:
    """Make a method that predicts from an autoencoder's feature-images with the CNN."""
    name = f"{autoencoder}-{input_type}"

    def fit(training: TrainingSet, settings: MethodSettings, workspace: Workspace) -> Predictor:
        rows = StackRows(training.recordings, settings.stacks)
        step1 = _fit_autoencoder(name, rows, training, settings, workspace)
        freeze(step1.autoencoder)
        scores = _scores(rows, step1, settings)
        origin = Origin(
            method=name,
            target=training.target,
            settings=settings,
            fits=(
                Fit(what="autoencoder", ids=step1.fit_ids),
                Fit(what="autoencoder epoch", ids=step1.select_ids),
            ),
            n_parameters=_size(step1.autoencoder),
            notes=(f"dead channels: {', '.join(step1.dead) or 'none'}",),
            curves=(step1.curve,),
            autoencoder=scores,
        )
        if training.target is None:
            return ImageCnnPredictor(origin, "autoencoder", step1.autoencoder, None)
        make = image_maker("autoencoder", step1.autoencoder)
        images = ImageCache.build(
            workspace.folder / "feature-images",
            (make(batch) for batch in rows.batches()),
            n_rows=rows.n_rows,
            digest=digest_of([rows.digest, state_digest(step1.autoencoder), step1.autoencoder.scaling.model_dump()]),
            progress=workspace.progress,
        )
        step2 = fit_cnn(rows, images, training, settings, workspace, "autoencoder")
        origin = origin.model_copy(
            update={
                "fits": (*origin.fits, *fits_of(step2)),
                "n_parameters": origin.n_parameters + _size(step2.regressor),
                "notes": (note_on_epochs(step2.history, chosen=bool(step2.select_ids)), *origin.notes),
                "curves": (*origin.curves, *step2.curves),
                "weights_origin": step2.weights_origin,
            }
        )
        return ImageCnnPredictor(origin, "autoencoder", step1.autoencoder, step2.regressor)

    description = f"{_AUTOENCODERS[autoencoder]} on {_INPUTS[input_type]}, then CNN"
    return Method(
        name,
        description,
        "costly",
        ("stacks",),
        fit,
        autoencoder,
        input_type,
        image_channels=FEATURE_CHANNELS,
        holds_out=True,
    )


def _fit_autoencoder(
    name: str, rows: StackRows, training: TrainingSet, settings: MethodSettings, workspace: Workspace
) -> FittedAutoencoder:
    inner = split_inside(training, settings)
    return fit_autoencoder(
        rows,
        fit_ids=inner.fit_ids,
        select_ids=inner.select_ids,
        settings=settings,
        folder=workspace.folder / f"autoencoder-{digest_of([inner.fit_ids, inner.select_ids])[:8]}",
        runtime=workspace.runtime,
        progress=workspace.progress,
        name=f"{name} autoencoder",
        source_digest=rows.digest,
    )


def _scores(rows: StackRows, step1: FittedAutoencoder, settings: MethodSettings) -> AutoencoderScores:
    chosen = np.asarray(evenly(rows.rows_of(step1.select_ids), SELECT_STACKS))
    sums = reconstruction_scores(step1.autoencoder, input_batches(rows, chosen, settings.input_type))
    return AutoencoderScores(
        on="the participants that chose the epoch",
        mse=sums.mse,
        mse_over_variance=sums.mse_over_variance,
        motion_r2=sums.motion_r2,
        dead_channels=step1.dead,
    )


def _size(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())


FEATURE_IMAGE_METHODS: tuple[Method, ...] = tuple(
    feature_image_method(autoencoder, input_type) for autoencoder in AUTOENCODER_NAMES for input_type in INPUT_TYPES
)
"""``paper-I1`` to ``paper-I4``, then ``stable-I1`` to ``stable-I4``."""
