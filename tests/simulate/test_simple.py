from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motilens.errors import InputError
from motilens.simulate.simple import (
    FIELD_WIDTH_UM,
    KINDS,
    Scene,
    draw_cells,
    draw_optics,
    draw_scene,
    frame,
    frames,
    heads_um,
)

HEIGHT, WIDTH = 240, 320
UM_PER_PX = FIELD_WIDTH_UM / WIDTH


def draw(counts: tuple[int, int, int], seed: int = 0, height_px: int = HEIGHT, width_px: int = WIDTH) -> Scene:
    rng = np.random.default_rng(seed)
    return draw_scene(rng, counts, draw_optics(rng, height_px=height_px, width_px=width_px))


def noiseless(counts: tuple[int, int, int], seed: int = 0) -> Scene:
    """A scene on an even background of 80, without specks or sensor noise."""
    scene = draw(counts, seed)
    optics = replace(scene.optics, noise_sd=0.0)
    return replace(scene, background=np.full((HEIGHT, WIDTH), 80, np.float32), optics=optics)


def film(scene: Scene, n_frames: int) -> np.ndarray:
    return np.stack(list(frames(scene, n_frames=n_frames, fps_hz=50.0, rng=np.random.default_rng(0))))


def one_swimmer(*, x_um: float, y_um: float, heading_rad: float, speed_um_s: float) -> Scene:
    scene = noiseless((1, 0, 0))
    cells = replace(
        scene.cells,
        x_um=np.array([float(x_um)]),
        y_um=np.array([float(y_um)]),
        heading_rad=np.array([heading_rad]),
        speed_um_s=np.array([speed_um_s]),
        turn_rad_s=np.zeros(1),
        side_um=np.zeros(1),
    )
    return replace(scene, cells=cells)


def bright_centre_px(picture: np.ndarray) -> tuple[float, float]:
    """Centre of the light well above background, (x, y), the first pixel's centre at 0.5."""
    light = np.clip(picture.astype(float) - 110, 0, None)
    y, x = np.mgrid[: picture.shape[0], : picture.shape[1]] + 0.5
    return (light * x).sum() / light.sum(), (light * y).sum() / light.sum()


def test_still_cells_give_identical_frames() -> None:
    pictures = film(noiseless((0, 0, 12)), 10)
    assert (pictures == pictures[0]).all()


def test_still_cells_differ_by_the_sensors_noise_alone() -> None:
    still = noiseless((0, 0, 12))
    scene = replace(still, optics=replace(still.optics, noise_sd=2.0))
    pictures = film(scene, 40).astype(float)
    spread = pictures.std(axis=0, ddof=1)
    assert np.median(spread) == pytest.approx(np.sqrt(2.0**2 + 1 / 12), rel=0.1)  # 1/12: rounding to whole grey levels


@pytest.mark.parametrize(("speed_um_s", "heading_rad"), [(30.0, 0.0), (30.0, np.pi / 2), (12.5, 0.7), (55.0, np.pi)])
def test_a_straight_swimmer_moves_speed_times_time_over_scale(speed_um_s: float, heading_rad: float) -> None:
    scene = one_swimmer(x_um=160, y_um=120, heading_rad=heading_rad, speed_um_s=speed_um_s)
    pictures = film(scene, 51)
    start, end = bright_centre_px(pictures[0]), bright_centre_px(pictures[50])
    moved_px = speed_um_s * 1.0 / UM_PER_PX
    assert end[0] - start[0] == pytest.approx(moved_px * np.cos(heading_rad), abs=0.1)
    assert end[1] - start[1] == pytest.approx(moved_px * np.sin(heading_rad), abs=0.1)


def test_the_head_is_drawn_where_the_truth_says() -> None:
    scene = one_swimmer(x_um=101.3, y_um=77.7, heading_rad=0.0, speed_um_s=0.0)
    assert bright_centre_px(film(scene, 1)[0]) == pytest.approx((101.3 / UM_PER_PX, 77.7 / UM_PER_PX), abs=0.15)


