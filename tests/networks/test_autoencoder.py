import pytest
import torch
from torch import nn

from motilens.config import (
    CHANNELS,
    INPUT_TYPES,
    PUBLISHED_AUTOENCODER,
    AutoencoderConfig,
    InputType,
    autoencoder_config,
)
from motilens.networks.autoencoder import Autoencoder, PixelScaling, dead_channels, dead_share, deviation


def stable(input_type: InputType, width: int) -> AutoencoderConfig:
    return autoencoder_config("stable", input_type).model_copy(update={"width": width})


CONFIGS = {"paper": PUBLISHED_AUTOENCODER, "stable": stable("I1", 8)}


@pytest.mark.parametrize("input_type", INPUT_TYPES)
@pytest.mark.parametrize("kind", CONFIGS)
@pytest.mark.parametrize("size", [16, 24])
def test_feature_image_has_three_channels_at_the_input_size(input_type: InputType, kind: str, size: int) -> None:
    autoencoder = Autoencoder(input_type, CONFIGS[kind], PixelScaling())
    x = torch.rand(2, CHANNELS[input_type], size, size)
    assert autoencoder.encode(x).shape == (2, 3, size, size)
    assert autoencoder.reconstruct(x).shape == x.shape


@pytest.mark.parametrize(("padding", "has_frame"), [("reflect", False), ("zeros", True)])
def test_a_uniform_stack_has_a_uniform_feature_image(padding: str, has_frame: bool) -> None:
    config = AutoencoderConfig(padding=padding)  # pyright: ignore[reportArgumentType]
    autoencoder = Autoencoder("I4", config, PixelScaling(mean=0.3, sd=0.1))
    for parameter in autoencoder.parameters():
        parameter.data.abs_()  # so that no ReLU is zero everywhere, which would hide a frame
    with torch.no_grad():
        features = autoencoder.encode(torch.full((1, 18, 16, 16), 0.5))
    frame = (features - features[:, :, 8:9, 8:9]).abs().max() / features.abs().mean()
    assert (float(frame) > 0.5) is has_frame
    assert has_frame or float(frame) < 1e-4


def test_the_default_has_no_frame() -> None:
    assert autoencoder_config("stable", "I4").padding == autoencoder_config("stable", "I1").padding == "reflect"


def test_the_published_network_has_zeros_at_its_edges() -> None:
    autoencoder = Autoencoder("I4", PUBLISHED_AUTOENCODER, PixelScaling())
    assert [layer.padding for layer in autoencoder.modules() if isinstance(layer, nn.Conv2d)] == [(1, 1)] * 4


@pytest.mark.parametrize("padding", ["reflect", "zeros"])
@pytest.mark.parametrize("network", ["full-resolution", "paper"])
def test_edges_change_nothing_in_the_interior(network: str, padding: str) -> None:
    config = AutoencoderConfig(network=network, padding=padding)  # pyright: ignore[reportArgumentType]
    autoencoder = Autoencoder("I3", config, PixelScaling())
    x = torch.rand(2, 9, 32, 32)
    whole, part = autoencoder.encode(x), autoencoder.encode(x[:, :, 8:24, 8:24])
    assert torch.allclose(whole[:, :, 12:20, 12:20], part[:, :, 4:12, 4:12], atol=1e-6)


def test_weights_of_another_padding_do_not_load() -> None:
    mirrored = Autoencoder("I1", AutoencoderConfig(width=4), PixelScaling())
    zeros = Autoencoder("I1", AutoencoderConfig(width=4, padding="zeros"), PixelScaling())
    with pytest.raises(RuntimeError, match=r"Missing key\(s\) in state_dict: \"encoder\.1\.weight\""):
        mirrored.load_state_dict(zeros.state_dict())


