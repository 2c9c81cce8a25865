"""Reads the parts of a saved predictor; errors name the part that does not fit."""

from collections.abc import Mapping
from typing import TypeVar

import numpy as np
import torch
from pydantic import ValidationError
from torch import nn

from motilens.config import Settings, Target
from motilens.errors import BundleError, MismatchError
from motilens.networks.freeze import freeze
from motilens.networks.weights import fit_state
from motilens.predictors.origin import Origin
from motilens.predictors.predictor import Arrays, Parts

_Settings = TypeVar("_Settings", bound=Settings)


def target_of(origin: Origin) -> Target:
    """The target of a predictor.

    Raises:
        MismatchError: the predictor makes feature-images only.
    """
    if origin.target is None:
        raise MismatchError("this model makes feature-images only; train one with --target motility or morphology")
    return origin.target


def array_of(parts: Parts, file: str, name: str, shape: tuple[int | None, ...]) -> np.ndarray:
    """Return an array of a saved predictor, float64.

    Args:
        parts: parts of the predictor.
        file: name of the file without its ending.
        name: name of the array.
        shape: expected size of each axis; None for any size.

    Raises:
        BundleError: the array is missing or has another shape.
    """
    arrays = parts.arrays.get(file, {})
    if name not in arrays:
        raise BundleError(f"{file}.safetensors has no array {name!r}; copy the model again or train it again")
    found = np.asarray(arrays[name], np.float64)
    if len(found.shape) != len(shape) or any(w not in (None, n) for n, w in zip(found.shape, shape, strict=True)):
        wanted = tuple("any" if size is None else size for size in shape)
        raise BundleError(
            f"{file}.safetensors: array {name!r} has shape {found.shape}; allowed: {wanted}; copy the model again or "
            "train it again"
        )
    return found


def field_of(parts: Parts, name: str) -> object:
    """Return a JSON value of a saved predictor. Raises BundleError if it is missing."""
    if name not in parts.fields:
        raise BundleError(f"bundle.json has no field {name!r}; copy the model again or train it again")
    return parts.fields[name]


def settings_of(parts: Parts, name: str, kind: type[_Settings]) -> _Settings:
    """Return settings from the fields of a saved predictor. Raises BundleError if they are missing or invalid."""
    try:
        return kind.model_validate(field_of(parts, name))
    except ValidationError as error:
        raise BundleError(f"bundle.json: {first_fault(error, name)}; copy the model again or train it again") from error


def first_fault(error: ValidationError, *place: str) -> str:
    """Describe the first error in a JSON value: where it is, and what is wrong.

    Args:
        error: error raised when the value was validated.
        place: names of the fields that lead to the value.
    """
    first = error.errors()[0]
    return f"{'.'.join([*place, *map(str, first['loc'])])}: {first['msg']}"


def state_arrays(network: nn.Module) -> Arrays:
    """A network's weights as arrays."""
    return {name: tensor.detach().cpu().contiguous().numpy() for name, tensor in network.state_dict().items()}


def load_state(network: nn.Module, parts: Parts, file: str) -> None:
    """Give a network its saved weights and freeze it.

    Raises:
        BundleError: a tensor is missing, unknown, or of another shape or dtype; the message names it.
    """
    if file not in parts.arrays:
        raise BundleError(f"the model has no {file}.safetensors; copy the model again or train it again")
    arrays: Mapping[str, np.ndarray] = parts.arrays[file]
    state = {name: torch.from_numpy(np.array(array)) for name, array in arrays.items()}
    fit_state(network, state, origin=f"{file}.safetensors", error=BundleError)
    freeze(network)
