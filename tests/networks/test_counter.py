from typing import Literal

import numpy as np
import pytest
import torch

from motilens.config import CounterConfig, InputType
from motilens.errors import InputError
from motilens.networks.counter import CONTRAST_GREY, DEFECTS, MAPS, MOTILITY, Counter, input_channels, prepared
from tests.networks.counters import averaging_counter, random_counter, small_config, small_counter

UNITS = 255 / CONTRAST_GREY


def test_a_stack_is_its_mean_frame_above_the_background_and_what_each_frame_deviates_from_it() -> None:
    first, second = [[0.2, 0.2, 0.6]], [[0.2, 0.4, 0.2]]  # the mean frame is 0.2, 0.3, 0.4, and its median 0.3
    found = prepared(torch.tensor([[first, second]])) / UNITS
    expected = torch.tensor([[[[-0.1, 0.0, 0.1]], [[0.0, -0.1, 0.2]], [[0.0, 0.1, -0.2]]]])
    torch.testing.assert_close(found, expected)


def test_forty_grey_levels_are_the_unit() -> None:
    frame = torch.full((1, 1, 3, 3), 60 / 255)
    frame[0, 0, 1, 1] = 100 / 255
    found = prepared(frame)
    assert found.shape == (1, 1, 3, 3)  # a single frame deviates from itself nowhere, so there is no such channel
    assert found[0, 0, 1, 1].item() == pytest.approx(1)
    assert found.abs().sum().item() == pytest.approx(1)


def test_each_stack_has_a_background_of_its_own_and_a_darker_stack_is_the_same_stack() -> None:
    stack = torch.rand(1, 18, 5, 5) / 2
    both = prepared(torch.cat([stack, stack + 0.4]))
    torch.testing.assert_close(both[1], both[0])


@pytest.mark.parametrize(("input_type", "channels"), [("I1", 1), ("I2", 1), ("I3", 10), ("I4", 19)])
def test_input_channels(input_type: InputType, channels: int) -> None:
    assert input_channels(CounterConfig(input_type=input_type)) == channels


@pytest.mark.parametrize("stride", [4, 8])
def test_maps_are_smaller_by_the_stride_and_never_negative(stride: Literal[4, 8]) -> None:
    counter = small_counter("I4", stride)
    x = torch.randn(2, 19, 48, 64)
    assert counter.encode(x).shape == (2, 3, 48, 64)
    maps = counter(x)
    assert maps.shape == (2, len(MAPS), 48 // stride, 64 // stride)
    assert maps.min() >= 0
    torch.testing.assert_close(counter.count(counter.encode(x)), maps)


def test_the_first_three_maps_are_classes_of_motility_and_the_others_defects() -> None:
    assert MAPS[MOTILITY] == ("progressive", "non-progressive", "immotile")
    assert MAPS[DEFECTS] == ("head defect", "midpiece defect", "tail defect")


def test_an_untrained_counter_begins_with_the_same_density_everywhere() -> None:
    maps = Counter(small_config()).eval()(torch.randn(1, 1, 32, 32))
    torch.testing.assert_close(maps, torch.full_like(maps, 0.02))


def seen_px(counter: Counter) -> int:
    """The greatest distance in pixels from which a pixel of the maps is affected, measured by gradients."""
    side, stride = 256, counter.config.stride
    x = torch.rand(1, 1, side, side, requires_grad=True)
    at = side // 2 // stride
    counter(x)[0, :, at, at].sum().backward()
    assert x.grad is not None
    rows = np.flatnonzero(x.grad[0, 0].abs().sum(dim=1).numpy())
    return max(at * stride - rows.min(), rows.max() - (at * stride + stride - 1))


@pytest.mark.parametrize("stride", [4, 8])
def test_the_reach_is_what_the_network_sees_rounded_up(stride: Literal[4, 8]) -> None:
    counter = averaging_counter(stride)
    reach_px = counter.reach_px
    assert reach_px is not None
    assert reach_px - 8 < seen_px(counter) <= reach_px
    assert reach_px % 8 == 0


@pytest.mark.parametrize(("backbone", "stride"), [("resnet18", 4), ("resnet18", 8), ("mobilenetv3_small_100", 4)])
def test_a_backbone_of_timm(backbone: str, stride: Literal[4, 8]) -> None:
    counter = random_counter(CounterConfig(input_type="I1", encoder_width=4, backbone=backbone, stride=stride))
    assert counter.reach_px is None
    x = torch.randn(2, 1, 32, 64)
    maps = counter(x)
    assert maps.shape == (2, 6, 32 // stride, 64 // stride)
    assert not torch.allclose(maps[0], maps[1])  # it sees its input


@pytest.mark.parametrize("backbone", ["resnet17", "vit_tiny_patch16_224"])
def test_a_backbone_that_gives_no_such_features_is_refused_in_one_line(backbone: str) -> None:
    with pytest.raises(InputError) as caught:
        Counter(CounterConfig(backbone=backbone))
    message = str(caught.value)
    assert message.startswith(f"backbone '{backbone}' gives no features at stride 4 (")
    assert message.endswith(
        "; allowed: small, or a timm model with such features, such as resnet18 or mobilenetv3_small_100"
    )
    assert "\n" not in message


def test_counters_with_other_weights_or_other_settings_have_other_digests() -> None:
    counter = small_counter()
    assert small_counter().digest == counter.digest
    assert small_counter(seed=1).digest != counter.digest
    other = small_counter(stride=8)
    other.load_state_dict(counter.state_dict())  # the stride is in no weight
    assert other.digest != counter.digest
