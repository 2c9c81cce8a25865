"""All methods by name, in the order of tables."""

from collections.abc import Sequence

from motilens.errors import InputError
from motilens.methods.bag_of_words import BAG_OF_WORDS
from motilens.methods.baselines import BASELINE_METHODS
from motilens.methods.images import IMAGE_METHODS
from motilens.methods.learned import LEARNED_METHODS
from motilens.methods.names import GROUPS, METHOD_NAMES
from motilens.methods.physics import PHYSICS
from motilens.methods.values import Method
from motilens.methods.video_cnn import CNN3D

_ALL = (*BASELINE_METHODS, *LEARNED_METHODS, *IMAGE_METHODS, BAG_OF_WORDS, PHYSICS, CNN3D)

METHODS: dict[str, Method] = {name: next(m for m in _ALL if m.name == name) for name in METHOD_NAMES}
"""Methods by name."""


def find_methods(names: Sequence[str]) -> tuple[Method, ...]:
    """Methods in the order of the catalogue.

    Args:
        names: of methods; ``all``, ``cheap`` and ``costly`` stand for several.

    Raises:
        InputError: no such method, or none at all.
    """
    allowed = ", ".join([*GROUPS, *METHODS])
    if strangers := [name for name in names if name not in METHODS and name not in GROUPS]:
        raise InputError(f"no method {', '.join(map(repr, strangers))}; allowed: {allowed}")
    if not names:
        raise InputError(f"no method asked for; allowed: {allowed}")
    return tuple(m for m in METHODS.values() if {m.name, m.cost, "all"} & set(names))
