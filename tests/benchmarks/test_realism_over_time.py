"""The realism benchmark's arrow of time and beating pixels, on signals whose values are known on paper."""
# ruff: noqa: ANN401 - the benchmark is no module that a type checker could find

from typing import Any

import numpy as np
import pytest

from tests.benchmarks.conftest import Load

FPS_HZ = 50.0


def clip_of(load: Load, frames: np.ndarray, fps_hz: float = FPS_HZ) -> Any:
    return load("clip").Clip("made.mp4", frames, fps_hz, 0.5)


def sawtooth(n_frames: int, period: int, step: float = 1.0) -> np.ndarray:
    """Rises by a step in each frame, and falls back at once."""
    return 90 + step * (np.arange(n_frames) % period)


def block(signal: np.ndarray, *, side_px: int = 60) -> np.ndarray:
    """Frames of 120 x 180 in which only a square changes, as the signal does."""
    frames = np.full((len(signal), 120, 180), 90, np.uint8)
    frames[:, :side_px, :side_px] = np.rint(signal).astype(np.uint8)[:, None, None]
    return frames


def over_time(load: Load, frames: np.ndarray, fps_hz: float = FPS_HZ) -> Any:
    clip = clip_of(load, frames, fps_hz)
    return load("over_time").over_time(clip, [np.zeros((0, 2))] * len(frames))


# --- arrow


def test_arrow_of_a_sawtooth_has_the_sign_of_its_sudden_change(load: Load) -> None:
    # Of each 10 changes, 9 are 1 and one is -9: mean d^3 = -72, mean d^2 = 9, so -72 / 27.
    forwards = np.append(sawtooth(100, 10), 90.0)[:, None]
    arrow = load("over_time").arrow
    np.testing.assert_allclose(arrow(forwards), -8 / 3)
    np.testing.assert_allclose(arrow(forwards[::-1]), 8 / 3)
    np.testing.assert_allclose(arrow(5 * forwards + 20), -8 / 3)  # neither contrast nor level counts


def test_noise_and_a_sine_have_no_arrow(load: Load) -> None:
    arrow = load("over_time").arrow
    noise = np.random.default_rng(0).normal(90, 5, (50, 4000))
    assert abs(arrow(noise).mean()) < 0.02
    sine = 90 + 20 * np.sin(2 * np.pi * 4 * np.arange(51) / FPS_HZ)[:, None]
    np.testing.assert_allclose(arrow(sine), 0, atol=1e-6)


def test_arrow_is_told_for_each_second_of_the_pixels_that_move(load: Load) -> None:
    signal = sawtooth(150, 10, step=3)
    signal[50:100] = 90  # nothing moves in the second second
    frames = block(signal)
    by_second = load("over_time").arrow_by_second
    found, backwards = by_second(frames, FPS_HZ), by_second(frames[::-1], FPS_HZ)
    assert len(found) == 2 and (found < -2).all()
    np.testing.assert_allclose(found, -backwards[::-1], rtol=1e-5)


# --- beating


def test_beat_share_of_a_flicker_a_drift_and_noise(load: Load) -> None:
    beat_share = load("spectra").beat_share
    seconds = np.arange(200) / FPS_HZ
    flicker, slow = (90 + 10 * np.sin(2 * np.pi * hz * seconds) for hz in (8, 1))
    found = beat_share(np.stack([flicker, slow, 90 + 5 * seconds, np.full(200, 90.0)], axis=1), FPS_HZ)
    assert found[0] > 0.99
    assert (found[1:3] < 0.02).all() and found[3] == 0
    noise = np.random.default_rng(0).normal(90, 5, (200, 500))
    assert beat_share(noise, FPS_HZ).mean() == pytest.approx(17 / 25, abs=0.02)
    assert np.isnan(beat_share(noise, 30.0)).all()


def test_beating_pixels_are_a_share_of_the_field(load: Load) -> None:
    seconds = np.arange(220) / FPS_HZ
    samples, _, _ = over_time(load, block(90 + 20 * np.sin(2 * np.pi * 8 * seconds)))
    np.testing.assert_allclose(samples["beating_pixels_pct"], 100 / 6)  # 60 x 60 of 120 x 180
    assert samples["beat_power_pct"].min() > 99
    samples, _, _ = over_time(load, block(90 + 20 * np.sin(2 * np.pi * 0.5 * seconds)))
    np.testing.assert_array_equal(samples["beating_pixels_pct"], 0)
    assert samples["beat_power_pct"].max() < 5


def test_what_cannot_be_measured_is_explained(load: Load) -> None:
    still = np.full((220, 120, 180), 90, np.uint8)
    samples, _, reasons = over_time(load, still)
    assert samples["beating_pixels_pct"].tolist() == [0] and not len(samples["beat_power_pct"])
    assert reasons["arrow"] == reasons["beat_power_pct"] == "no pixel has a sd of 4 grey"
    _, _, reasons = over_time(load, still, 30.0)
    assert reasons["beat_power_pct"] == reasons["beating_pixels_pct"] == "30 frames a second do not show 20 Hz"
    _, _, reasons = over_time(load, still[:40])
    assert reasons["arrow"] == "the clip has 0.8 s without a stage move, 1 s are needed"
    assert reasons["beat_power_pct"] == "the clip has 0.8 s without a stage move, 4 s are needed"