def test_a_cell_that_leaves_comes_in_on_the_other_side() -> None:
    scene = one_swimmer(x_um=310, y_um=120, heading_rad=0.0, speed_um_s=20.0)
    x, y = bright_centre_px(frame(scene, 2.0, np.random.default_rng(0)))
    assert (x, y) == pytest.approx((30.0 / UM_PER_PX, 120 / UM_PER_PX), abs=0.15)


def test_light_at_the_edge_is_neither_lost_nor_doubled() -> None:
    middle = one_swimmer(x_um=160, y_um=120, heading_rad=0.3, speed_um_s=0.0)
    corner = one_swimmer(x_um=0, y_um=0, heading_rad=0.3, speed_um_s=0.0)
    light = [film(scene, 1)[0].astype(float).sum() for scene in (middle, corner)]
    assert light[0] == pytest.approx(light[1], abs=60)  # of 6 million: rounding to whole grey levels


def test_cells_that_beat_on_the_spot_keep_their_place_and_wave_their_tails() -> None:
    scene = noiseless((0, 10, 0))
    start = np.stack(heads_um(scene.cells, 0.0)[:2])
    for t_s in np.linspace(0, 3, 31):
        assert np.hypot(*(np.stack(heads_um(scene.cells, float(t_s))[:2]) - start)).max() < 1.5
    assert film(scene, 18).std(axis=0).max() > 3


def test_kinds_have_their_speeds() -> None:
    cells = draw_cells(np.random.default_rng(0), (500, 300, 200), field_height_um=240.0)
    assert [int((cells.kind == k).sum()) for k in range(len(KINDS))] == [500, 300, 200]
    swimming = cells.speed_um_s[cells.kind == 0]
    assert swimming.min() >= 5 and swimming.max() <= 55
    assert np.median(swimming) == pytest.approx(17, rel=0.1)
    assert (cells.speed_um_s[cells.kind > 0] == 0).all()
    assert (cells.beat_hz[cells.kind == 2] == 0).all() and (cells.beat_hz[cells.kind < 2] > 0).all()


def test_one_frame_does_not_tell_the_kind() -> None:
    """With the same seed the first frame is the same pixel for pixel, whatever the cells will do next."""
    first = [film(noiseless(counts), 1)[0] for counts in ((15, 0, 0), (0, 15, 0), (0, 0, 15), (5, 5, 5))]
    for picture in first[1:]:
        assert (picture == first[0]).all()


@settings(deadline=None, max_examples=30)  # a shared machine may be slow for a moment
@given(t_s=st.floats(0, 60), seed=st.integers(0, 100))
def test_a_path_is_as_long_as_speed_times_time(t_s: float, seed: int) -> None:
    cells = draw_cells(np.random.default_rng(seed), (20, 0, 0), field_height_um=240.0)
    quiet = replace(cells, side_um=np.zeros(20))
    steps = np.stack([np.stack(heads_um(quiet, t)[:2]) for t in np.linspace(0, t_s, 400)])
    length = np.hypot(*np.moveaxis(np.diff(steps, axis=0), 1, 0)).sum(axis=0)
    np.testing.assert_allclose(length, cells.speed_um_s * t_s, rtol=1e-3, atol=1e-9)


def test_background_differs_from_video_to_video_as_in_visem() -> None:
    levels = []
    for seed in range(30):
        levels.append(float(np.median(draw((0, 0, 1), seed, 120, 160).background)))
    assert 55 < min(levels) < 70 and 92 < max(levels) < 106


def test_the_same_generator_gives_the_same_scene_and_another_gives_another() -> None:
    def picture(seed: int) -> np.ndarray:
        return frame(draw((3, 3, 3), seed, 96, 128), 0.5, np.random.default_rng(seed))

    assert (picture(4) == picture(4)).all()
    assert (picture(4) != picture(5)).any()


@pytest.mark.parametrize("counts", [(0, 0, 0), (-1, 2, 0)])
def test_no_cells_are_refused(counts: tuple[int, int, int]) -> None:
    with pytest.raises(InputError, match="none below 0, at least one cell"):
        draw(counts)


def test_a_frame_too_flat_for_a_tail_is_refused() -> None:
    with pytest.raises(InputError, match=r"frame is 640x32; allowed: at least 32 pixels a side and at most 4\.7 times"):
        draw((1, 0, 0), 0, 32, 640)
