"""A video's feature-images as files: pictures for the eye, arrays for other programs, an animated overview."""

import io
from pathlib import Path

import numpy as np

from motilens.features.encode import encode_stacks, temporal_spread
from motilens.features.pictures import Overview, Stretch, animate, fit_stretch, png, spread_to_grey, to_rgb
from motilens.features.values import FeatureBatch
from motilens.files import writable_folder, write_bytes, write_json
from motilens.models.bundle import Bundle
from motilens.progress import Progress
from motilens.stacks.extract import extract_stacks
from motilens.stacks.preprocess import to_input
from motilens.stacks.values import StackBatch

OVERVIEW_STACKS = 6
"""An overview animates at most so many stacks."""


def write_feature_files(
    video: Path,
    bundle: Bundle,
    out: Path,
    *,
    stacks: int | None = None,
    force_slow: bool = False,
    progress: Progress | None = None,
) -> list[Path]:
    """Write a video's feature-images.

    Args:
        video: a video of any codec.
        bundle: a trained model; one without a regressor will do.
        out: folder for ``NNN_feature.png``, ``NNN_first_frame.png``, ``NNN_spread.png`` a stack, ``features.npz``
            (images float32 (stack, 3, y, x) in the encoder's units, frame_idx), ``overview.gif`` and ``features.json``
            (the pictures' scaling, the frames each came from, problems).
        stacks: how many stacks instead of the number the model was trained with.
        force_slow: take a video with fewer frames a second than the model was trained on all the same.
        progress: where to show how far it is.

    Returns:
        The files written.

    Raises:
        VideoError: the video cannot be used.
        StorageError: the folder may not be written.
    """
    writable_folder(out)
    config = bundle.card.pipeline.stacks.model_copy(update={"force_slow": force_slow})
    if stacks is not None:
        config = config.model_copy(update={"stacks_per_video": stacks})
    batch, record = extract_stacks(video, config, progress=progress)
    features = encode_stacks(bundle.autoencoder, batch)
    stretch = fit_stretch(features.images)
    spread = temporal_spread(to_input(batch.pixels, bundle.autoencoder.input_type))
    files: list[Path] = []

    def keep(name: str, content: bytes) -> None:
        write_bytes(out / name, content)
        files.append(out / name)

    whites = []
    for k in range(len(features)):
        picture, white = spread_to_grey(spread[k])
        whites.append(white)
        keep(f"{k:03d}_feature.png", png(to_rgb(features.images[k], stretch)))
        keep(f"{k:03d}_first_frame.png", png(batch.pixels[k, 0]))
        keep(f"{k:03d}_spread.png", png(picture))
    keep("features.npz", _arrays(features))
    keep("overview.gif", overview(batch, features, stretch))
    write_json(
        out / "features.json",
        {
            "video": video.name,
            "model": bundle.name,
            "autoencoder_sha256": bundle.card.sha256.get("autoencoder.safetensors", ""),
            "scaling": f"each channel from its 1st to its 99th percentile over all {len(features)} stacks: {stretch}",
            "feature_grey_0_at": stretch.low,
            "feature_grey_255_at": stretch.high,
            "spread_white_at_grey_0_1": whites,
            "frame_idx": features.frame_idx.tolist(),
            "problems": list(record.problems),
        },
    )
    return [*files, out / "features.json"]


def overview(batch: StackBatch, features: FeatureBatch, stretch: Stretch) -> bytes:
    """An animated GIF of a few stacks, spread over the video: the frames, their temporal spread, the feature-image."""
    chosen = np.unique(np.linspace(0, len(batch) - 1, min(OVERVIEW_STACKS, len(batch))).round().astype(int))
    captions = tuple(f"frames {batch.frame_idx[k, 0]}-{batch.frame_idx[k, -1]}" for k in chosen)
    return animate(Overview(batch.pixels[chosen], features.images[chosen], captions), stretch)


def _arrays(features: FeatureBatch) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, images=features.images, frame_idx=features.frame_idx)
    return buffer.getvalue()
