from pathlib import Path

import pytest
import safetensors.torch
import timm

from motilens.config import MethodSettings, preset, with_overrides
from motilens.errors import ConfigError, InputError, WeightsError
from motilens.methods.catalogue import METHODS
from motilens.methods.check import check_trainable
from motilens.training.runtime import Runtime

CPU = Runtime("cpu")


def settings(backbone: str = "test_efficientnet", size_px: int = 32, *others: str) -> MethodSettings:
    given = (f"regressor.backbone={backbone}", f"stacks.size_px={size_px}", "regressor.weights=none")
    return with_overrides(preset("demo"), *given, *others)


def check(*given: object, method: str = "raw", runtime: Runtime = CPU) -> None:
    check_trainable([(METHODS[method], settings(*given))], runtime)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("backbone", ["test_efficientnet", "test_vit", "swin_tiny_patch4_window7_224", "pit_ti_224"])
@pytest.mark.parametrize("method", ["raw", "flow"])
def test_a_backbone_that_fits(backbone: str, method: str) -> None:
    check(backbone, 32, method=method)


@pytest.mark.parametrize(
    ("backbone", "size_px", "told"),
    [
        # Its convolutions without padding and its poolings leave a map smaller than the last kernel.
        ("inception_v3", 32, r"inception_v3 cannot take images of 3 channels and 32 x 32 pixels: .*Kernel size"),
        # It has a branch for patches of 12 pixels, of which 32 is no multiple.
        ("crossvit_9_240", 32, r"crossvit_9_240 cannot take .* 32 x 32 pixels: .*choose another --size \(it was made "
         r"for 240\), or another --backbone, such as resnet34"),
        ("resnet35", 32, r"no backbone 'resnet35' in timm .*; allowed: any name .*, such as .*resnet34"),
        ("tf_eficientnet_lite0", 32, "such as tf_efficientnet_lite0"),
        ("resnet34.tv_in2k", 32, r"no backbone 'resnet34.tv_in2k' in timm .*, such as .*resnet34.tv_in1k"),
        ("hf-hub:someone/model", 32, "no backbone 'hf-hub:someone/model'"),
    ],
)  # fmt: skip
def test_a_backbone_that_cannot_work(backbone: str, size_px: int, told: str) -> None:
    with pytest.raises(InputError, match=told) as caught:
        check(backbone, size_px)
    assert "\n" not in str(caught.value)


def test_a_backbone_without_a_classifier(monkeypatch: pytest.MonkeyPatch) -> None:
    made = timm.create_model("test_efficientnet", num_classes=0)
    monkeypatch.setattr("motilens.networks.regressor.make_backbone", lambda *given, **named: made)
    with pytest.raises(InputError, match="test_efficientnet has no classifier that can be replaced by three outputs"):
        check("test_efficientnet")


def test_weights_of_another_network_or_none(tmp_path: Path) -> None:
    other = tmp_path / "other.safetensors"
    safetensors.torch.save_file(timm.create_model("test_resnet").state_dict(), other)
    for weights, told in (
        (other, "file other.safetensors: tensor .* is missing"),
        ("lost.pth", "no weight file lost.pth"),
    ):
        with pytest.raises(WeightsError, match=told):
            check("test_efficientnet", 32, f"regressor.weights={weights}")
    check("test_efficientnet", 32, "regressor.weights=lost.pth", method="mean")  # which has no network


def test_a_fixed_size_is_that_of_the_stacks_with_weights_of_it(tmp_path: Path) -> None:
    weights = tmp_path / "weights.safetensors"
    safetensors.torch.save_file(timm.create_model("test_vit", img_size=64).state_dict(), weights)
    check("test_vit", 64, f"regressor.weights={weights}")
    with pytest.raises(WeightsError, match="tensor pos_embed is"):
        check("test_vit", 32, f"regressor.weights={weights}")


@pytest.mark.parametrize(
    ("override", "told"),
    [
        ("regressor.batch_size=1", "regressor.batch_size got 1: Input should be greater than or equal to 2"),
        ("stacks.size_px=66", "stacks.size_px got 66: Input should be a multiple of 4"),
    ],
)
def test_settings_that_are_refused_as_such(override: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        check("test_efficientnet", 32, override)


@pytest.mark.parametrize(("method", "part"), [("raw", "regressor"), ("cnn3d", "video_cnn")])
def test_batches_too_small_for_the_devices(method: str, part: str) -> None:
    with pytest.raises(
        InputError,
        match=rf"{part}.batch_size is 3 for 2 devices; allowed: at least 2 a device; use fewer --devices or a larger",
    ):
        check("test_efficientnet", 32, f"{part}.batch_size=3", method=method, runtime=Runtime("cpu", devices=2))


def test_devices_that_are_not_there() -> None:
    with pytest.raises(InputError, match="cannot train with accelerator 'tpu', devices 1"):
        check(method="mean", runtime=Runtime("tpu"))
