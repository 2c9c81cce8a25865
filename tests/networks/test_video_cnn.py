import numpy as np
import pytest
import torch
from pydantic import ValidationError

from motilens.config import VideoCnnConfig
from motilens.networks.regressor import ChannelScaling
from motilens.networks.video_cnn import VideoCnn, predict_stacks, shrink

SCALING = ChannelScaling(mean=(80.0,), sd=(20.0,))
CONFIG = VideoCnnConfig(widths=(4, 4, 8, 8))


def stacks(n: int = 5, size: int = 32, frames: int = 18) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(0).integers(0, 256, (n, frames, size, size), dtype=np.uint8))


def test_it_is_as_large_as_its_docstring_says() -> None:
    network = VideoCnn("composition", VideoCnnConfig(), SCALING)
    assert sum(p.numel() for p in network.parameters()) == 181_459


def test_time_and_space_shrink_as_its_docstring_says() -> None:
    network = VideoCnn("composition", CONFIG, SCALING).eval()
    film, shapes = stacks(1, 64)[:, None].float(), []
    for layer in network.layers:
        film = layer(film)
        shapes.append(tuple(film.shape[2:]))
    assert shapes == [(18, 32, 32), (9, 16, 16), (9, 8, 8), (5, 8, 8)]


@pytest.mark.parametrize(("kind", "mean_pct"), [("composition", [50.0, 20.0, 30.0]), ("shares", [90.0, 5.0, 40.0])])
def test_it_starts_at_the_training_mean(kind: str, mean_pct: list[float]) -> None:
    network = VideoCnn(kind, CONFIG, SCALING)
    network.start_at(mean_pct)
    assert network(stacks()).detach().numpy() == pytest.approx(np.tile(mean_pct, (5, 1)), abs=1e-3)


def test_motility_sums_to_100_and_morphology_stays_within() -> None:
    for kind in ("composition", "shares"):
        answer = VideoCnn(kind, CONFIG, SCALING)(stacks()).detach().numpy()
        assert answer.shape == (5, 3)
        assert answer.min() > 0
        assert answer.max() < 100
        if kind == "composition":
            assert answer.sum(axis=1) == pytest.approx(100, abs=1e-3)  # float32


def test_bytes_and_floats_are_the_same_stacks() -> None:
    network = VideoCnn("composition", CONFIG, SCALING).eval()
    assert torch.equal(network(stacks()), network(stacks().float()))


def test_units_are_those_of_the_training_stacks() -> None:
    network = VideoCnn("composition", CONFIG, SCALING).eval()
    other = VideoCnn("composition", CONFIG, ChannelScaling(mean=(0.0,), sd=(1.0,))).eval()
    other.load_state_dict(network.state_dict())
    assert torch.allclose(network(stacks()), other((stacks().float() - 80) / 20))


def test_the_order_of_time_matters_to_it() -> None:
    network = VideoCnn("composition", CONFIG, SCALING).eval()
    assert not torch.allclose(network(stacks()), network(stacks()[:, torch.randperm(18)]))


def test_averaging_down_on_paper() -> None:
    quarter = np.array([[0, 4, 10, 10], [8, 4, 10, 10], [255, 255, 1, 1], [255, 255, 3, 3]], np.uint8)
    small = shrink(np.broadcast_to(quarter, (2, 3, 4, 4)).copy(), 2)
    assert small.dtype == np.uint8
    assert small.shape == (2, 3, 2, 2)
    assert (small == [[4, 10], [255, 2]]).all()


def test_small_stacks_stay_as_they_are() -> None:
    pixels = stacks(2, 32).numpy()
    assert shrink(pixels, 64) is pixels
    assert shrink(pixels[:0], 16).shape == (0, 18, 16, 16)


def test_predicting_leaves_batch_statistics_and_mode_alone() -> None:
    network = VideoCnn("composition", CONFIG, SCALING).train()
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    pixels = stacks(5, 32).numpy()
    together = predict_stacks(network, pixels)
    assert network.training
    for name, tensor in network.state_dict().items():
        assert torch.equal(tensor, before[name]), name
    assert together[3:4] == pytest.approx(predict_stacks(network, pixels[3:4]), abs=1e-3)  # alone or in company


def test_predicting_averages_down_to_the_size_of_training() -> None:
    network = VideoCnn("composition", CONFIG.model_copy(update={"size_px": 16}), SCALING)
    pixels = stacks(3, 32).numpy()
    assert (predict_stacks(network, pixels) == predict_stacks(network, shrink(pixels, 16))).all()
    assert predict_stacks(network, pixels[:0]).shape == (0, 3)


def test_settings_that_are_not_allowed() -> None:
    with pytest.raises(ValidationError, match="depth"):
        VideoCnnConfig.model_validate({"depth": 4})
    with pytest.raises(ValidationError, match="greater than or equal to 16"):
        VideoCnnConfig(size_px=8)
