"""All methods by name, in the order of tables."""

from collections.abc import Sequence

from motilens.config import MethodSettings, PresetName, preset, with_overrides
from motilens.errors import InputError
from motilens.methods.bag_of_words import BAG_OF_WORDS
from motilens.methods.baselines import BASELINES
from motilens.methods.counting import COUNTING_METHODS
from motilens.methods.feature_images import FEATURE_IMAGE_METHODS
from motilens.methods.image_cnn import IMAGE_METHODS
from motilens.methods.method import Method
from motilens.methods.track_physics import TRACK_PHYSICS
from motilens.methods.video_cnn import VIDEO_CNN

METHODS: dict[str, Method] = {
    method.name: method
    for method in (
        *BASELINES,
        *FEATURE_IMAGE_METHODS,
        *IMAGE_METHODS,
        *COUNTING_METHODS,
        BAG_OF_WORDS,
        TRACK_PHYSICS,
        VIDEO_CNN,
    )
}
"""Methods by name."""

GROUPS: tuple[str, ...] = ("all", "cheap", "costly")
"""Names that stand for several methods."""


def find_methods(names: Sequence[str]) -> tuple[Method, ...]:
    """Find methods by name, in the order of the catalogue.

    Args:
        names: names of methods; ``all``, ``cheap`` and ``costly`` stand for several.

    Raises:
        InputError: a method does not exist, or no method is named.
    """
    allowed = ", ".join([*GROUPS, *METHODS])
    if strangers := [name for name in names if name not in METHODS and name not in GROUPS]:
        raise InputError(f"no method {', '.join(map(repr, strangers))}; allowed: {allowed}")
    if not names:
        raise InputError(f"no method asked for; allowed: {allowed}")
    return tuple(m for m in METHODS.values() if {m.name, m.cost, "all"} & set(names))


def find_method(name: str) -> Method:
    """Find one method by name.

    Raises:
        InputError: there is no method of that name; the name of a group of methods is none.
    """
    if name not in METHODS:
        raise InputError(f"no method {name!r}; allowed: {', '.join(METHODS)}")
    return METHODS[name]


def settings_of(
    method: Method, preset_name: PresetName, overrides: Sequence[str] = (), *, seed: int = 0
) -> MethodSettings:
    """Complete settings of a method: those of a preset for its autoencoder and input, with overrides.

    Raises:
        ConfigError: a preset or setting does not exist, or a value is not allowed.
    """
    settings = preset(preset_name, method.input_type or "I4", autoencoder=method.autoencoder, seed=seed)
    return with_overrides(settings, *overrides)
