from typing import Literal

import numpy as np
import pytest
import torch

from motilens.config import FRAMES, CounterConfig, InputType
from motilens.errors import InputError
from motilens.networks.counter import (
    CHANGE_GREY,
    CONTRAST_GREY,
    DEFECTS,
    MAPS,
    MOTILITY,
    Counter,
    input_channels,
    prepared,
)
from tests.networks.counters import averaging_counter, random_counter, small_config, small_counter

GREY = 1 / 255


def compressed(grey: float, unit: float) -> float:
    """Linear at first, then logarithmic."""
    return float(np.sign(grey) * np.log(1 + abs(grey) / unit))


def test_a_stack_is_its_mean_frame_above_the_background_and_what_each_frame_deviates_from_it() -> None:
    first, second = [[50, 50, 150]], [[50, 100, 50]]  # the mean frame is 50, 75, 100, and its median 75
    found = prepared(torch.tensor([[first, second]]) * GREY)
    above, deviations = [-25, 0, 25], [[0, -25, 50], [0, 25, -50]]
    assert found.shape == (1, 5, 1, 3)
    assert found[0, 0, 0].tolist() == pytest.approx([compressed(grey, CONTRAST_GREY) for grey in above], abs=1e-5)
    for channel, frame in enumerate(deviations, start=1):
        expected = [compressed(grey, CHANGE_GREY) for grey in frame]
        assert found[0, channel, 0].tolist() == pytest.approx(expected, abs=1e-5)


def test_the_last_channels_are_how_much_a_pixel_varies_and_how_fast() -> None:
    slow, fast, still = [10, 10, 30, 30], [10, 30, 10, 30], [20, 20, 20, 20]
    stack = torch.tensor([slow, fast, still], dtype=torch.float32).T.reshape(1, 4, 1, 3) * GREY
    *_, varies, changes = prepared(stack)[0, :, 0]
    assert varies.tolist() == pytest.approx([compressed(10, CHANGE_GREY)] * 2 + [0], abs=2e-3)
    expected = [compressed(rms, CHANGE_GREY) for rms in (20 / np.sqrt(3), 20)]
    assert changes.tolist() == pytest.approx([*expected, 0], abs=2e-3)


def test_faint_contrasts_keep_their_size_and_strong_ones_are_compressed() -> None:
    frame = torch.full((1, 1, 3, 3), 60 * GREY)
    frame[0, 0, 1, 1], frame[0, 0, 2, 2] = 62 * GREY, 20 * GREY
    found = prepared(frame)
    assert found.shape == (1, 1, 3, 3)  # a single frame deviates from itself nowhere, so there is no such channel
    assert found[0, 0, 1, 1].item() == pytest.approx(2 / CONTRAST_GREY, rel=0.06)
    assert found[0, 0, 2, 2].item() == pytest.approx(-np.log(1 + 40 / CONTRAST_GREY))
    assert (found != 0).sum().item() == 2


def test_a_still_stack_can_be_learned_from() -> None:
    x = torch.full((1, 18, 4, 4), 0.3, requires_grad=True)
    prepared(x).sum().backward()
    assert x.grad is not None and torch.isfinite(x.grad).all()


def test_each_stack_has_a_background_of_its_own_and_a_darker_stack_is_the_same_stack() -> None:
    stack = torch.rand(1, 18, 5, 5) / 2
    both = prepared(torch.cat([stack, stack + 0.4]))
    torch.testing.assert_close(both[1], both[0], atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("input_type", ["I1", "I2", "I3", "I4"])
def test_as_many_channels_as_the_network_takes(input_type: InputType) -> None:
    stack = torch.rand(1, FRAMES[input_type], 4, 4)
    assert prepared(stack).shape[1] == input_channels(CounterConfig(input_type=input_type))


@pytest.mark.parametrize("stride", [4, 8])
def test_maps_are_smaller_by_the_stride_and_never_negative(stride: Literal[4, 8]) -> None:
    counter = small_counter("I4", stride)
    x = torch.randn(2, 21, 48, 64)
    assert counter.encode(x).shape == (2, 3, 48, 64)
    maps = counter(x)
    assert maps.shape == (2, len(MAPS), 48 // stride, 64 // stride)
    assert maps.min() >= 0
    torch.testing.assert_close(counter.count(counter.encode(x)), maps)


def test_the_first_three_maps_are_classes_of_motility_and_the_others_defects() -> None:
    assert MAPS[MOTILITY] == ("progressive", "non-progressive", "immotile")
    assert MAPS[DEFECTS] == ("head defect", "midpiece defect", "tail defect")


def test_an_untrained_counter_begins_with_the_same_density_everywhere_and_knows_no_class() -> None:
    maps = Counter(small_config()).eval()(torch.randn(1, 1, 32, 32))
    expected = torch.tensor([0.02, 0.02, 0.02, 0.03, 0.03, 0.03])[None, :, None, None].expand_as(maps)
    torch.testing.assert_close(maps, expected)


def test_no_pixel_has_more_cells_with_a_defect_than_cells() -> None:
    maps = small_counter("I1")(torch.randn(2, 1, 48, 64))
    assert (maps[:, DEFECTS] <= maps[:, MOTILITY].sum(dim=1, keepdim=True)).all()


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
