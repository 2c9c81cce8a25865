import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from motilens.config import RegressorConfig, Target
from motilens.errors import InputError
from motilens.networks.freeze import freeze
from motilens.networks.regressor import HEADS, ChannelScaling, Regressor, predict_images, start_bias

SMALL = RegressorConfig(backbone="resnet10t", weights="none")


@given(st.lists(st.floats(-30, 30), min_size=3, max_size=3))
def test_motility_sums_to_100_whatever_the_network_says(z: list[float]) -> None:
    answer = HEADS["composition"](torch.tensor([z]))
    assert float(answer.sum()) == pytest.approx(100, abs=1e-3)
    assert bool((answer >= 0).all())


@given(st.lists(st.floats(-1e4, 1e4), min_size=3, max_size=3))
def test_morphology_stays_within_0_and_100(z: list[float]) -> None:
    answer = HEADS["shares"](torch.tensor([z]))
    assert bool(((answer >= 0) & (answer <= 100)).all())


@pytest.mark.parametrize(
    ("target", "mean"),
    [("motility", (42.0, 28.0, 30.0)), ("morphology", (96.0, 24.0, 15.0)), ("motility", (100.0, 0.0, 0.0))],
)
def test_an_untrained_head_answers_the_training_mean(target: Target, mean: tuple[float, float, float]) -> None:
    regressor = Regressor(target, SMALL, ChannelScaling(), size_px=32)
    regressor.start_at(mean)
    answer = regressor.eval()(torch.randn(2, 3, 32, 32))
    assert torch.allclose(answer, torch.tensor(mean).expand(2, 3), atol=1.1)
    if 0.0 not in mean:
        assert torch.allclose(answer, torch.tensor(mean).expand(2, 3), atol=1e-3)


def test_the_papers_linear_head_is_unbounded() -> None:
    regressor = Regressor("motility", SMALL.model_copy(update={"head": "linear"}), ChannelScaling(), size_px=32)
    assert regressor.kind == "linear"
    assert start_bias("linear", (1.0, 2.0, 3.0)) == [1.0, 2.0, 3.0]


def test_scaling_is_part_of_the_network() -> None:
    plain = Regressor("motility", SMALL, ChannelScaling(), size_px=32).eval()
    scaled = Regressor("motility", SMALL, ChannelScaling(mean=(1.0, 2.0, 3.0), sd=(2.0, 2.0, 2.0)), size_px=32).eval()
    scaled.load_state_dict(plain.state_dict())
    x = torch.randn(1, 3, 32, 32)
    shifted = x * 2 + torch.tensor([1.0, 2.0, 3.0]).view(1, 3, 1, 1)
    assert torch.allclose(scaled(shifted), plain(x), atol=1e-3)


def test_an_unknown_backbone_is_refused_with_near_names() -> None:
    with pytest.raises(InputError, match=r"no backbone 'resnet35'.*allowed: any name of timm.list_models\(\), such as"):
        Regressor("motility", RegressorConfig(backbone="resnet35"), ChannelScaling(), size_px=32)


def test_frozen_means_no_gradients_and_still_statistics() -> None:
    regressor = Regressor("motility", SMALL, ChannelScaling(), size_px=32)
    freeze(regressor)
    before = {name: value.clone() for name, value in regressor.state_dict().items()}
    torch.nn.Sequential(regressor).train()
    out = regressor(torch.randn(8, 3, 32, 32))
    assert not out.requires_grad
    assert all(torch.equal(value, before[name]) for name, value in regressor.state_dict().items())


def test_predicting_leaves_batch_statistics_and_mode_alone() -> None:
    regressor = Regressor("motility", SMALL, ChannelScaling(), size_px=32).train()
    before = {name: value.clone() for name, value in regressor.state_dict().items()}
    images = np.random.default_rng(0).normal(size=(4, 3, 32, 32)).astype(np.float32)
    predicted = predict_images(regressor, [images[:3], images[3:]])
    assert regressor.training
    assert all(torch.equal(value, before[name]) for name, value in regressor.state_dict().items())
    assert predicted == pytest.approx(predict_images(regressor, [images]), abs=1e-3)
    assert predict_images(regressor, []).shape == (0, 3)


def test_units_of_unequal_length_are_refused() -> None:
    with pytest.raises(ValueError, match="means of 2 channels, standard deviations of 1; allowed: as many of both"):
        ChannelScaling(mean=(0.0, 0.0), sd=(1.0,))
