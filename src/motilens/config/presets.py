"""Complete settings by name, from the data files in ``presets/``."""

import functools
import json
from importlib.resources import files
from typing import Any, Literal, get_args

from motilens.config.base import AutoencoderName, InputType, has_motion, validated
from motilens.config.methods import MethodSettings
from motilens.config.networks import AutoencoderConfig, RegressorConfig, autoencoder_config
from motilens.config.stacks import StackConfig
from motilens.errors import ConfigError

PresetName = Literal["demo", "cpu", "benchmark", "paper"]
"""Names of the presets; ``paper`` needs a GPU."""

PRESETS: tuple[PresetName, ...] = get_args(PresetName)


@functools.cache
def preset_file(name: str) -> dict[str, Any]:
    """The content of a preset's data file: what it is for, and where it differs from the defaults.

    Raises:
        ConfigError: there is no preset of that name.
    """
    if name not in PRESETS:
        raise ConfigError(f"no preset {name!r}; allowed: {', '.join(PRESETS)}")
    text = files("motilens.config").joinpath("presets").joinpath(f"{name}.json").read_text(encoding="utf-8")
    content: dict[str, Any] = json.loads(text)
    return content


def preset(
    name: PresetName, input_type: InputType = "I4", *, autoencoder: AutoencoderName | None = None, seed: int = 0
) -> MethodSettings:
    """Complete settings by name.

    Args:
        name: ``demo``, ``cpu``, ``benchmark`` or ``paper``; the README's table says what each is for.
        input_type: which frames of each stack a network sees: I1, I2, I3 or I4.
        autoencoder: name of the autoencoder; None for the preset's own.
        seed: seed of everything random in the training.

    Raises:
        ConfigError: there is no preset of that name.
    """
    content = preset_file(name)
    autoencoder = autoencoder or content["autoencoder"]
    assert autoencoder is not None, "every preset names one"
    own = content["autoencoders"][autoencoder]
    changes = own if has_motion(input_type) else {**own, **content["autoencoders_without_motion"].get(autoencoder, {})}
    defaults = autoencoder_config(autoencoder, input_type).model_dump()
    return MethodSettings(
        preset=name,
        input_type=input_type,
        stacks=validated(StackConfig, content["stacks"]),
        autoencoder=validated(AutoencoderConfig, {**defaults, **changes}),
        regressor=validated(RegressorConfig, content["regressor"]),
        seed=seed,
    )
