"""The realism benchmark's discriminator: what it must tell apart, what it cannot, and where its patches are from."""
# ruff: noqa: ANN401 - the benchmark is no module that a type checker could find

from typing import Any

import cv2
import numpy as np
import pytest
import torch

from motilens.errors import InputError
from tests.benchmarks.conftest import Load

SHAPE = (120, 128, 256)


@pytest.fixture(scope="module")
def frames() -> np.ndarray:
    """Soft bright spots that drift in noise."""
    rng = np.random.default_rng(0)
    at, step = rng.uniform(0, [SHAPE[2], SHAPE[1]], (12, 2)), rng.normal(0, 0.7, (12, 2))
    made = []
    for number in range(SHAPE[0]):
        frame = np.zeros(SHAPE[1:], np.float32)
        for x, y in (at + step * number) % [SHAPE[2], SHAPE[1]]:
            cv2.circle(frame, (int(x), int(y)), 4, (100.0,), -1)
        made.append(cv2.GaussianBlur(frame, (0, 0), 1.5) + rng.normal(90, 2, frame.shape))
    return np.clip(np.stack(made), 0, 255).astype(np.uint8)


def patches_of(load: Load, frames: np.ndarray, seed: int, n: tuple[int, int] = (80, 60)) -> dict[str, Any]:
    clip = load("clip").Clip("made.mp4", frames, 50.0)
    heads = load("heads")
    at = heads.in_frames(heads.find_heads(clip, heads.head_rule(clip)))
    rng = np.random.default_rng(seed)
    patches = load("patches")
    return {
        part + ending: patches.joined([patches.draw(clip, at, part=part, n=count, headless=bool(ending), rng=rng)], rng)
        for part, count in zip(patches.PARTS, n, strict=True)
        for ending in ("", "_headless")
    }


def discriminated(load: Load, one: dict[str, Any], other: dict[str, Any], view: str, steps: int = 30) -> Any:
    found, _ = load("discriminator").probes(one, other, steps=steps, seed=0, views=(view,))
    return found[view]


# --- AUC


def test_auc_of_known_scores(load: Load) -> None:
    auc = load("auc").auc
    assert auc(np.array([3.0, 4]), np.array([1.0, 2])) == 1
    assert auc(np.array([1.0, 2]), np.array([3.0, 4])) == 0
    assert auc(np.array([1.0, 1]), np.array([1.0, 1])) == 0.5
    assert auc(np.array([1.0, 3]), np.array([2.0])) == 0.5


def test_interval_is_wider_where_patches_share_tiles(load: Load) -> None:
    rng = np.random.default_rng(0)
    above, below = rng.normal(0.5, 1, 120), rng.normal(0, 1, 120)
    each, few = np.arange(120), np.arange(120) // 20
    shared = np.repeat(rng.normal(0, 1, 6), 20)
    alone = load("auc").auc_interval(above, below, each, each, np.random.default_rng(1))
    tiled = load("auc").auc_interval(above + shared, below, few, each, np.random.default_rng(1))
    assert alone.low < alone.value < alone.high
    assert tiled.high - tiled.low > 1.5 * (alone.high - alone.low)


# --- patches


def test_training_and_testing_patches_never_share_place_or_time(load: Load) -> None:
    patches = load("patches")
    number = np.arange(SHAPE[0], dtype=np.uint8)[:, None, None] * np.ones(SHAPE[1:], np.uint8)
    place = np.broadcast_to(np.arange(SHAPE[2], dtype=np.uint8), SHAPE).copy()
    for frames, least_gap in ((number, 1), (place, patches.GAP_PX)):
        found = patches_of(load, frames, 0)
        assert int(found["test"].pixels.min()) - int(found["train"].pixels.max()) >= least_gap


def test_headless_patches_have_no_head(load: Load) -> None:
    frames = np.full(SHAPE, 90, np.uint8)
    for x in (30, 60, 200):
        for frame in frames:
            cv2.circle(frame, (x, 30), 4, (220,), -1)
    found = patches_of(load, frames, 0)
    assert found["train"].pixels.max() == 220
    assert found["train_headless"].pixels.max() < 100
    assert found["test_headless"].pixels.max() < 100


