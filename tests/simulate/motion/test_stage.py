"""How the view glides from field to field."""

import numpy as np
import pytest

from motilens.simulate.motion.stage import TOP_SPEED_SHARE, camera_path

WIDTH_PX = 640


def path(n_frames: int = 200, seed: int = 0, fps_hz: float = 50.0, *, arrives: bool, leaves: bool) -> tuple:
    rng = np.random.default_rng(seed)
    return camera_path(rng, n_frames=n_frames, fps_hz=fps_hz, width_px=WIDTH_PX, arrives=arrives, leaves=leaves)


def test_a_video_of_one_field_stands() -> None:
    places, n_in, n_out = path(arrives=False, leaves=False)
    assert not places.any() and (n_in, n_out) == (0, 0)


@pytest.mark.parametrize("seed", range(5))
def test_it_arrives_slower_and_slower_stands_and_leaves_faster_and_faster(seed: int) -> None:
    places, n_in, n_out = path(seed=seed, arrives=True, leaves=True)
    away = np.hypot(*places.T)
    assert places.shape == (200, 2) and n_in > 0 and n_out > 0
    assert (away[:n_in] > 0).all() and not away[n_in:-n_out].any() and (away[-n_out:] > 0).all()
    steps_in, steps_out = -np.diff(away[: n_in + 1]), np.diff(away[-n_out - 1 :])
    assert (np.diff(steps_in) < 0).all() and (np.diff(steps_out) > 0).all()
    top = TOP_SPEED_SHARE[1] * WIDTH_PX * (1 + 1e-9)
    assert max(steps_in.max(), steps_out.max()) <= top
    for part in (places[:n_in], places[-n_out:]):  # a line, in one direction
        np.testing.assert_allclose(part[0, 0] * part[:, 1], part[0, 1] * part[:, 0], atol=1e-6)


def test_each_end_is_the_same_with_and_without_the_other() -> None:
    both, n_in, n_out = path(arrives=True, leaves=True)
    only_in, only_out = path(arrives=True, leaves=False)[0], path(arrives=False, leaves=True)[0]
    np.testing.assert_array_equal(both[:n_in], only_in[:n_in])
    np.testing.assert_array_equal(both[-n_out:], only_out[-n_out:])
    assert not only_in[n_in:].any() and not only_out[:-n_out].any()


@pytest.mark.parametrize(("n_frames", "fps_hz"), [(1, 50.0), (2, 50.0), (3, 1.0), (7, 500.0)])
def test_short_fields_have_a_glide_of_a_frame_at_least(n_frames: int, fps_hz: float) -> None:
    places, n_in, n_out = path(n_frames, fps_hz=fps_hz, arrives=True, leaves=True)
    assert len(places) == n_frames and np.isfinite(places).all()
    assert 1 <= n_in <= n_frames and 1 <= n_out <= n_frames
