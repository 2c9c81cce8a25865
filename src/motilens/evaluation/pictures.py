"""Pictures of a job's feature-images, and scores of its autoencoder on the test participants' stacks."""

import base64
from collections.abc import Mapping, Sequence

import numpy as np

from motilens.config import has_motion
from motilens.evaluation.result import Preview
from motilens.features.encode import ReconstructionSums, temporal_sd
from motilens.features.pictures import fit_stretch, png, sd_to_grey, to_rgb
from motilens.predictors.image_cnn import ImageCnnPredictor
from motilens.predictors.origin import AutoencoderScores
from motilens.predictors.predictor import ImagePredictor, Predictor
from motilens.recordings.recording import Recording
from motilens.stacks.preprocess import to_input

PREVIEWS = 3
"""Number of test participants whose feature-images are shown, at even steps in the order of their labels."""


def autoencoder_on(predictor: Predictor, tested: Mapping[str, Sequence[Recording]]) -> AutoencoderScores | None:
    """Scores of a predictor's autoencoder on the test participants' stacks; None if it has no autoencoder."""
    if not isinstance(predictor, ImageCnnPredictor) or predictor.autoencoder is None:
        return None
    autoencoder, settings = predictor.autoencoder, predictor.origin.settings
    sums = ReconstructionSums(autoencoder.input_type)
    for recordings in tested.values():
        for recording in recordings:
            sums.add(autoencoder, to_input(recording.stacks(settings.stacks).pixels, autoencoder.input_type))
    own = predictor.origin.autoencoder
    return AutoencoderScores(
        on="the test participants",
        mse=sums.mse,
        mse_over_variance=sums.mse_over_variance,
        motion_r2=sums.motion_r2,
        dead_channels=own.dead_channels if own is not None else (),
    )


def previews_of(
    predictor: Predictor, tested: Mapping[str, Sequence[Recording]], labels: Mapping[str, np.ndarray]
) -> tuple[Preview, ...]:
    """Pictures of the first stack of a few test participants, all with one contrast; empty if it makes no images."""
    if not isinstance(predictor, ImagePredictor):
        return ()
    config = predictor.stacks
    ranked = sorted(tested, key=lambda i: (float(labels[i][0]), i))
    chosen = [ranked[round(k)] for k in np.linspace(0, len(ranked) - 1, min(PREVIEWS, len(ranked)))]
    batches = [tested[i][0].stacks(config, np.array([0])) for i in chosen]
    # Only three channels can be shown; a flow image has more.
    images = [predictor.make_images(batch)[0, :3] for batch in batches]
    stretch = fit_stretch(np.concatenate([image.reshape(1, 3, -1, 1) for image in images], axis=2))
    moves = has_motion(predictor.input_type)
    previews = []
    for participant, batch, image in zip(chosen, batches, images, strict=True):
        sd, white = sd_to_grey(temporal_sd(to_input(batch.pixels, predictor.input_type))[0])
        previews.append(
            Preview(
                participant=participant,
                first_frame_png=_base64(batch.pixels[0, 0]),
                temporal_sd_png=_base64(sd) if moves else None,
                feature_image_png=_base64(to_rgb(image, stretch)),
                scaling=f"feature-image: {stretch}"
                + (f"; standard deviation over time: 0 to {white:.3g} grey" if moves else ""),
            )
        )
    return tuple(previews)


def _base64(picture: np.ndarray) -> str:
    return base64.b64encode(png(picture)).decode("ascii")
