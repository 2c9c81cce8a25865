"""Frames whose content is known: where heads and tails are drawn, how they move, what noise and flow add."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from motilens.simulate.domain import Domain
from motilens.simulate.morphology import Form
from motilens.simulate.motion.gaits import Movement
from motilens.simulate.optics.debris import Layer
from motilens.simulate.optics.drawing import draw_frame
from motilens.simulate.optics.light import noise_sheet
from motilens.simulate.scene import Scene
from motilens.video.picture import Picture
from tests.simulate.scenes import (
    FPS_HZ,
    LEVEL,
    UM_PER_PX,
    bright_centre_px,
    even_optics,
    even_scene,
    frames_of,
    lumas,
    put,
    strongest_hz,
    walk_of,
)

OPTICS = even_optics()
AWAY = (-60.0, -60.0)
"""So far outside the view that nothing of a cell reaches into it."""


def one(scene: Scene, *, camera_px: tuple[float, float] = (0.0, 0.0), slide_px: tuple[float, float] = (0.0, 0.0),
        time_s: float = 0.0) -> Picture:  # fmt: skip
    sheet, noise = noise_sheet(np.random.default_rng(0), scene.optics), np.random.default_rng(0)
    walk = walk_of(scene, 2)
    return draw_frame(
        scene, walk, 0, time_s=time_s, fps_hz=FPS_HZ, sheet=sheet, noise=noise, camera_px=camera_px, slide_px=slide_px
    )


def test_an_empty_view_is_the_light() -> None:
    picture = one(even_scene(OPTICS, put(OPTICS, *AWAY)))
    assert (picture.luma == LEVEL).all() and (picture.chroma == 128).all()


def test_still_cells_give_identical_frames() -> None:
    """Stuck, without beat: nothing moves, whatever their build and their frozen tails."""
    rng = np.random.default_rng(0)
    still = Movement(yaw_rad=0.15, tip_rad=0.6, stuck=True)
    places = rng.uniform(10, 150, (12, 2)).tolist()
    cells = [put(OPTICS, x, y, still, heading_rad=x, kind=2, gait="still") for x, y in places]
    pictures = frames_of(even_scene(OPTICS, *cells, flow_um_s=(5.0, 3.0)), 12)
    luma = lumas(pictures)
    assert np.ptp(luma[0]) > 100  # there is something to be seen
    assert (luma == luma[0]).all()
    assert all((picture.chroma == pictures[0].chroma).all() for picture in pictures)


@pytest.mark.parametrize(
    ("speed_um_s", "heading_rad", "x_px", "y_px"),
    [
        (30.0, 0.0, 50.0, 80.0),
        (30.0, np.pi / 2, 80.3, 48.6),
        (30.0, 3.7, 120.25, 110.75),
        (12.5, 0.7, 60.1, 70.9),
        (55.0, np.pi, 139.5, 80.0),
    ],
)
def test_a_straight_swimmer_moves_speed_times_time_over_scale(
    speed_um_s: float, heading_rad: float, x_px: float, y_px: float
) -> None:
    """30 um in 1 s at 0.495 um a pixel are 60.6 pixels, measured in the pictures.

    A tenth of a pixel: grey levels are rounded, and a head is put down to 1/64 of a pixel.
    """
    scene = even_scene(OPTICS, put(OPTICS, x_px, y_px, Movement(speed_um_s=speed_um_s), heading_rad=heading_rad))
    luma = lumas(frames_of(scene, 51))
    start, half, end = (bright_centre_px(luma[k]) for k in (0, 25, 50))
    moved_px = speed_um_s * 1.0 / UM_PER_PX * np.array([np.cos(heading_rad), np.sin(heading_rad)])
    np.testing.assert_allclose(np.subtract(end, start), moved_px, atol=0.1)
    np.testing.assert_allclose(np.subtract(half, start), moved_px / 2, atol=0.1)


def test_while_the_shutter_is_open_a_swimmer_is_drawn_out() -> None:
    """55 um/s for 16 ms are 1.8 pixels: the head is longer along its way, as bright in all and paler at its peak."""
    optics = even_optics(exposure_s=0.016)
    swims = even_scene(optics, put(optics, 60, 80, Movement(speed_um_s=55.0)))
    stands = even_scene(optics, put(optics, 60, 80, Movement(stuck=True)))
    moving, still = lumas(frames_of(swims, 1))[0] - LEVEL, lumas(frames_of(stands, 1))[0] - LEVEL
    x, _ = bright_centre_px(moving + LEVEL)
    assert x == pytest.approx(60 + 55 * 0.008 / UM_PER_PX, abs=0.15)  # where it is when half of the time is over
    profile_moving, profile_still = (np.clip(p, 30, None).sum(axis=0) for p in (moving, still))
    assert np.ptp(np.flatnonzero(profile_moving > profile_moving.max() / 2)) >= np.ptp(
        np.flatnonzero(profile_still > profile_still.max() / 2)
    )


@pytest.mark.parametrize("fps_hz", [25.0, 50.0, 100.0])
def test_speed_does_not_depend_on_the_frame_rate(fps_hz: float) -> None:
    """30 um/s for 0.4 s are 24.2 pixels; the exposure ends with the frame, whatever its time."""
    optics = even_optics(exposure_s=0.014)
    scene = even_scene(optics, put(optics, 60, 80, Movement(speed_um_s=30.0)))
    luma = lumas(frames_of(scene, round(0.4 * fps_hz) + 1, fps_hz=fps_hz))
    (start, _), (end, _) = bright_centre_px(luma[0]), bright_centre_px(luma[-1])
    assert end - start == pytest.approx(12 / UM_PER_PX, abs=0.1)
    assert start == pytest.approx(60 + 30 * min(0.007, 0.5 / fps_hz) / UM_PER_PX, abs=0.1)  # half of the exposure


def test_a_grey_camera_gives_the_same_luma_without_chroma() -> None:
    colour, grey = (
        frames_of(even_scene(optics, put(optics, 80, 80), layers=(dotted(0.0, (40, 40)),)), 1)[0]
        for optics in (OPTICS, replace(OPTICS, camera="grey"))
    )
    np.testing.assert_array_equal(colour.luma, grey.luma)
    assert np.ptp(colour.chroma) > 0
    assert grey.chroma.shape == colour.chroma.shape and (grey.chroma == 128).all()


def test_heads_and_tails_are_dark_in_bright_field() -> None:
    optics = even_optics(illumination="bright field", level=180.0, colour=(180.0, 180.0, 180.0))
    scene = replace(even_scene(optics, put(optics, 80, 80)), light=np.full((160, 160), 180, np.float32))
    luma = lumas([one(scene)])[0]
    assert luma[79:81, 79:81].mean() < 150
    tail = luma[75:86, 40:60].min(axis=0)  # behind the head, which points along x
    assert (tail < 175).all()
    assert luma.max() < 215  # no halo; the edge of a head is a weak lens


@pytest.mark.parametrize(("x_px", "y_px"), [(80.0, 80.0), (101.3, 77.7), (33.5, 120.25)])
def test_the_head_is_drawn_where_the_scene_says(x_px: float, y_px: float) -> None:
    luma = lumas([one(even_scene(OPTICS, put(OPTICS, x_px, y_px)))])[0]
    assert bright_centre_px(luma) == pytest.approx((x_px, y_px), abs=0.15)


@pytest.mark.parametrize("beat_hz", [4.0, 9.5, 17.0])
def test_the_drawn_head_has_the_beats_frequency(beat_hz: float) -> None:
    """Side movement of the bright centre, and yaw as the direction of the bright part's longer axis; 4 s: 1/4 Hz."""
    long_head = Form(head_um=(5.0, 2.4), taper=0.0)
    swing = put(OPTICS, 80, 80, Movement(beat_hz=beat_hz, side_um=0.8, stuck=True))
    turns = put(OPTICS, 80, 80, Movement(beat_hz=beat_hz, yaw_rad=0.2, stuck=True), form=long_head)
    side = [bright_centre_px(luma)[1] for luma in lumas(frames_of(even_scene(OPTICS, swing), 200))]
    yaw = [longer_axis_rad(luma) for luma in lumas(frames_of(even_scene(OPTICS, turns), 200))]
    assert strongest_hz(np.array(side)) == pytest.approx(beat_hz, abs=1 / 4)
    assert strongest_hz(np.array(yaw)) == pytest.approx(beat_hz, abs=1 / 4)


