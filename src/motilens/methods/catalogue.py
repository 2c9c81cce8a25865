"""All methods by name, in the order of tables."""

from collections.abc import Sequence

from motilens.errors import InputError
from motilens.methods.bag_of_words import BAG_OF_WORDS
from motilens.methods.baselines import BASELINE_METHODS
from motilens.methods.images import IMAGE_METHODS
from motilens.methods.learned import LEARNED_METHODS
from motilens.methods.physics import PHYSICS
from motilens.methods.values import Cost, Method
from motilens.methods.video_cnn import CNN3D

METHODS: dict[str, Method] = {
    method.name: method
    for method in (*BASELINE_METHODS, *LEARNED_METHODS, *IMAGE_METHODS, BAG_OF_WORDS, PHYSICS, CNN3D)
}
"""Methods by name."""


def find_methods(names: Sequence[str]) -> tuple[Method, ...]:
    """Methods in the order of the catalogue.

    Args:
        names: of methods; ``all``, ``cheap`` and ``costly`` stand for several.

    Raises:
        InputError: no such method, or none at all.
    """
    groups: dict[str, Cost | None] = {"all": None, "cheap": "cheap", "costly": "costly"}
    if strangers := [name for name in names if name not in METHODS and name not in groups]:
        raise InputError(f"no method {', '.join(map(repr, strangers))}; allowed: {', '.join([*groups, *METHODS])}")
    wanted = {
        method.name
        for method in METHODS.values()
        for name in names
        if name == method.name or (name in groups and groups[name] in (None, method.cost))
    }
    if not wanted:
        raise InputError(f"no method asked for; allowed: {', '.join([*groups, *METHODS])}")
    return tuple(method for name, method in METHODS.items() if name in wanted)
