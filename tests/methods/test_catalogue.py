import re

import pytest

from motilens.config import AUTOENCODER_NAMES, INPUT_TYPES, preset, with_overrides
from motilens.errors import ConfigError, InputError
from motilens.methods.baselines import BASELINES
from motilens.methods.catalogue import GROUPS, METHODS, find_methods, settings_of
from motilens.methods.counting import COUNTING_METHODS
from motilens.methods.feature_images import FEATURE_IMAGE_METHODS
from motilens.methods.image_cnn import IMAGE_METHODS

CHEAP = ["mean", "median", "count", "count-lab", "count-I1", "count-I4", "tracks-bow", "tracks-physics"]


def test_every_method_has_a_name_of_its_own_and_a_description() -> None:
    several = [*BASELINES, *FEATURE_IMAGE_METHODS, *IMAGE_METHODS, *COUNTING_METHODS]
    others = [method.name for method in METHODS.values() if method not in several]
    assert others == ["tracks-bow", "tracks-physics", "cnn3d"]
    assert len(METHODS) == len(several) + len(others)
    assert all(name == method.name and method.description for name, method in METHODS.items())
    # A name is a part of file names, and of a list with commas on the command line.
    assert all(re.fullmatch(r"[A-Za-z0-9-]+", name) for name in METHODS)
    assert not set(METHODS) & set(GROUPS)


def test_an_autoencoder_has_a_method_for_every_input() -> None:
    assert [(method.autoencoder, method.input_type) for method in FEATURE_IMAGE_METHODS] == [
        (autoencoder, input_type) for autoencoder in AUTOENCODER_NAMES for input_type in INPUT_TYPES
    ]
    assert all(METHODS[name].autoencoder is None for name in (*CHEAP, "moments", "cnn3d"))
    assert {name for name, method in METHODS.items() if method.makes_images} == {
        method.name for method in (*FEATURE_IMAGE_METHODS, *IMAGE_METHODS)
    }


def test_methods_come_in_the_order_of_tables_and_once() -> None:
    assert [method.name for method in find_methods(["moments", "mean", "moments"])] == ["mean", "moments"]


def test_groups_stand_for_several() -> None:
    assert [method.name for method in find_methods(["cheap"])] == CHEAP
    assert find_methods(["cheap", "costly"]) == find_methods(["all"]) == tuple(METHODS.values())
    assert [method.name for method in find_methods(["cnn3d", "cheap"])] == [*CHEAP, "cnn3d"]


def test_a_name_that_does_not_exist_is_told_with_all_that_do() -> None:
    with pytest.raises(InputError, match="no method 'I4', 'momments'; allowed: all, cheap, costly, mean, .*cnn3d"):
        find_methods(["mean", "I4", "momments"])
    with pytest.raises(InputError, match="no method asked for; allowed: all"):
        find_methods([])


def test_a_methods_settings_are_those_of_its_autoencoder_and_input() -> None:
    for name, method in METHODS.items():
        settings = settings_of(method, "benchmark", ["stacks.size_px=64"], seed=3)
        whole = preset("benchmark", method.input_type or "I4", autoencoder=method.autoencoder, seed=3)
        assert settings == with_overrides(whole, "stacks.size_px=64"), name
    assert settings_of(METHODS["paper-I1"], "demo").autoencoder.network == "paper"
    assert settings_of(METHODS["stable-I1"], "demo").autoencoder.objective == "reconstruction"
    with pytest.raises(ConfigError, match=r"no setting 'stacks\.size=64'; allowed: NAME=VALUE"):
        settings_of(METHODS["mean"], "benchmark", ["stacks.size=64"])
