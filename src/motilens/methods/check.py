"""Checks that methods can be trained with their settings on this machine, before anything long begins."""

from collections.abc import Sequence

from motilens.config import MethodSettings
from motilens.errors import InputError
from motilens.methods.method import Method
from motilens.networks.regressor import LEAST_BATCH, check_backbone
from motilens.networks.weights import load_weights
from motilens.training.runtime import Runtime


def check_trainable(methods: Sequence[tuple[Method, MethodSettings]], runtime: Runtime) -> None:
    """Check devices, batch sizes, backbones and weights; each backbone gets one small batch.

    Raises:
        InputError: the machine lacks a device or a precision, a batch is too small for the devices, or a backbone does
            not exist or cannot take the images.
        WeightsError: pre-trained weights cannot be loaded.
    """
    runtime.fabric()
    checked = set()
    for method, settings in methods:
        for part, batch_size in _batch_sizes(method, settings).items():
            if batch_size < LEAST_BATCH * runtime.devices:
                raise InputError(
                    f"{part}.batch_size is {batch_size} for {runtime.devices} devices; allowed: at least {LEAST_BATCH} "
                    "a device; use fewer --devices or a larger batch_size"
                )
        if method.image_channels is None:
            continue
        config, size_px = settings.regressor, settings.stacks.size_px
        key = (config.backbone, config.weights, size_px, method.image_channels)
        if key not in checked:
            backbone = check_backbone(config.backbone, size_px=size_px, channels=method.image_channels)
            load_weights(backbone, config, size_px=size_px)
            checked.add(key)


def _batch_sizes(method: Method, settings: MethodSettings) -> dict[str, int]:
    """Batch sizes of a method's networks, by the name of their settings; an autoencoder can train on single stacks."""
    if method.makes_images:
        return {"regressor": settings.regressor.batch_size}
    return {"video_cnn": settings.video_cnn.batch_size} if method.holds_out else {}