def longer_axis_rad(luma: np.ndarray) -> float:
    light = np.clip(luma - LEVEL - 60, 0, None)
    y, x = np.mgrid[: luma.shape[0], : luma.shape[1]] + 0.5
    cx, cy = (light * x).sum() / light.sum(), (light * y).sum() / light.sum()
    xx, yy, xy = ((light * p).sum() for p in ((x - cx) ** 2, (y - cy) ** 2, (x - cx) * (y - cy)))
    return float(0.5 * np.arctan2(2 * xy, xx - yy))


@pytest.mark.parametrize("beat_hz", [4.0, 9.5, 17.0])
def test_the_drawn_tail_has_the_beats_frequency(beat_hz: float) -> None:
    """A strip of pixels across the tail, 20-30 pixels behind the head: its darkness goes up and down with the beat."""
    moves = Movement(beat_hz=beat_hz, yaw_rad=0.15, tip_rad=0.7, stuck=True)
    luma = lumas(frames_of(even_scene(OPTICS, put(OPTICS, 120, 80, moves)), 200))
    dark = np.clip(LEVEL - luma[:, 50:110, 80:100], 0, None).sum(axis=2)
    assert (dark.max(axis=1) > 5).all()  # the tail is there in every frame
    across = (dark * np.arange(60)).sum(axis=1) / dark.sum(axis=1)
    assert np.ptp(across) > 1
    assert strongest_hz(across) == pytest.approx(beat_hz, abs=1 / 4)


