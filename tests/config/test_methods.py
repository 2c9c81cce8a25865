from typing import Any

import pytest
from pydantic import ValidationError

from motilens.config import (
    AutoencoderConfig,
    BagOfWordsConfig,
    ClassThresholds,
    InputType,
    MethodSettings,
    RegressorConfig,
    StackConfig,
    TrackPhysicsConfig,
)


def settings(**changes: Any) -> MethodSettings:  # noqa: ANN401 - a test's changes are any
    given = {"stacks": StackConfig(), "autoencoder": AutoencoderConfig(), "regressor": RegressorConfig()}
    return MethodSettings(preset="test", **{**given, **changes})


def test_a_crop_is_no_larger_than_the_stacks() -> None:
    small = StackConfig(size_px=32)
    with pytest.raises(ValidationError, match="crop_px is 64, larger than the stacks' size_px 32; allowed: at most 32"):
        settings(stacks=small)
    for crop_px in (32, None):
        assert settings(stacks=small, autoencoder=AutoencoderConfig(crop_px=crop_px)).autoencoder.crop_px == crop_px


def test_stacks_have_as_many_frames_as_the_input_needs() -> None:
    with pytest.raises(
        ValidationError, match="input_type is I4, but stacks of I3 have 9 frames; allowed: an input of no more"
    ):
        settings(stacks=StackConfig(input_type="I3"))
    assert settings(input_type="I3").stacks.input_type == "I4"


@pytest.mark.parametrize("input_type", ["I1", "I2"])
def test_without_motion_nothing_deviates(input_type: InputType) -> None:
    with pytest.raises(
        ValidationError,
        match=f"objective is 'deviation', but {input_type} has one moment and nothing deviates; "
        "allowed: 'reconstruction'",
    ):
        settings(input_type=input_type)
    assert settings(input_type=input_type, autoencoder=AutoencoderConfig(objective="reconstruction"))


@pytest.mark.parametrize("name", ["n_words", "n_assignments", "c"])
@pytest.mark.parametrize("values", [(), (0,), (10, -1)])
def test_there_is_something_above_0_to_choose_words_from(name: str, values: tuple[int, ...]) -> None:
    with pytest.raises(ValidationError, match=name):
        BagOfWordsConfig.model_validate({name: values})


def test_rapid_is_faster_than_any_progressive_to_choose_from() -> None:
    with pytest.raises(ValidationError, match=r"progressive from 25\.0, rapid from 25\.0 um/s; allowed: rapid above"):
        TrackPhysicsConfig(progressive_um_s=(5, 25))
    with pytest.raises(ValidationError, match="least_beats"):
        TrackPhysicsConfig(least_beats=())


def test_thresholds_of_one_choice() -> None:
    config = TrackPhysicsConfig(piece_s=0.5, rapid_um_s=30)
    assert config.thresholds(progressive_um_s=7.0, least_beat=1.4) == ClassThresholds(
        window_s=0.5, rapid_um_s=30, progressive_um_s=7, least_beat=1.4
    )


def test_whos_thresholds_are_among_those_to_choose_from() -> None:
    who, config = ClassThresholds(), TrackPhysicsConfig()
    assert (config.rapid_um_s, config.progressive_um_s[0]) == (who.rapid_um_s, who.progressive_um_s)
    assert who.least_beat in config.least_beats
