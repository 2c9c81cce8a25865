import json
from pathlib import Path

import pytest
import safetensors.torch
import torch

from motilens.config import Pipeline, RegressorConfig, StackConfig, stable_autoencoder
from motilens.errors import BundleError, MissingError
from motilens.models.autoencoder import Autoencoder, PixelScaling
from motilens.models.bundle import BundleCard, load_bundle, save_bundle
from motilens.models.regressor import ChannelScaling, Regressor


@pytest.fixture
def networks() -> tuple[BundleCard, Autoencoder, Regressor]:
    pipeline = Pipeline(
        preset="test",
        stacks=StackConfig(input_type="I3", size_px=16, stacks_per_video=2),
        autoencoder=stable_autoencoder("I3", width=4, crop_px=None),
        regressor=RegressorConfig(backbone="resnet10t", weights="none"),
    )
    scaling = PixelScaling(mean=0.3, spread=0.1)
    card = BundleCard(
        pipeline=pipeline,
        target="motility",
        pixel_scaling=scaling,
        channel_scaling=ChannelScaling(mean=(1.0, 2.0, 3.0)),
        provenance={"data": "made here"},
    )
    return (
        card,
        Autoencoder("I3", pipeline.autoencoder, scaling),
        Regressor("motility", pipeline.regressor, ChannelScaling(mean=(1.0, 2.0, 3.0))),
    )


@pytest.fixture
def saved(networks: tuple[BundleCard, Autoencoder, Regressor], tmp_path: Path) -> Path:
    save_bundle(tmp_path / "model", *networks)
    return tmp_path / "model"


def test_round_trip(networks: tuple[BundleCard, Autoencoder, Regressor], saved: Path) -> None:
    _, autoencoder, regressor = networks
    bundle = load_bundle(saved)
    x = torch.rand(2, 9, 16, 16)
    assert torch.equal(bundle.autoencoder.encode(x), autoencoder.encode(x))
    assert bundle.regressor is not None
    images = torch.rand(2, 3, 32, 32)
    assert torch.equal(bundle.regressor(images), regressor.eval()(images))
    assert bundle.card.provenance == {"data": "made here"}
    assert not any(p.requires_grad for p in bundle.regressor.parameters())
    assert sorted(p.name for p in saved.parent.iterdir()) == ["model"]


def test_a_new_bundle_replaces_an_old_one(networks: tuple[BundleCard, Autoencoder, Regressor], saved: Path) -> None:
    card, autoencoder, regressor = networks
    save_bundle(saved, card.model_copy(update={"provenance": {"data": "newer"}}), autoencoder, regressor)
    assert load_bundle(saved).card.provenance == {"data": "newer"}


def test_nothing_else_is_overwritten(networks: tuple[BundleCard, Autoencoder, Regressor], tmp_path: Path) -> None:
    (tmp_path / "holiday.txt").write_text("photos")
    with pytest.raises(BundleError, match="is there and is no bundle; choose another --out, nothing was changed"):
        save_bundle(tmp_path, *networks)
    assert (tmp_path / "holiday.txt").read_text() == "photos"


def test_no_bundle(tmp_path: Path) -> None:
    with pytest.raises(
        MissingError, match=r"no model bundle at .*nowhere \(a folder with bundle.json\); make one with: motilens train"
    ):
        load_bundle(tmp_path / "nowhere")


def change_card(path: Path, **changes: object) -> None:
    content = json.loads((path / "bundle.json").read_text())
    (path / "bundle.json").write_text(json.dumps(content | changes))


def test_another_version(saved: Path) -> None:
    change_card(saved, bundle_version=99, motilens_version="9.9.0")
    with pytest.raises(
        BundleError, match=r"is of version 99, this motilens .* reads version 1; train it again.*\(9.9.0\)"
    ):
        load_bundle(saved)


def test_an_unknown_setting(saved: Path) -> None:
    change_card(saved, colour="blue")
    with pytest.raises(BundleError, match=r"bundle.json: colour: Extra inputs are not permitted"):
        load_bundle(saved)


def test_damaged_json(saved: Path) -> None:
    (saved / "bundle.json").write_text((saved / "bundle.json").read_text()[:50])
    with pytest.raises(BundleError, match="bundle.json is damaged"):
        load_bundle(saved)


def test_a_tensor_of_another_shape_is_named(saved: Path) -> None:
    state = safetensors.torch.load_file(saved / "autoencoder.safetensors")
    state["encoder.0.weight"] = torch.zeros(4, 18, 3, 3)
    safetensors.torch.save_file(state, saved / "autoencoder.safetensors")
    with pytest.raises(
        BundleError, match=r"tensor encoder.0.weight is torch.float32 \[4, 18, 3, 3\], the model needs .*\[4, 9, 3, 3\]"
    ):
        load_bundle(saved)


def test_a_corrupted_weight_file(saved: Path) -> None:
    content = (saved / "regressor.safetensors").read_bytes()
    (saved / "regressor.safetensors").write_bytes(content[: len(content) // 2])
    with pytest.raises(BundleError, match="regressor.safetensors is damaged"):
        load_bundle(saved)


def test_weights_of_another_bundle(saved: Path) -> None:
    state = safetensors.torch.load_file(saved / "autoencoder.safetensors")
    state["encoder.0.weight"] += 1
    safetensors.torch.save_file(state, saved / "autoencoder.safetensors")
    with pytest.raises(BundleError, match="is not the file that bundle.json was written for"):
        load_bundle(saved)


def test_a_missing_weight_file(saved: Path) -> None:
    (saved / "regressor.safetensors").unlink()
    with pytest.raises(BundleError, match="has no regressor.safetensors"):
        load_bundle(saved)