def test_a_swimmers_head_and_tail_beat_as_one() -> None:
    """The same frequency in a moving cell: side movement about its line, and darkness in a strip that goes with it."""
    moves = Movement(speed_um_s=12.0, beat_hz=11.0, side_um=0.7, yaw_rad=0.15, tip_rad=0.7)
    luma = lumas(frames_of(even_scene(OPTICS, put(OPTICS, 90, 80, moves)), 100))
    centres = np.array([bright_centre_px(frame) for frame in luma])
    strips = [frame[50:110, int(x) - 40 : int(x) - 20] for frame, x in zip(luma, centres[:, 0], strict=True)]
    dark = np.clip(LEVEL - np.stack(strips), 0, None).sum(axis=2)
    across = (dark * np.arange(60)).sum(axis=1) / dark.sum(axis=1)
    for signal in (centres[:, 1], across):
        assert strongest_hz(signal) == pytest.approx(11, abs=1 / 2)  # 2 s
    assert centres[-1, 0] - centres[0, 0] == pytest.approx(99 / FPS_HZ * 12 / UM_PER_PX, abs=1)


def test_the_tail_is_dark_and_the_head_bright() -> None:
    luma = lumas([one(even_scene(OPTICS, put(OPTICS, 110, 80, form=Form(taper=0.0))))])[0]
    assert luma[80, 110] > LEVEL + 50
    tail = luma[77:84, 60:85].min(axis=0)
    assert (tail < LEVEL - 4).all()
    assert np.abs(luma[40:60, 20:60] - LEVEL).max() < 5  # and beside it there is nothing


def test_the_sensors_noise_has_the_variance_it_says() -> None:
    """read^2 + shot * luma, and 1/12 for rounding to whole grey levels; 120 frames give an sd to 7 %."""
    optics = even_optics(read_noise=2.0, shot_noise=0.02)
    luma = lumas(frames_of(even_scene(optics, put(optics, *AWAY)), 120))
    sd = luma.std(axis=0, ddof=1)
    assert np.median(sd) == pytest.approx(np.sqrt(2.0**2 + 0.02 * LEVEL + 1 / 12), rel=0.1)
    assert luma.mean() == pytest.approx(LEVEL, abs=0.1)


def test_noise_is_fresh_in_every_frame() -> None:
    optics = even_optics(read_noise=2.0)
    luma = lumas(frames_of(even_scene(optics, put(optics, *AWAY)), 8)) - LEVEL
    for before, after in pairwise(luma):
        assert abs(np.corrcoef(before.ravel(), after.ravel())[0, 1]) < 0.1


