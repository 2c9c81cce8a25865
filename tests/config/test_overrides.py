import pytest

from motilens.config import preset, setting_names, with_overrides
from motilens.errors import ConfigError

SETTINGS = preset("demo")


def test_settings_are_changed_by_name_and_the_rest_stays() -> None:
    changed = with_overrides(
        SETTINGS,
        "autoencoder.epochs=40",
        "regressor.backbone=resnet50",
        "regressor.weights=none",
        "autoencoder.steps_per_epoch=null",
        "bag_of_words.n_words=[10, 20]",
        "regressor.refit=false",
        "tracking.seconds=1.5",
        "inner_share=0.5",
    )
    assert changed.autoencoder == SETTINGS.autoencoder.model_copy(update={"epochs": 40, "steps_per_epoch": None})
    assert changed.regressor == SETTINGS.regressor.model_copy(
        update={"backbone": "resnet50", "weights": "none", "refit": False}
    )
    assert (changed.bag_of_words.n_words, changed.tracking.seconds) == ((10, 20), 1.5)
    assert (changed.inner_share, changed.stacks) == (0.5, SETTINGS.stacks)
    assert with_overrides(SETTINGS) == SETTINGS == preset("demo")


def test_the_last_of_two_wins() -> None:
    assert with_overrides(SETTINGS, "inner_share=0.1", "inner_share=0.2").inner_share == 0.2


@pytest.mark.parametrize(
    "override",
    [
        "epochs=3",
        "=3",
        "",
        "x.y.z=1",
        "seed=1",
        "preset=mine",
        "input_type=I1",
    ],
)
def test_an_unknown_name_is_told_with_all_that_there_are(override: str) -> None:
    with pytest.raises(ConfigError) as caught:
        with_overrides(SETTINGS, "inner_share=0.1", override)
    told, listed = str(caught.value).split("; allowed: NAME=VALUE with NAME one of ")
    assert told == f"no setting {override!r}"
    names = listed.split(", ")
    assert names == setting_names(SETTINGS.model_dump())
    assert {"inner_share", "stacks.size_px", "autoencoder.epochs", "tracking.detect.diameter_px"} <= set(names)
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    "override", ["autoencoder.epoch=3", "autoencoder.epochs", "autoencoder=3", "autoencoder.epochs.x=3"]
)
def test_an_unknown_name_in_a_part_is_told_with_those_of_the_part(override: str) -> None:
    with pytest.raises(ConfigError) as caught:
        with_overrides(SETTINGS, override)
    told, listed = str(caught.value).split("; allowed: NAME=VALUE with NAME one of ")
    assert told == f"no setting {override!r}"
    names = listed.split(", ")
    assert names == [name for name in setting_names(SETTINGS.model_dump()) if name.startswith("autoencoder.")]
    assert {"autoencoder.epochs", "autoencoder.width"} <= set(names)


def test_every_name_that_is_listed_can_be_set() -> None:
    for name in setting_names(SETTINGS.model_dump()):
        with pytest.raises(ConfigError, match="settings that are not allowed: "):
            with_overrides(SETTINGS, f'{name}={{"no": "value"}}')


def test_all_values_that_are_not_allowed_are_told_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        with_overrides(SETTINGS, "autoencoder.epochs=0", "regressor.head=round", "stacks.size_px=ten")
    assert str(caught.value).startswith("settings that are not allowed: stacks.size_px got 'ten': ")
    for words in ("autoencoder.epochs got 0: ", "regressor.head got 'round': Input should be 'bounded' or 'linear'"):
        assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_crop_follows_the_size_of_the_stacks() -> None:
    assert SETTINGS.autoencoder.crop_px == 48
    assert with_overrides(SETTINGS, "stacks.size_px=32").autoencoder.crop_px == 32
    assert with_overrides(SETTINGS, "stacks.size_px=128").autoencoder.crop_px == 48
    whole_frames = with_overrides(SETTINGS, "autoencoder.crop_px=null", "stacks.size_px=32")
    assert whole_frames.autoencoder.crop_px is None
    with pytest.raises(ConfigError, match="crop_px is 64, larger than the stacks' size_px 32; allowed: at most 32"):
        with_overrides(SETTINGS, "stacks.size_px=32", "autoencoder.crop_px=64")
