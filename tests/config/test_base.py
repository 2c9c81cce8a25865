import math

import pytest
from pydantic import ValidationError

from motilens.config import (
    CHANNELS,
    FRAMES,
    INPUT_TYPES,
    AutoencoderConfig,
    Settings,
    StackConfig,
    has_motion,
    preset,
    validated,
)
from motilens.errors import ConfigError


class Small(Settings):
    """Settings of a test."""

    name: str = "a"
    share: float = 0.5
    stacks: StackConfig = StackConfig()


def test_settings_are_frozen_and_know_their_fields() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Small().name = "b"  # pyright: ignore[reportAttributeAccessIssue]
    with pytest.raises(ValidationError, match="nmae\n  Extra inputs are not permitted"):
        Small.model_validate({"nmae": "b"})


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_number_is_finite(value: float) -> None:
    with pytest.raises(ValidationError, match="share\n  Input should be a finite number"):
        Small(share=value)


def test_a_copy_has_its_changes_and_leaves_the_original() -> None:
    original = preset("demo")
    copy = original.model_copy(update={"seed": 3, "stacks": original.stacks.model_copy(update={"size_px": 96})})
    assert (copy.seed, copy.stacks.size_px) == (3, 96)
    assert (original.seed, original.stacks.size_px) == (0, 64)
    assert copy.autoencoder == original.autoencoder
    assert original.model_copy() == original.model_copy(deep=True) == original.model_copy(update={}) == original


def test_a_copy_with_a_misspelt_setting_is_refused() -> None:
    with pytest.raises(ConfigError, match="settings that are not allowed: epoch got 3: Extra inputs are not permitted"):
        AutoencoderConfig().model_copy(update={"epoch": 3})


def test_a_copy_with_a_value_that_is_not_allowed_is_refused() -> None:
    with pytest.raises(ConfigError, match="epochs got 0: Input should be greater than or equal to 1"):
        AutoencoderConfig().model_copy(update={"epochs": 0})
    with pytest.raises(ConfigError, match="crop_px is 64, larger than the stacks' size_px 32; allowed: at most 32"):
        preset("benchmark").model_copy(update={"stacks": StackConfig(size_px=32)})


def test_all_that_is_wrong_is_told_in_one_line() -> None:
    with pytest.raises(ConfigError) as caught:
        validated(Small, {"share": "half", "stacks": {"size_px": 30}, "colour": "blue"})
    words = str(caught.value)
    for name in ("share got 'half': Input should be a valid number", "stacks.size_px got 30: ", "colour got 'blue': "):
        assert name in words
    assert "\n" not in words
    assert validated(Small, {"share": 0.25}) == Small(share=0.25)


def test_inputs_without_motion_show_one_moment() -> None:
    assert [name for name in INPUT_TYPES if not has_motion(name)] == ["I1", "I2"]
    # A stack's frames become channels; where there are more channels, frames are repeated.
    assert all(CHANNELS[name] % FRAMES[name] == 0 for name in INPUT_TYPES)
