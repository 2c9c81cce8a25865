"""Tails: dark lines where the pose has them, as dark as they should be."""

from dataclasses import replace

import numpy as np
import pytest

from motilens.simulate.morphology import Form
from motilens.simulate.motion.gaits import Movement
from motilens.simulate.motion.pose import pose
from motilens.simulate.optics.light import Optics
from motilens.simulate.optics.tails import subtract_tails
from motilens.simulate.scene import Scene
from tests.simulate.scenes import LEVEL, UM_PER_PX, even_optics, even_scene, put, walk_of

PLAIN = Form(head_um=(4.1, 2.8), tail_um=45.0)


def taken(scene: Scene, *, moments: int = 4, present: bool = True) -> np.ndarray:
    """Grey levels that tails take away from an even field; below 0 where they add."""
    walk = walk_of(scene, 2)
    luma = np.full((scene.optics.height_px, scene.optics.width_px), LEVEL, np.float32)
    poses = [pose(scene.cells, walk, 0.1 * k) for k in range(moments)]
    subtract_tails(luma, scene, poses, np.full(len(scene.cells), present), (0.0, 0.0))
    return LEVEL - luma


def straight(optics: Optics, **others: float) -> Scene:
    """A straight tail from x = 108 (the root, 5.8 um behind the head) to x = 17, on row 80."""
    cell = put(optics, 120, 80, Movement(stuck=True), form=PLAIN)
    return even_scene(optics, replace(cell, **others))  # type: ignore[arg-type]


def test_a_straight_tail_is_a_dark_line_that_fades_to_its_tip() -> None:
    dark = taken(straight(even_optics()))
    rows, columns = np.nonzero(dark > 2)
    assert rows.min() >= 77 and rows.max() <= 82
    root_px = 120 - 5.75 / UM_PER_PX
    assert columns.max() == pytest.approx(root_px, abs=4)
    assert columns.min() == pytest.approx(root_px - 45 / UM_PER_PX, abs=6)
    depth = dark[76:84].max(axis=0)
    near, middle, far = (depth[a:b].mean() for a, b in ((95, 105), (55, 65), (22, 32)))
    assert near > middle > far > 0


def test_a_line_has_a_bright_rim() -> None:
    dark = taken(straight(even_optics()))
    beside = np.concatenate([dark[73:77, 40:100].ravel(), dark[84:87, 40:100].ravel()])
    assert beside.min() < 0 and beside.min() > -0.6 * dark.max()
    assert np.abs(dark[:60]).max() == 0


@pytest.mark.parametrize("tail_grey", [20.0, 34.0, 48.0])
def test_darkness_is_in_proportion(tail_grey: float) -> None:
    """No step is lost and nothing is full up to the darkest tails that are drawn; grey is stored in fifths."""
    one, other = (taken(straight(even_optics(tail_grey=grey))) for grey in (10.0, tail_grey))
    assert other.max() / one.max() == pytest.approx(tail_grey / 10, rel=0.1)


def test_who_is_not_there_takes_nothing() -> None:
    assert not taken(straight(even_optics()), present=False).any()


def test_a_tail_out_of_focus_is_wider_and_paler() -> None:
    sharp, blurred = taken(straight(even_optics())), taken(straight(even_optics(), depth_um=6.0))
    assert blurred.max() < 0.8 * sharp.max()
    widths = [(profile > profile.max() / 2).sum() for profile in (sharp[:, 80], blurred[:, 80])]
    assert widths[0] < widths[1]


def test_of_a_tail_that_leaves_the_focal_plane_the_first_part_is_seen() -> None:
    whole, half = taken(straight(even_optics())), taken(straight(even_optics(), tail_seen=0.5))
    lengths = [np.ptp(np.nonzero((dark > 1.5).any(axis=0))[0]) for dark in (whole, half)]
    assert lengths[1] == pytest.approx(lengths[0] / 2, abs=8)


def test_a_tail_that_moves_in_an_exposure_is_blurred() -> None:
    """Beating at 20 Hz it swings by a few pixels in a third of a frame: the same line, spread over more of them."""
    moves = Movement(beat_hz=20.0, yaw_rad=0.2, tip_rad=0.9, stuck=True)
    scene = even_scene(even_optics(), put(even_optics(), 120, 80, moves, form=PLAIN))
    moment, exposure = taken(scene, moments=1), taken(scene, moments=8)
    assert exposure[:, 20:60].max() < moment[:, 20:60].max()


def test_two_tails_of_one_cell() -> None:
    scene = even_scene(even_optics(), put(even_optics(), 120, 80, form=replace(PLAIN, tail="double")))
    across = taken(scene)[:, 90]
    assert (
        sum(1 for k in range(1, 159) if across[k] > 2 and across[k] >= across[k - 1] and across[k] > across[k + 1]) == 2
    )
