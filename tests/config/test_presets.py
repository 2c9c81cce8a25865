import itertools
from typing import Any

import pytest

from motilens.config import (
    AUTOENCODER_NAMES,
    INPUT_TYPES,
    PRESETS,
    AutoencoderName,
    InputType,
    MethodSettings,
    PresetName,
    has_motion,
    preset,
    preset_file,
)
from motilens.errors import ConfigError

EVERY = list(itertools.product(PRESETS, INPUT_TYPES, [None, *AUTOENCODER_NAMES]))


@pytest.mark.parametrize(("name", "input_type", "autoencoder"), EVERY)
def test_every_preset_fits_every_input_and_autoencoder(
    name: PresetName, input_type: InputType, autoencoder: AutoencoderName | None
) -> None:
    settings = preset(name, input_type, autoencoder=autoencoder, seed=7)
    assert (settings.preset, settings.input_type, settings.seed) == (name, input_type, 7)
    assert MethodSettings.model_validate_json(settings.model_dump_json()) == settings
    # All inputs see the same stacks, so that one cut serves them all.
    assert settings.stacks == preset(name).stacks
    assert settings.regressor == preset(name).regressor
    network = {"paper": "paper", "stable": "full-resolution"}[autoencoder or preset_file(name)["autoencoder"]]
    assert settings.autoencoder.network == network
    moves = network == "full-resolution" and has_motion(input_type)
    assert settings.autoencoder.objective == ("deviation" if moves else "reconstruction")


@pytest.mark.parametrize("name", PRESETS)
def test_everything_in_a_presets_file_arrives_in_its_settings(name: PresetName) -> None:
    content = dict(preset_file(name))
    assert content.pop("purpose")
    assert content.pop("autoencoder") in AUTOENCODER_NAMES
    settings = preset(name).model_dump(mode="json")
    for part in ("stacks", "regressor"):
        assert_holds(settings[part], content.pop(part))
    with_motion, without_motion = content.pop("autoencoders"), content.pop("autoencoders_without_motion")
    assert content == {}
    assert set(without_motion) <= set(with_motion) == set(AUTOENCODER_NAMES)
    for autoencoder in AUTOENCODER_NAMES:
        still = without_motion.get(autoencoder, {})
        for input_type in INPUT_TYPES:
            expected = with_motion[autoencoder] if has_motion(input_type) else {**with_motion[autoencoder], **still}
            found = preset(name, input_type, autoencoder=autoencoder).autoencoder
            assert_holds(found.model_dump(mode="json"), expected)


def assert_holds(settings: dict[str, Any], expected: dict[str, Any]) -> None:
    assert {key: settings[key] for key in expected} == expected


def test_the_published_settings_are_those_of_the_paper() -> None:
    settings = preset("paper")
    assert (settings.stacks.stacks_per_video, settings.stacks.size_px) == (250, 256)
    step1, step2 = settings.autoencoder, settings.regressor
    assert (step1.epochs, step1.learning_rate, step1.weight_decay, step1.batch_size) == (2000, 4e-4, 1e-5, 32)
    assert (step1.network, step1.crop_px, step1.standardise, step1.loss) == ("paper", None, False, "mse")
    assert (step2.backbone, step2.head, step2.epochs) == ("resnet34.tv_in1k", "linear", 200)


def test_an_unknown_preset_is_told_with_all_that_there_are() -> None:
    with pytest.raises(ConfigError, match="no preset 'fast'; allowed: demo, cpu, benchmark, paper"):
        preset_file("fast")
