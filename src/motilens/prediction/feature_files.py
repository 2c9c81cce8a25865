"""Writes a video's feature-images as files: pictures, arrays for other programs, and an animated overview."""

import io
from pathlib import Path

import numpy as np

from motilens.errors import InputError, MismatchError
from motilens.features.encode import temporal_sd
from motilens.features.pictures import Overview, Stretch, animate, fit_stretch, png, sd_to_grey, to_rgb
from motilens.files import writable_folder, write_bytes, write_json
from motilens.prediction.predict import with_stack_choice
from motilens.predictors.bundle import LoadedModel
from motilens.predictors.predictor import ImagePredictor
from motilens.progress import Progress, Silent
from motilens.recordings.recording import Recording
from motilens.shapes import ChannelImages
from motilens.stacks.preprocess import to_input
from motilens.stacks.stack_batch import StackBatch
from motilens.video.source import VideoFile

OVERVIEW_STACKS = 6
"""Largest number of stacks in an overview."""

IMAGES_AT_ONCE = 16
"""Number of stacks between two steps of the progress bar; affects no result."""

_FACTS = "features.json"

SHOWN_CHANNELS = 3
"""Number of channels in a picture, shown as red, green and blue; the arrays have all channels."""


def write_feature_files(
    video: VideoFile | Path,
    model: LoadedModel,
    out: Path,
    *,
    um_per_px: float | None = None,
    stacks: int | None = None,
    force_slow: bool = False,
    progress: Progress | None = None,
) -> list[Path]:
    """Write a video's feature-images.

    Args:
        video: a video of any codec.
        model: a model that makes images of stacks, by an autoencoder, by hand or by optical flow; it need not have a
            regressor.
        out: folder for ``NNN_feature.png``, ``NNN_first_frame.png``, ``NNN_sd.png`` per stack, ``features.npz``
            (images float32 (stack, channel, y, x), frame_idx), ``overview.gif`` and ``features.json`` (the pictures'
            scaling, the frames each came from, problems).
        um_per_px: width of a pixel in um, for models that count cells; estimated from the heads if None.
        stacks: number of stacks; None for the number that the model was trained with.
        force_slow: use the video even if its frame rate is lower than that of the model's training.
        progress: shows how many pictures are done.

    Returns:
        The files written.

    Raises:
        MismatchError: the model makes no images.
        VideoError: the video cannot be used.
        InputError: the folder holds files of something else.
        StorageError: the folder cannot be written to.
    """
    predictor = with_stack_choice(model.predictor, stacks=stacks, force_slow=force_slow)
    if not isinstance(predictor, ImagePredictor):
        raise MismatchError(
            f"a model of method {predictor.origin.method} makes no feature-images; allowed: models of methods that do, "
            "such as count-I4, stable-I4, moments or flow"
        )
    if out.is_dir() and any(out.iterdir()) and not (out / _FACTS).is_file():
        raise InputError(f"{out} holds other files; allowed: a new or an empty folder, or one that this command made")
    writable_folder(out)
    config = predictor.stacks
    progress = progress or Silent()
    recording = Recording(video, um_per_px=um_per_px, sparse=True)
    with progress.task("stacks", 1) as task:
        batch, record = recording.stacks(config), recording.stack_record(config)
        task.advance()
    problems = record.problems if config.um_per_px is None else (*recording.scale.problems, *record.problems)
    images = _images(predictor, batch, progress)
    shown = images[:, :SHOWN_CHANNELS]
    stretch = fit_stretch(shown)
    sd = temporal_sd(to_input(batch.pixels, predictor.input_type))
    files: list[Path] = []

    def keep(name: str, content: bytes) -> None:
        write_bytes(out / name, content)
        files.append(out / name)

    whites = []
    with progress.task("pictures", len(batch)) as task:
        for k in range(len(batch)):
            picture, white = sd_to_grey(sd[k])
            whites.append(white)
            keep(f"{k:03d}_feature.png", png(to_rgb(shown[k], stretch)))
            keep(f"{k:03d}_first_frame.png", png(batch.pixels[k, 0]))
            keep(f"{k:03d}_sd.png", png(picture))
            task.advance()
    keep("features.npz", _arrays(batch, images))
    keep("overview.gif", overview(batch, shown, stretch))
    write_json(
        out / _FACTS,
        {
            "video": recording.video.name,
            "method": predictor.origin.method,
            "model": model.digest,
            "scaling": f"each channel from its 1st to its 99th percentile over all {len(batch)} stacks: {stretch}",
            "feature_grey_0_at": stretch.low,
            "feature_grey_255_at": stretch.high,
            "sd_white_at_grey_0_1": whites,
            "frame_idx": batch.frame_idx.tolist(),
            "problems": list(problems),
        },
    )
    return [*files, out / _FACTS]


def _images(predictor: ImagePredictor, batch: StackBatch, progress: Progress) -> ChannelImages:
    made = []
    with progress.task("images", len(batch)) as task:
        for start in range(0, len(batch), IMAGES_AT_ONCE):
            made.append(predictor.make_images(batch[start : start + IMAGES_AT_ONCE]))
            task.advance(len(made[-1]))
    return np.concatenate(made)


def overview(batch: StackBatch, images: ChannelImages, stretch: Stretch) -> bytes:
    """Make an animated GIF of a few stacks: the frames, their standard deviation over time, the feature-image."""
    chosen = np.unique(np.linspace(0, len(batch) - 1, min(OVERVIEW_STACKS, len(batch))).round().astype(int))
    captions = tuple(f"frames {batch.frame_idx[k, 0]}-{batch.frame_idx[k, -1]}" for k in chosen)
    return animate(Overview(batch.pixels[chosen], images[chosen], captions), stretch)


def _arrays(batch: StackBatch, images: ChannelImages) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, images=images, frame_idx=batch.frame_idx)
    return buffer.getvalue()