def dotted(speed: float, at: tuple[int, int]) -> Layer:
    """A layer with one soft dot, in pixels of the view."""
    domain = Domain.around(OPTICS)
    y, x = np.mgrid[: domain.height_px, : domain.width_px] + 0.5
    away = np.hypot(x - at[0] - domain.margin_px, y - at[1] - domain.margin_px)
    luma = (100 * np.exp(-(away**2) / 8)).astype(np.float32)
    return Layer(luma, np.zeros((2, domain.height_px // 2, domain.width_px // 2), np.float32), speed)


@pytest.mark.parametrize(("speed", "moved_um"), [(0.0, 0.0), (0.5, 5.0), (1.0, 10.0)])
def test_debris_floats_with_its_share_of_the_flow(speed: float, moved_um: float) -> None:
    """10 um/s to the right for 1 s."""
    scene = even_scene(OPTICS, put(OPTICS, *AWAY), layers=(dotted(speed, (60, 70)),), flow_um_s=(10.0, 0.0))
    early, late = (bright_centre_px(lumas([one(scene, time_s=t)])[0], above=3.0) for t in (0.0, 1.0))
    assert early == pytest.approx((60, 70), abs=0.1)
    assert late == pytest.approx((60 + moved_um / UM_PER_PX, 70), abs=0.1)


def test_the_view_glides_over_cells_and_debris_alike() -> None:
    """A view 12.5 pixels to the right and 7 down shows everything as far to the left and up; the light stays."""
    for scene in (
        even_scene(OPTICS, put(OPTICS, 90, 80)),
        even_scene(OPTICS, put(OPTICS, *AWAY), layers=(dotted(0.0, (90, 80)),)),
    ):
        x, y = bright_centre_px(lumas([one(scene, camera_px=(12.5, 7.0))])[0])
        assert (x, y) == pytest.approx((77.5, 73), abs=0.15)


def test_a_glide_blurs_along_its_way_and_loses_no_light() -> None:
    scene = even_scene(OPTICS, put(OPTICS, 80, 80))
    sharp, blurred = (lumas([one(scene, slide_px=slide)])[0] for slide in ((0.0, 0.0), (20.0, 0.0)))
    assert (blurred - LEVEL).sum() == pytest.approx((sharp - LEVEL).sum(), abs=0.05 * np.abs(sharp - LEVEL).sum())
    assert blurred.max() < sharp.max() - 20
    wide, tall = ((blurred > LEVEL + 30).any(axis=axis).sum() for axis in (0, 1))
    assert wide > tall


def test_a_still_cell_looks_as_one_that_hardly_moves() -> None:
    """What is still is drawn once for many frames, all else in each frame; both ways give the same picture."""
    hardly = Movement(wander_rad=1e-9, yaw_rad=0.1, tip_rad=0.5)
    scenes = [even_scene(OPTICS, put(OPTICS, 80, 80, each)) for each in (replace(hardly, wander_rad=0.0), hardly)]
    assert [walk_of(scene, 2).still.tolist() for scene in scenes] == [[True], [False]]
    still, moving = (one(scene) for scene in scenes)
    np.testing.assert_allclose(still.luma.astype(int), moving.luma, atol=1)
    np.testing.assert_array_equal(still.chroma, moving.chroma)


def test_what_is_still_is_drawn_again_where_the_view_or_the_walk_is_another() -> None:
    scene, other = (even_scene(OPTICS, put(OPTICS, x, 80)) for x in (60, 100))
    assert bright_centre_px(one(scene).luma) == pytest.approx((60, 80), abs=0.2)
    assert bright_centre_px(one(scene, camera_px=(10.0, 0.0)).luma) == pytest.approx((50, 80), abs=0.2)
    sheet, noise = noise_sheet(np.random.default_rng(0), OPTICS), np.random.default_rng(0)
    picture = draw_frame(scene, walk_of(other, 2), 0, time_s=0.0, fps_hz=FPS_HZ, sheet=sheet, noise=noise)
    assert bright_centre_px(picture.luma) == pytest.approx((100, 80), abs=0.2)


def test_who_is_not_there_is_not_drawn() -> None:
    scene = even_scene(OPTICS, put(OPTICS, 80, 80))
    walk = walk_of(scene, 2)
    absent = replace(walk, present=np.zeros_like(walk.present))
    sheet, noise = noise_sheet(np.random.default_rng(0), OPTICS), np.random.default_rng(0)
    picture = draw_frame(scene, absent, 0, time_s=0.0, fps_hz=FPS_HZ, sheet=sheet, noise=noise)
    assert (picture.luma == LEVEL).all()


def test_a_cell_half_outside_is_half_drawn() -> None:
    whole = lumas([one(even_scene(OPTICS, put(OPTICS, 80, 80)))])[0] - LEVEL
    cut = lumas([one(even_scene(OPTICS, put(OPTICS, 80, 160)))])[0] - LEVEL
    np.testing.assert_allclose(cut[120:150], whole[40:70], atol=1.01)  # rounding to whole grey levels
    np.testing.assert_allclose(cut[150:], whole[70:80], atol=6)  # a tail's bright rim is cut off with the tail
