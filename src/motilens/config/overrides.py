"""Changes settings by name, ``part.name=value``, and validates them again."""

import json
from typing import Any

from motilens.config.base import validated
from motilens.config.methods import MethodSettings
from motilens.errors import ConfigError

ELSEWHERE = ("preset", "input_type", "seed")
"""Settings that cannot be overridden, as they follow from the requested preset, method and seed."""


def with_overrides(settings: MethodSettings, *overrides: str) -> MethodSettings:
    """Change some settings.

    Args:
        settings: the settings to change.
        overrides: ``part.name=value`` each, such as ``autoencoder.epochs=40`` or ``regressor.backbone=resnet50``.

    Raises:
        ConfigError: a setting does not exist or a value is not allowed; the message says what is allowed.
    """
    content = settings.model_dump()
    for override in overrides:
        name, equals, text = override.partition("=")
        *parts, last = name.split(".")
        place: Any = content
        for part in parts:
            place = place.get(part, {}) if isinstance(place, dict) else {}
        if (
            not equals
            or not isinstance(place, dict)
            or last not in place
            or isinstance(place[last], dict)
            or name in ELSEWHERE
        ):
            raise ConfigError(
                f"no setting {override!r}; allowed: NAME=VALUE with NAME one of {', '.join(_candidates(content, name))}"
            )
        place[last] = _value(text)
    crop_px, size_px = content["autoencoder"]["crop_px"], content["stacks"]["size_px"]
    if isinstance(crop_px, int) and isinstance(size_px, int) and "autoencoder.crop_px" not in str(overrides):
        content["autoencoder"]["crop_px"] = min(crop_px, size_px)
    return validated(MethodSettings, content)


def setting_names(content: dict[str, Any], prefix: str = "") -> list[str]:
    """Names of all settings that ``--set`` can change, from a dumped ``MethodSettings``."""
    names = []
    for name, value in content.items():
        if prefix + name in ELSEWHERE:
            continue
        names += setting_names(value, f"{prefix}{name}.") if isinstance(value, dict) else [prefix + name]
    return names


def _candidates(content: dict[str, Any], name: str) -> list[str]:
    """Names to offer for one that does not exist: those of its part if there is such a part, otherwise all."""
    names = setting_names(content)
    part, _, _ = name.partition(".")
    return [known for known in names if known.startswith(f"{part}.")] or names


def _value(text: str) -> object:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text
