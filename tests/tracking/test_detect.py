from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from motilens.config.tracking import PUBLISHED_LEAST_MASS, DetectConfig
from motilens.errors import InputError
from motilens.tracking.detect import find_heads, head_mass, locate, otsu_threshold
from motilens.tracking.quiet_trackpy import quiet
from tests.tracking.scenes import HEAD_SIGMA_PX, SCALE, film, straight

CONFIG = DetectConfig()


def test_heads_are_where_they_were_drawn() -> None:
    places = straight(3, [0, 30, 30, 0, 10, 10])
    frames = film(places)
    heads = find_heads(frames, scale=SCALE, least_mass=head_mass(frames, CONFIG).mass)
    assert np.bincount(heads.frame).tolist() == [6, 6, 6] and heads.n_frames == 3
    for t in range(3):
        found = np.stack([heads.x_px, heads.y_px], axis=1)[heads.frame == t]
        found = found[np.argsort(found[:, 1])]
        assert found == pytest.approx(places[t], abs=0.25)  # noise moves a centre by less than a quarter of a pixel
    assert np.isnan(heads.beat[heads.frame == 0]).all() and np.isfinite(heads.beat[heads.frame > 0]).all()


@pytest.mark.parametrize("contrast", [0.3, 1.0])
def test_the_valley_fits_faint_and_bright_heads(contrast: float) -> None:
    frames = film(straight(4, [0] * 8), noise_grey=0.0)
    noise = np.random.default_rng(0).normal(0, 1.0, frames.shape)
    frames = np.clip(80 + contrast * (frames - 80.0) + noise, 0, 255).astype(np.uint8)
    chosen = head_mass(frames, CONFIG)
    assert chosen.how == "valley"
    heads = find_heads(frames, scale=SCALE, least_mass=chosen.mass)
    assert len(heads) == 4 * 8
    published = find_heads(frames, scale=SCALE, least_mass=PUBLISHED_LEAST_MASS)
    assert len(published) == (32 if contrast == 1.0 else 0)  # faint heads are below the published mass


def test_noise_alone_is_no_head_and_warns_nobody() -> None:
    rng = np.random.default_rng(0)
    noise = np.clip(rng.normal(120, 4, (3, 120, 160)), 0, 255).astype(np.uint8)
    chosen = head_mass(noise, CONFIG)
    assert (chosen.mass, chosen.how) == (PUBLISHED_LEAST_MASS, "published")
    assert len(find_heads(noise, scale=SCALE, least_mass=chosen.mass)) == 0


@pytest.mark.parametrize("grey", [0, 120, 255])
def test_an_empty_frame_has_no_head(grey: int) -> None:
    frame = np.full((60, 60), grey, np.uint8)
    assert locate(frame, 11, 0.0).shape == (0, 3)
    assert head_mass([frame], CONFIG).how == "published"
    assert head_mass([], CONFIG).how == "published"
    assert find_heads([], scale=SCALE, least_mass=1.0).n_frames == 0


def test_a_given_mass_is_taken() -> None:
    assert head_mass([], DetectConfig(least_mass=300)).mass == 300
    assert head_mass([], DetectConfig(least_mass=300)).how == "given"


def test_mass_is_the_light_of_the_head_over_its_surround() -> None:
    bright = film(straight(1, [0]), noise_grey=0.0)[0]
    faint = ((bright.astype(int) + 80) // 2).astype(np.uint8)
    light = np.rint(bright).astype(int) + 50
    (one,), (half,), (lit,) = (locate(f.astype(np.uint8), 11, 300.0) for f in (bright, faint, light))
    assert lit == pytest.approx(one)
    assert half[2] == pytest.approx(one[2] / 2, rel=0.05)  # the surround is rounded down to whole grey levels
    assert 0 < one[2] < 110 * 2 * np.pi * HEAD_SIGMA_PX**2


def test_otsu_threshold_on_paper() -> None:
    assert otsu_threshold(np.array([1.0, 2.0, 3.0, 11.0, 12.0])) == 7.0
    assert otsu_threshold(np.array([5.0, 1.0])) == 3.0
    assert otsu_threshold(np.array([5.0, 5.0, 5.0])) is None
    assert otsu_threshold(np.array([5.0])) is None and otsu_threshold(np.array([])) is None


@given(st.lists(st.integers(0, 1000), min_size=2, max_size=40), st.integers(-50, 50), st.integers(1, 9))
def test_the_cut_is_the_best_of_all(made: list[int], shift: int, factor: int) -> None:
    values = np.array(made, np.float64)
    found = otsu_threshold(values)
    if found is None:
        assert len(set(made)) == 1
        return

    def between(cut: float) -> float:
        low, high = values[values < cut], values[values >= cut]
        return len(low) * len(high) * (low.mean() - high.mean()) ** 2

    ordered = sorted(set(made))
    best = max(between((a + b) / 2) for a, b in pairwise(ordered))
    assert between(found) == pytest.approx(best)
    again = otsu_threshold(factor * values + shift)
    assert again is not None and between((again - shift) / factor) == pytest.approx(best)


def test_frames_that_cannot_be_looked_into_are_refused() -> None:
    with pytest.raises(InputError, match="a frame of 40 x 20 pixels for heads of 11; allowed: at least 22 either way"):
        locate(np.zeros((20, 40), np.uint8), 11, 0.0)
    with pytest.raises(InputError, match=r"frame 1 is \(50, 40\), those before \(40, 40\); allowed: frames of one"):
        find_heads(
            [np.zeros((40, 40), np.uint8), np.zeros((50, 40), np.uint8)], scale=SCALE, least_mass=1.0, config=CONFIG
        )


@pytest.mark.parametrize("diameter_px", [5, 11, 15])
@pytest.mark.parametrize("least_mass", [0.0, 60.0, 900.0])
def test_heads_are_those_of_trackpy_to_the_last_bit(diameter_px: int, least_mass: float) -> None:
    from trackpy import locate as trackpy_locate

    frames = [*film(straight(2, [0, 30, 30, 10]), noise_grey=6.0), *film(straight(1, [0]), noise_grey=0.0)]
    frames.append(np.random.default_rng(0).integers(0, 256, (90, 70), dtype=np.uint8))
    for frame in frames:
        with quiet():
            table = trackpy_locate(frame, diameter_px, minmass=least_mass, characterize=False)
        theirs = table[["x", "y", "mass"]].to_numpy(np.float64) if len(table) else np.empty((0, 3))
        assert np.array_equal(locate(frame, diameter_px, least_mass), theirs)