def test_a_narrow_or_short_clip_gives_no_patches_and_says_so(load: Load, frames: np.ndarray) -> None:
    narrow = patches_of(load, frames[:, :, :150], 0)
    assert [len(part) for part in narrow.values()] == [0, 0, 0, 0]
    whole = patches_of(load, frames, 0)
    found, reasons = load("discriminator").probes(narrow, whole, steps=2, seed=0, views=("whole", "headless"))
    assert not found
    assert reasons["whole"] == "0 patches came of a source or part, at least 20 are needed"
    assert "without heads" in reasons["headless"]


def test_patches_check_themselves(load: Load) -> None:
    with pytest.raises(InputError, match=r"\(n, 18, 64, 64\) uint8 is allowed"):
        load("patches").Patches(np.zeros((2, 18, 32, 32), np.uint8), np.zeros(2), np.zeros(2))


# --- telling apart


def test_a_clip_is_not_told_from_itself(load: Load, frames: np.ndarray) -> None:
    found = discriminated(load, patches_of(load, frames, 0), patches_of(load, frames, 1), "whole")
    assert 0.3 < found.value < 0.7
    assert found.low < 0.5 < found.high


def test_a_clip_is_told_from_its_negative(load: Load, frames: np.ndarray) -> None:
    found = discriminated(load, patches_of(load, frames, 0), patches_of(load, 255 - frames, 1), "whole")
    assert found.value > 0.95


def test_level_alone_gives_nothing_away(load: Load, frames: np.ndarray) -> None:
    found = discriminated(load, patches_of(load, frames, 0), patches_of(load, frames + np.uint8(30), 1), "whole")
    assert 0.3 < found.value < 0.7


def test_missing_noise_shows_in_the_fine_view_and_not_in_the_coarse_one(load: Load, frames: np.ndarray) -> None:
    smooth = np.stack([cv2.GaussianBlur(frame, (0, 0), 0.8) for frame in frames])
    one, other = patches_of(load, frames, 0), patches_of(load, smooth, 1)
    fine, coarse = (discriminated(load, one, other, view) for view in ("fine", "coarse"))
    assert fine.value > 0.95
    assert coarse.value < fine.value - 0.1


def test_views_hide_what_they_say(load: Load) -> None:
    views = load("discriminator").VIEWS
    still = torch.rand(2, 1, 64, 64).expand(2, 18, 64, 64)
    assert views["motion"].show(still).abs().max() < 1e-6
    assert views["frame"].show(still).shape == (2, 1, 64, 64)
    flat = torch.full((2, 18, 64, 64), 3.0)
    assert views["fine"].show(flat).abs().max() < 1e-5
    torch.testing.assert_close(views["coarse"].show(flat), flat)


def test_blur_is_the_usual_one(load: Load) -> None:
    picture = np.random.default_rng(0).random((64, 64)).astype(np.float32)
    ours = load("discriminator").blurred(torch.from_numpy(picture)[None, None], 2.0)[0, 0].numpy()
    np.testing.assert_allclose(ours, cv2.GaussianBlur(picture, (0, 0), 2.0), atol=1e-5)


def test_the_same_seed_gives_the_same_auc(load: Load, frames: np.ndarray) -> None:
    one, other = patches_of(load, frames, 0, (25, 25)), patches_of(load, 255 - frames, 1, (25, 25))
    state = torch.get_rng_state()
    assert discriminated(load, one, other, "frame", 3) == discriminated(load, one, other, "frame", 3)
    assert torch.equal(torch.get_rng_state(), state)


# --- features


def test_the_feature_that_differs_comes_first(load: Load, frames: np.ndarray) -> None:
    features = load("features")
    frozen = np.repeat(frames[::20], 20, axis=0)[: len(frames)]
    tables = [features.table(patches_of(load, each, 0, (2, 30))["test"]) for each in (frames, frozen)]
    found = features.giveaways(*tables)
    assert [each.auc for each in found] == sorted((each.auc for each in found), reverse=True)
    by_name = {each.feature: each for each in found}
    unchanged = by_name["share of pixels unchanged from frame to frame"]
    assert unchanged.auc == 1 and unchanged.other > 0.9 > unchanged.real
    assert by_name["sd of grey"].auc < 0.7
    assert all(0.5 <= each.auc <= 1 for each in found)
