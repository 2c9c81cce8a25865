"""Files of trained counters: safetensors with the settings in the header, so that loading runs no code.

The built-in counters are in the package's folder ``networks/builtin``: one for each target and input type.
"""

import json
from importlib.resources import files
from pathlib import Path

import safetensors
import safetensors.torch
from pydantic import ValidationError

from motilens.config import CounterConfig, InputType, Target
from motilens.errors import MissingError, WeightsError
from motilens.files import write_bytes
from motilens.networks.counter import Counter
from motilens.networks.freeze import freeze
from motilens.networks.weights import fit_state

BUILTIN = "builtin"
"""Name of the counters that come with the package."""

NO_WEIGHTS = "none"
"""Name of no counter: a network of random numbers, to be trained."""

COUNTER_VERSION = 2
"""Raised when older files no longer fit."""


def counter_file(weights: str, target: Target, input_type: InputType) -> Path:
    """Path of the file of a counter.

    Args:
        weights: ``builtin``, or a folder of counters.
        target: what it was trained for; determines the width of a pixel.
        input_type: the frames that it sees.
    """
    folder = Path(str(files("motilens.networks").joinpath(BUILTIN))) if weights == BUILTIN else Path(weights)
    return folder / f"{target}-{input_type}.safetensors"


def save_counter(folder: Path, target: Target, counter: Counter) -> Path:
    """Write a counter into a folder of counters, and return its path.

    Args:
        folder: the folder; created if it does not exist.
        target: what it was trained for.
        counter: the network.

    Raises:
        StorageError: the file cannot be written.
    """
    path = counter_file(str(folder), target, counter.config.input_type)
    header = {
        "counter_version": str(COUNTER_VERSION),
        "target": target,
        "config": json.dumps(counter.config.model_dump(mode="json")),
    }
    state = {name: tensor.detach().cpu().contiguous() for name, tensor in counter.state_dict().items()}
    write_bytes(path, safetensors.torch.save(state, header))
    return path


def load_counter(weights: str, target: Target, input_type: InputType) -> Counter:
    """Open a counter, frozen.

    Args:
        weights: ``builtin``, or a folder of counters.
        target: what it was trained for.
        input_type: the frames that it sees.

    Raises:
        MissingError: there is no such file.
        WeightsError: the file is damaged, of another version, or for another target or input type.
    """
    path = counter_file(weights, target, input_type)
    if not path.is_file():
        raise MissingError(
            f"no counter of {target} for {input_type} at {path}; allowed: builtin, or a folder that "
            "motilens train-counters has made"
        )
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            header = file.metadata() or {}
        if header.get("counter_version") != str(COUNTER_VERSION):
            raise WeightsError(
                f"{path} is a counter of version {header.get('counter_version')}, this motilens reads "
                f"{COUNTER_VERSION}; train it again"
            )
        counter = Counter(CounterConfig.model_validate_json(header["config"]))
        made_for = (header["target"], counter.config.input_type)
        if made_for != (target, input_type):
            raise WeightsError(
                f"{path} is a counter of {' for '.join(made_for)}, not of {target} for {input_type}; rename it, or "
                "train one with motilens train-counters"
            )
        state = safetensors.torch.load_file(path)
    except (safetensors.SafetensorError, ValidationError, KeyError, ValueError) as error:
        first = str(error).splitlines()[0]
        raise WeightsError(f"{path} is damaged ({first}); copy it again, or train it again") from error
    fit_state(counter, state, origin=str(path), error=WeightsError)
    freeze(counter)
    return counter
