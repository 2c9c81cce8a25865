"""A scene's sprites: computed when they are first asked for, and kept."""

import numpy as np

from motilens.simulate.morphology import phase_map
from motilens.simulate.optics.sprites import grid, make_sprite
from tests.simulate.scenes import even_optics, even_scene, frames_of, put

OPTICS = even_optics()


def test_a_sprite_shows_its_cell() -> None:
    scene = even_scene(OPTICS, put(OPTICS, 30, 30), put(OPTICS, 90, 60, depth_um=2.0))
    size, fine_um = grid(OPTICS.um_per_px)
    for k, cell in enumerate(scene.cells.cells):
        expected = make_sprite(phase_map(cell.form, um_per_px=fine_um, size=size), OPTICS, defocus_um=cell.depth_um)
        np.testing.assert_array_equal(scene.sprite(k).luma, expected.luma)
    assert scene.sprite(0) is scene.sprite(0)
    assert (scene.sprite(0).luma != scene.sprite(1).luma).any()


def test_the_order_in_which_sprites_are_asked_for_changes_no_picture() -> None:
    one, other = (even_scene(OPTICS, put(OPTICS, 30, 30), put(OPTICS, 90, 60)) for _ in range(2))
    for k in (1, 0):
        other.sprite(k)
    for a, b in zip(frames_of(one, 2), frames_of(other, 2), strict=True):
        np.testing.assert_array_equal(a.luma, b.luma)