def test_paper_has_the_published_layers() -> None:
    autoencoder = Autoencoder("I4", PUBLISHED_AUTOENCODER, PixelScaling())
    kinds = [type(layer).__name__ for layer in autoencoder.encoder.children()]
    assert kinds == [
        "Conv2d", "ReLU", "MaxPool2d", "Conv2d", "ReLU", "MaxPool2d",
        "ConvTranspose2d", "ReLU", "ConvTranspose2d", "ReLU",
    ]  # fmt: skip
    assert [type(layer).__name__ for layer in autoencoder.decoder.children()] == kinds
    shapes = [tuple(p.shape) for p in autoencoder.parameters() if p.ndim == 4]
    assert shapes == [
        (16, 18, 3, 3), (32, 16, 3, 3), (32, 16, 2, 2), (16, 3, 2, 2),
        (16, 3, 3, 3), (32, 16, 3, 3), (32, 16, 2, 2), (16, 18, 2, 2),
    ]  # fmt: skip


def test_deviation_of_a_still_stack_is_zero() -> None:
    still = torch.rand(1, 1, 8, 8).expand(1, 18, 8, 8)
    assert torch.allclose(deviation(still), torch.zeros(1), atol=1e-6)


def test_deviation_has_no_mean_over_frames() -> None:
    assert torch.allclose(deviation(torch.rand(2, 9, 4, 4)).mean(dim=1), torch.zeros(1), atol=1e-6)


def bias_of(layer: nn.Conv2d | nn.ConvTranspose2d) -> torch.Tensor:
    assert layer.bias is not None
    return layer.bias


def test_a_dead_output_channel_is_named() -> None:
    autoencoder = Autoencoder("I3", PUBLISHED_AUTOENCODER, PixelScaling())
    last = [layer for layer in autoencoder.decoder.modules() if isinstance(layer, nn.ConvTranspose2d)][-1]
    with torch.no_grad():
        last.weight.abs_()
        nn.init.constant_(bias_of(last), 1.0)
        last.weight[:, 4] = 0.0
        bias_of(last)[4] = -1.0
        for layer in [*autoencoder.encoder.modules(), *autoencoder.decoder.modules()][:-2]:
            if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d) and layer is not last:
                layer.weight.abs_()
                nn.init.constant_(bias_of(layer), 0.1)
    assert dead_channels(autoencoder, torch.rand(2, 9, 16, 16)) == ("output 4",)


def test_a_channel_that_is_dead_at_some_positions_is_named_with_their_number() -> None:
    autoencoder = Autoencoder("I3", stable("I3", 4), PixelScaling())

    class Chequers(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            out = torch.rand(x.shape[0], 9, *x.shape[2:])
            out[:, 5, ::2, ::2] = 0.0
            out[:, 5, 1::2, ::2] = 0.0
            return out

    autoencoder.decoder = Chequers()
    names = dead_channels(autoencoder, torch.rand(2, 9, 16, 16))
    assert names == ("output 5 (2 of 4 positions)",)
    assert dead_share(names, "I3") == pytest.approx(2 / 48)
    assert dead_share(("feature 0", "output 5 (2 of 4 positions)"), "I3") == pytest.approx(6 / 48)


def test_a_dead_feature_channel_is_named() -> None:
    autoencoder = Autoencoder("I4", stable("I4", 8), PixelScaling())
    last = list(autoencoder.encoder.children())[-1]
    assert isinstance(last, nn.Conv2d)
    with torch.no_grad():
        last.weight[1] = 0.0
    assert dead_channels(autoencoder, torch.rand(2, 18, 16, 16)) == ("feature 1",)


def test_scaling_maps_units_in_and_out() -> None:
    config = AutoencoderConfig(objective="reconstruction", width=4)
    plain = Autoencoder("I1", config, PixelScaling())
    scaled = Autoencoder("I1", config, PixelScaling(mean=0.5, sd=0.1, target_mean=0.5, target_sd=0.1))
    scaled.load_state_dict(plain.state_dict())
    x = torch.rand(1, 1, 8, 8)
    assert torch.allclose(scaled.encode(0.5 + 0.1 * x), plain.encode(x), atol=1e-5)
    assert torch.allclose(scaled.reconstruct(0.5 + 0.1 * x), 0.5 + 0.1 * plain.reconstruct(x), atol=1e-5)
    assert torch.allclose(scaled.target(0.5 + 0.1 * x), x, atol=1e-5)
